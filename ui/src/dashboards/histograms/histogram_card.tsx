import {useComputed} from '@preact/signals';
import {useCallback, useMemo, useState} from 'preact/hooks';
import type {SeriesId} from '../../api/types';
import {cssColour} from '../../base/run_colours';
import {ignoreOutliers} from '../../state/chart_prefs';
import {zoomOf} from '../../state/chart_view';
import {useBoard} from '../../widgets/context';
import {RunName} from '../../widgets/run_name';
import {words} from '../../words/words';
import {CardFrame} from '../timeseries/card_frame';
import {CardHead} from '../timeseries/card_head';
import type {ChartSpec} from '../timeseries/chart_lines';
import {zoomText} from '../timeseries/zoom_text';
import {
  drawingOf,
  histogramWindowOf,
  sourcesOf,
  type DrawingView,
  type HistogramSpec,
} from './histogram_drawing';
import {useHistogramData} from './histogram_data';
import {HistogramMenu} from './histogram_menu';
import {HistogramTable} from './histogram_table';
import {RidgeView} from './ridge_view';
import {StepsView} from './steps_view';

interface HistogramCardProps {
  readonly spec: HistogramSpec;
  readonly cardKey: string; // A pinned chart has two cards.
  readonly width: number; // Of the card, in pixels: histograms are asked for before it is laid out.
  /** Moves the card by so many places in its section. */
  readonly move: (cardKey: string, places: number) => void;
}

export function HistogramCard({spec, cardKey, width, move}: HistogramCardProps) {
  const board = useBoard();
  const t = words.value;
  const view = useDrawingView();
  const zoom = useComputed(() => zoomOf(board.view.value, spec.key)).value;
  const highlighted = board.highlighted.value;
  const outliers = ignoreOutliers.value;
  const [isTable, setTable] = useState(false);
  const {tag, runs} = spec;

  const ids = useMemo<readonly SeriesId[]>(
    () => runs.map((run) => ({run: run.id, tag: tag.tag})),
    [runs, tag.tag],
  );
  const window = useMemo(
    () => histogramWindowOf(view, zoom, width, runs.length),
    [view, zoom, width, runs.length],
  );
  const {shown, kind, failure, retry} = useHistogramData(board, ids, window);
  const chosen = runs.length > 1 ? highlighted : noRuns;
  const drawing = useMemo(
    () =>
      shown === undefined
        ? undefined
        : drawingOf(spec, shown, {view, zoom, chosen, ignoreOutliers: outliers}),
    [spec, shown, view, zoom, chosen, outliers],
  );
  const sources = useMemo(() => (shown === undefined ? [] : sourcesOf(spec, shown)), [spec, shown]);
  const moveThis = useCallback((places: number) => move(cardKey, places), [move, cardKey]);
  const first = runs[0];
  const title = runs.length === 1 && first !== undefined ? `${tag.tag}, ${first.label}` : tag.tag;
  const chart = useMemo<ChartSpec>(
    () => ({key: spec.key, title: tag.tag, tags: [tag], isCustom: false}),
    [spec.key, tag],
  );
  const rows = sources.map(({series}) => series);
  const totals = useMemo(() => (shown?.answer.series ?? []).map(({total}) => total), [shown]);
  const steps = rows.reduce((n, s) => n + s.steps.length, 0);
  const inWindow = rows.reduce((n, s) => n + s.inWindow, 0);
  const isRidges = view.histogramMode === 'offset' || view.histogramMode === 'overlay';
  const state = kind === 'refreshing' && drawing === undefined ? 'loading' : kind;
  const isBlank = kind === 'ready' && steps === 0;
  const lacksValues =
    kind === 'ready' &&
    !isBlank &&
    (view.histogramMode === 'percentiles'
      ? rows.every((s) => !s.percentiles.some(Number.isFinite))
      : shown?.answer.range === undefined);
  const over = (
    <>
      {kind === 'refreshing' && <i class="fl-chart-busy" />}
      {kind === 'failed' && (
        <div class="fl-chart-state" role="alert">
          <span class="fl-why">{failure}</span>
          <button type="button" class="fl-button" onClick={retry}>
            {t.retry}
          </button>
        </div>
      )}
      {(isBlank || lacksValues) && (
        <div class="fl-chart-state">{isBlank ? t.noPoints : t.noFinite}</div>
      )}
    </>
  );
  const common = {
    label: t.histogramLabel(
      tag.tag,
      runs.length === 1 ? (first?.label ?? '') : t.runs(runs.length),
    ),
    chartKey: spec.key,
    cardKey,
    zoom,
    selection: view.selection,
    state,
  };
  const tableOf = isTable ? everyStep : view.axis === 'step' ? view.selection : undefined;

  return (
    <CardFrame
      title={title}
      isTable={isTable}
      move={moveThis}
      data={{'data-tag': tag.tag, 'data-histogram': runs.length === 1 ? first?.name : ''}}
    >
      <CardHead
        spec={chart}
        cardKey={cardKey}
        zoom={zoom}
        zoomText={zoom === undefined ? '' : zoomText(zoom, view.axis, t.zoomed)}
        note={[
          steps > 0 ? t.stepsShown(Math.min(steps, inWindow), inWindow) : '',
          runs.length > 1 ? t.runs(runs.length) : '',
          ...notesOf(rows, shown?.window.range !== undefined, t),
        ]}
        menu={
          <HistogramMenu
            spec={spec}
            title={title}
            zoom={zoom}
            drawing={drawing}
            isTable={isTable}
            showTable={setTable}
            move={moveThis}
          />
        }
      />
      <RunNames spec={spec} />
      {isRidges ? (
        <RidgeView {...common} model={drawing?.kind === 'ridges' ? drawing.model : undefined}>
          {over}
        </RidgeView>
      ) : (
        <StepsView
          {...common}
          drawing={drawing?.kind === 'steps' ? drawing : undefined}
          values={shown?.answer.range}
        >
          {over}
        </StepsView>
      )}
      {tableOf !== undefined && totals.length > 0 && (
        <HistogramTable
          spec={spec}
          isOlderShown={view.isOlderShown}
          selection={tableOf}
          totals={totals}
        />
      )}
    </CardFrame>
  );
}

const noRuns: ReadonlySet<number> = new Set();
const everyStep = {lo: -Infinity, hi: Infinity};

/** The view without what other charts and other dashboards change. */
function useDrawingView(): DrawingView {
  const board = useBoard();
  const {axis, xScale, isOlderShown, selection} = useComputed(() => board.chartView.value).value;
  const view = board.view.value;
  const {histogramMode, histogramRuns, countScale, otherCounts} = view;
  return useMemo(
    () => ({
      axis,
      xScale,
      isOlderShown,
      selection,
      histogramMode,
      histogramRuns,
      countScale,
      otherCounts,
    }),
    [axis, xScale, isOlderShown, selection, histogramMode, histogramRuns, countScale, otherCounts],
  );
}

/** What the drawing leaves out, if anything. */
function notesOf(
  rows: readonly {readonly outside: Float64Array; readonly unreadable: number}[],
  isZoomed: boolean, // To values: what lies beside them is no fault.
  t: typeof words.value,
): readonly string[] {
  const outside = rows.reduce((sum, s) => s.outside.reduce((a, b) => a + b, sum), 0);
  const unreadable = rows.reduce((n, s) => n + s.unreadable, 0);
  return [
    outside > 0 && !isZoomed ? t.countsOutside(outside) : '',
    unreadable > 0 ? t.stepsUnreadable(unreadable) : '',
  ];
}

const mostNames = 4;

/** The runs of the card by colour and name. */
function RunNames({spec: {runs}}: {readonly spec: HistogramSpec}) {
  const t = words.value;
  return (
    <p class="fl-card-run">
      {runs.slice(0, mostNames).map((run) => (
        <span key={run.id} title={run.name}>
          <i
            class={`fl-dot ${run.colour.dash > 0 ? 'fl-dashed' : ''}`}
            style={{'--run': cssColour(run.colour)}}
          />
          <RunName name={run.label} />
        </span>
      ))}
      {runs.length > mostNames && <small>{t.more(runs.length - mostNames)}</small>}
    </p>
  );
}
