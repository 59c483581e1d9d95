import {useComputed} from '@preact/signals';
import {useCallback, useEffect, useMemo, useState} from 'preact/hooks';
import type {Tag} from '../../api/types';
import {makeModel, type LineModel} from '../../charts/line_model';
import {ignoreOutliers} from '../../state/chart_prefs';
import {zoomOf, type Zoom} from '../../state/chart_view';
import {useBoard} from '../../widgets/context';
import {PopoverButton} from '../../widgets/popover';
import {PencilIcon} from '../../widgets/icons';
import {words} from '../../words/words';
import {RangeForm} from './axis_range';
import {CardFrame} from './card_frame';
import {CardHead} from './card_head';
import {CardMenu} from './card_menu';
import {isMean, linesOf, runsOf, spanOf, subjectsOf, windowOf, type ChartSpec} from './chart_lines';
import {useChartPointer} from './chart_pointer';
import {useLineData} from './line_data';
import {StepFobs} from './step_fobs';
import {StepTable} from './step_table';
import {useLineChart} from './use_line_chart';
import {zoomText} from './zoom_text';

interface LineCardProps {
  readonly spec: ChartSpec;
  readonly cardKey: string; // A pinned chart has two cards.
  readonly width: number; // Of the card, in pixels: columns are asked for before it is laid out.
  readonly allTags: readonly Tag[];
  /** Moves the card by so many places in its section. */
  readonly move: (cardKey: string, places: number) => void;
}

const everyStep = {lo: -Infinity, hi: Infinity};

export function LineCard({spec, cardKey, width, allTags, move}: LineCardProps) {
  const board = useBoard();
  const t = words.value;
  const view = useChartView();
  const zoom = useComputed(() => zoomOf(board.view.value, spec.key)).value;
  const isLog = (view.yScale === 'log') !== view.otherScale.has(spec.key);
  const drawnRuns = board.drawnRuns.value;
  const outliers = ignoreOutliers.value;
  const [isTable, setTable] = useState(false);
  const [isNear, setNear] = useState(false); // The pointer has been here.

  const runs = useMemo(() => runsOf(spec, drawnRuns), [spec, drawnRuns]);
  const groups = board.lineGroups.value;
  const isGroup = isMean(view);
  const subjects = useMemo(
    () => subjectsOf(spec, runs, isGroup ? groups : undefined),
    [spec, runs, isGroup, groups],
  );
  const span = spanOf(view, runs);
  const lines = subjects.reduce((n, s) => n + s.runs.length, 0);
  const window = useMemo(
    () => windowOf(view, zoom?.x, width, lines, span),
    [view, zoom?.x?.lo, zoom?.x?.hi, width, lines, span],
  );
  const data = useLineData(board, subjects, window);
  const model = useMemo<LineModel | undefined>(
    () =>
      data.subjects.some((s) => s.series.size > 0 || s.group !== undefined)
        ? makeModel(linesOf(spec, runs, subjects, data.subjects, view, {mean: t.mean, groups}), {
            axis: view.axis,
            isXLog: view.xScale === 'log',
            isLog,
            window: zoom,
            ignoreOutliers: outliers,
          })
        : undefined,
    [data.subjects, spec, runs, groups, view, isLog, zoom, outliers, t],
  );

  const {frame, base, overlay, chart, place} = useLineChart(board, model);
  const pointer = useChartPointer({
    board,
    chart,
    frame,
    chartKey: spec.key,
    cardKey,
    model,
    zoom,
    isSmooth: view.smoothing > 0,
  });
  useEffect(() => pointer.refresh(), [model]);

  const total = useMemo(() => {
    let most = 0;
    for (const {series} of data.subjects)
      for (const answer of series.values()) most = Math.max(most, answer.total);
    return most;
  }, [data.subjects]);
  const hasFinite = useMemo(
    () => model?.series.some((s) => s.columns.values.some(Number.isFinite)) ?? false,
    [model],
  );
  const isBlank = model === undefined || model.series.length === 0;
  const moveThis = useCallback((places: number) => move(cardKey, places), [move, cardKey]);
  const {selection} = view;
  const tableOf = isTable ? everyStep : view.axis === 'step' ? selection : undefined;

  return (
    <CardFrame
      title={spec.title}
      isTable={isTable}
      move={moveThis}
      data={{'data-tag': spec.isCustom ? spec.title : spec.key}}
    >
      <CardHead
        spec={spec}
        cardKey={cardKey}
        zoom={zoom}
        zoomText={zoom === undefined ? '' : zoomText(zoom, view.axis, t.zoomed)}
        note={[
          total > 1 ? t.points(total) : '',
          t.runs(runs.length),
          view.smoothingKind !== 'ema' && view.smoothing > 0
            ? t.smoothingShort(view.smoothingKind)
            : '',
          view.axis === 'metric' ? t.xMetric(view.xTag) : '',
        ]}
        menu={
          <CardMenu
            spec={spec}
            allTags={allTags}
            isLog={isLog}
            zoom={zoom}
            model={model}
            isTable={isTable}
            showTable={setTable}
            move={moveThis}
          />
        }
      />
      <div
        ref={frame}
        class="fl-chart"
        role="application"
        aria-label={t.chartLabel(spec.title, runs.length)}
        tabIndex={0}
        data-testid="chart"
        data-state={data.kind}
        onPointerEnter={() => setNear(true)}
        {...pointer.handlers}
      >
        <canvas ref={base} />
        <canvas ref={overlay} hidden />
        {model !== undefined && view.axis === 'step' && selection !== undefined && (
          <StepFobs {...{selection, model, place, chart, frame}} />
        )}
        {model !== undefined && !isBlank && isNear && (
          <AxisButtons model={model} zoom={zoom} chartKey={spec.key} isLog={isLog} />
        )}
        {data.kind === 'loading' && runs.length > 0 && <Bones />}
        {data.kind === 'refreshing' && <i class="fl-chart-busy" />}
        {data.kind === 'failed' && (
          <div class="fl-chart-state" role="alert">
            <span class="fl-why">{data.failure}</span>
            <button type="button" class="fl-button" onClick={data.retry}>
              {t.retry}
            </button>
          </div>
        )}
        {data.kind === 'ready' && runs.length > 0 && (isBlank || !hasFinite) && (
          <div class="fl-chart-state">{isBlank ? t.noPoints : t.noFinite}</div>
        )}
        {runs.length === 0 && <div class="fl-chart-state">{t.noRunShown}</div>}
      </div>
      {tableOf !== undefined && runs.length > 0 && (
        <StepTable spec={spec} runs={runs} view={view} selection={tableOf} />
      )}
    </CardFrame>
  );
}

/** The view without what other charts and other dashboards change: a card draws anew only for what it shows. */
function useChartView() {
  const board = useBoard();
  return useComputed(() => board.chartView.value).value;
}

interface AxisButtonsProps {
  readonly model: LineModel;
  readonly zoom: Zoom | undefined;
  readonly chartKey: string;
  readonly isLog: boolean;
}

/** A pencil at the end of each axis, shown on hover: its range by hand. The card's menu has the same for keys. */
function AxisButtons({model, zoom, chartKey, isLog}: AxisButtonsProps) {
  const board = useBoard();
  const t = words.value;
  const button = (isX: boolean) => (
    <span
      class={isX ? 'fl-axis-x' : 'fl-axis-y'}
      onPointerDown={(event) => event.stopPropagation()}
      onDblClick={(event) => event.stopPropagation()}
    >
      <PopoverButton
        label={isX ? t.xRange : t.yRange}
        class="fl-icon-button"
        face={<PencilIcon />}
        testId={isX ? 'edit-x' : 'edit-y'}
      >
        {(close) => (
          <RangeForm
            label={isX ? t.xRange : t.yRange}
            range={isX ? model.x : model.y}
            isLog={isX ? model.isXLog : isLog}
            set={(range) => {
              board.setZoom(chartKey, {x: isX ? range : zoom?.x, y: isX ? zoom?.y : range});
              close();
            }}
          />
        )}
      </PopoverButton>
    </span>
  );
  return (
    <>
      {button(false)}
      {button(true)}
    </>
  );
}

function Bones() {
  return (
    <div class="fl-chart-bones" aria-hidden="true">
      <i />
      <i />
      <i />
      <i />
      <i />
    </div>
  );
}
