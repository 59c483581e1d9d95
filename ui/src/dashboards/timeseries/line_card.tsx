import {useComputed, useSignalEffect} from '@preact/signals';
import {useEffect, useLayoutEffect, useMemo, useRef} from 'preact/hooks';
import type {Tag, Window} from '../../api/types';
import {formatCount, formatDuration, formatValue, formatWallTime} from '../../base/format';
import {LineChart} from '../../charts/line_chart';
import {lineSeries, makeModel, meanSeries, type LineModel} from '../../charts/line_model';
import {palette} from '../../charts/current_palette';
import {ignoreOutliers} from '../../state/prefs';
import {zoomOf, type Zoom} from '../../state/chart_view';
import {toggled} from '../../state/view';
import {useBoard} from '../../widgets/context';
import {useSize} from '../../widgets/hooks';
import {NarrowIcon, PinIcon, WideIcon} from '../../widgets/icons';
import {TagTitle} from '../../widgets/tag_title';
import {words} from '../../words/words';
import {CardMenu} from './card_menu';
import {useChartPointer} from './chart_pointer';
import {useLineData} from './line_data';

interface LineCardProps {
  readonly tag: Tag;
  readonly cardKey: string; // A pinned tag has two cards.
}

/** Widths are asked for in coarse pieces, so that a pane being dragged does not ask for every pixel. */
const widthGrain = 40;
// A column of pixels may give four points. Many lines in one chart hide each other long before they are that fine.
const pointsPerPixel = 32;
const pointsPerColumn = 4;

function requestWidth(width: number, runs: number): number {
  const fine = Math.max(widthGrain, Math.ceil(width / widthGrain) * widthGrain);
  const share = (fine * pointsPerPixel) / pointsPerColumn / Math.max(1, runs);
  if (share >= fine) return fine;
  // Powers of two, so that one run more or less does not ask for all of them again.
  return Math.max(16, 2 ** Math.floor(Math.log2(share)));
}

export function LineCard({tag, cardKey}: LineCardProps) {
  const board = useBoard();
  const t = words.value;
  const axis = useComputed(() => board.view.value.axis).value;
  const smoothing = useComputed(() => board.view.value.smoothing).value;
  const zoom = useComputed(() => zoomOf(board.view.value, tag.tag)).value;
  const isWide = useComputed(() => board.view.value.wide.has(cardKey)).value;
  const isPinned = useComputed(() => board.view.value.pinned.includes(tag.tag)).value;
  const isLog = useComputed(
    () => (board.view.value.yScale === 'log') !== board.view.value.otherScale.has(tag.tag),
  ).value;
  const drawnRuns = board.drawnRuns.value;
  const isMean = useComputed(() => board.view.value.lines === 'mean').value;
  const outliers = ignoreOutliers.value;
  const [frame, size] = useSize<HTMLDivElement>();

  const runs = useMemo(() => {
    const has = new Set(tag.runs);
    return drawnRuns.filter((run) => has.has(run.id));
  }, [tag.runs, drawnRuns]);
  const window = useMemo<Window | undefined>(
    () =>
      size === undefined
        ? undefined
        : {
            axis,
            smoothing,
            from: zoom?.x?.lo,
            to: zoom?.x?.hi,
            width: requestWidth(size.width, runs.length),
          },
    [axis, smoothing, zoom?.x?.lo, zoom?.x?.hi, size?.width, runs.length],
  );
  const data = useLineData(
    board,
    tag.tag,
    useMemo(() => runs.map((run) => run.id), [runs]),
    window,
  );

  const model = useMemo<LineModel | undefined>(() => {
    const series = runs.flatMap((run) => {
      const answer = data.series.get(run.id);
      return answer === undefined || answer.columns.steps.length === 0
        ? []
        : [lineSeries(run.id, run.label, run.colour, answer.columns, axis, run.startS ?? 0)];
    });
    const lines = isMean ? meanSeries(series, t.mean(series.length)) : series;
    return data.series.size === 0
      ? undefined
      : makeModel(lines, {axis, isLog, window: zoom, ignoreOutliers: outliers});
  }, [data.series, runs, axis, isLog, isMean, zoom, outliers, t]);

  const base = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const chart = useRef<LineChart | undefined>(undefined);
  useLayoutEffect(() => {
    if (base.current === null || overlay.current === null) return;
    const made = new LineChart(base.current, overlay.current);
    chart.current = made;
    // A test, or a person at the console, can ask a chart what it drew.
    Object.defineProperty(base.current, 'fanlightFacts', {
      value: () => made.facts(),
      configurable: true,
    });
    return () => {
      made.dispose();
      chart.current = undefined;
    };
  }, []);
  useLayoutEffect(() => {
    if (size !== undefined) chart.current?.setSize(size.width, size.height, devicePixelRatio);
  }, [size]);
  useLayoutEffect(() => chart.current?.setModel(model), [model]);
  useSignalEffect(() => chart.current?.setPalette(palette.value));
  useSignalEffect(() => chart.current?.setCursor(board.cursor.value?.x));
  useSignalEffect(() => chart.current?.setChosen(board.highlighted.value));

  const pointer = useChartPointer({
    board,
    chart,
    frame,
    tag: tag.tag,
    cardKey,
    model,
    zoom,
    smoothing,
  });
  useEffect(() => pointer.refresh(), [model]);

  const total = useMemo(() => {
    let steps = 0;
    for (const run of runs) steps = Math.max(steps, data.series.get(run.id)?.total ?? 0);
    return steps;
  }, [runs, data.series]);
  const hasFinite = useMemo(
    () => model?.series.some((s) => s.columns.values.some(Number.isFinite)) ?? false,
    [model],
  );
  const isBlank = model === undefined || model.series.length === 0;

  const formatX = (x: number): string =>
    axis === 'step'
      ? formatCount(Math.round(x))
      : axis === 'relative'
        ? formatDuration(x)
        : formatWallTime(x);

  const zoomText = ({x, y}: Zoom): string =>
    x !== undefined
      ? t.zoomed(formatX(x.lo), formatX(x.hi))
      : t.zoomed(formatValue(y?.lo ?? Number.NaN), formatValue(y?.hi ?? Number.NaN));

  return (
    <article class="fl-card" data-testid="card" data-tag={tag.tag} aria-label={tag.tag}>
      <header class="fl-card-head">
        <TagTitle tag={tag} />
        {zoom === undefined ? (
          <span class="fl-card-note" data-testid="card-note">
            {total > 1 ? `${t.points(total)} · ` : ''}
            {t.runs(runs.length)}
          </span>
        ) : (
          <button
            type="button"
            class="fl-card-note fl-keep"
            title={t.resetZoom}
            aria-label={`${t.resetZoom}: ${zoomText(zoom)}`}
            data-testid="reset-zoom"
            onClick={() => board.setZoom(tag.tag, undefined)}
          >
            {zoomText(zoom)} ✕
          </button>
        )}
        <span class="fl-card-tools">
          <button
            type="button"
            class="fl-icon-button"
            aria-pressed={isPinned}
            aria-label={isPinned ? t.unpin : t.pin}
            title={isPinned ? t.unpin : t.pin}
            data-testid="pin"
            onClick={() => {
              const pinned = board.view.peek().pinned;
              board.update({
                pinned: isPinned ? pinned.filter((p) => p !== tag.tag) : [...pinned, tag.tag],
              });
            }}
          >
            <PinIcon isOn={isPinned} />
          </button>
          <button
            type="button"
            class="fl-icon-button"
            aria-pressed={isWide}
            aria-label={isWide ? t.normalWidth : t.fullWidth}
            title={isWide ? t.normalWidth : t.fullWidth}
            onClick={() => board.update({wide: toggled(board.view.peek().wide, cardKey)})}
          >
            {isWide ? <NarrowIcon /> : <WideIcon />}
          </button>
          <CardMenu
            tag={tag.tag}
            isLog={isLog}
            isZoomed={zoom !== undefined}
            model={model}
            canvas={base}
          />
        </span>
      </header>
      <div
        ref={frame}
        class="fl-chart"
        role="application"
        aria-label={t.chartLabel(tag.tag, runs.length)}
        tabIndex={0}
        data-testid="chart"
        data-state={data.kind}
        {...pointer.handlers}
      >
        <canvas ref={base} />
        <canvas ref={overlay} />
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
    </article>
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
