// From what a person chose and what the server answered to what a card draws.

import type {HistogramWindow, Tag} from '../../api/types';
import type {Underlay} from '../../charts/line_chart';
import {makeModel, type LineModel} from '../../charts/line_model';
import {ridgeModel, type HistogramSource, type RidgeModel} from '../../charts/ridge_model';
import {
  bandsUnderlay,
  heatUnderlay,
  medianLines,
  percentileRange,
} from '../../charts/step_underlay';
import type {BoardRun} from '../../state/board';
import type {ChartView, Zoom} from '../../state/chart_view';
import {hasLogCounts, type HistogramMode, type HistogramView} from '../../state/histogram_view';
import {requestWidth} from '../timeseries/chart_lines';
import type {ShownHistograms} from './histogram_data';

/** What a card shows: a tag, of one run or of several. */
export interface HistogramSpec {
  readonly key: string; // Names the chart in views.
  readonly tag: Tag;
  readonly runs: readonly BoardRun[];
}

/** What of the page's view histograms are drawn by. */
export type DrawingView = Pick<ChartView, 'axis' | 'xScale' | 'isOlderShown' | 'selection'> &
  HistogramView;

export type HistogramDrawing =
  | {readonly kind: 'ridges'; readonly model: RidgeModel}
  | {
      readonly kind: 'steps';
      readonly mode: HistogramMode;
      readonly model: LineModel;
      readonly underlay: Underlay;
      readonly sources: readonly HistogramSource[];
    };

export const histogramBins = 30;
const mostRidges = 50;
const leastRidges = 8;
// Below this a column of a heat map is a hair.
const heatColumnPx = 2;

/** What is asked of the server for a card of this width. */
export function histogramWindowOf(
  view: DrawingView,
  zoom: Zoom | undefined,
  width: number,
  runs: number,
): HistogramWindow {
  const common = {
    axis: view.axis,
    from: zoom?.x?.lo,
    to: zoom?.x?.hi,
    percentiles: true,
    isOlderShown: view.isOlderShown,
  };
  switch (view.histogramMode) {
    case 'offset':
    case 'overlay':
      return {
        ...common,
        mostSteps: ridgesFor(runs),
        bins: histogramBins,
        range: zoom?.y,
        buckets: true,
      };
    case 'percentiles':
      return {
        ...common,
        mostSteps: requestWidth(width, 1),
        bins: 0,
        range: undefined,
        buckets: false,
      };
    case 'heat':
      return {
        ...common,
        mostSteps: requestWidth(width / heatColumnPx, 1),
        bins: histogramBins,
        range: zoom?.y,
        buckets: true,
      };
  }
}

/** Ridges of each run: of many runs fewer, in grains, so that one run more does not ask for all of them again. */
function ridgesFor(runs: number): number {
  if (runs <= 2) return mostRidges;
  return Math.max(leastRidges, 2 ** Math.floor(Math.log2((2 * mostRidges) / runs)));
}

/** The series that came, with their runs' names and colours. */
export function sourcesOf(spec: HistogramSpec, shown: ShownHistograms): HistogramSource[] {
  const byId = new Map(spec.runs.map((run) => [run.id, run]));
  return shown.ids.flatMap(({run: id, tag}, i) => {
    const run = byId.get(id);
    const series = shown.answer.series[i];
    if (run === undefined || series === undefined || tag !== spec.tag.tag) return [];
    return [{key: id, name: run.label, colour: run.colour, startS: run.startS ?? 0, series}];
  });
}

export interface DrawingOptions {
  readonly view: DrawingView;
  readonly zoom: Zoom | undefined;
  readonly chosen: ReadonlySet<number>;
  readonly ignoreOutliers: boolean;
}

export function drawingOf(
  spec: HistogramSpec,
  shown: ShownHistograms,
  {view, zoom, chosen, ignoreOutliers}: DrawingOptions,
): HistogramDrawing | undefined {
  // An answer for percentiles has no bins: a drawing of counts waits for its own.
  if (view.histogramMode !== 'percentiles' && shown.window.bins === 0) return undefined;
  const sources = sourcesOf(spec, shown);
  const {range, bins} = shown.answer;
  const mode = view.histogramMode;
  const isLog = hasLogCounts(view, spec.key);
  const axis = view.axis === 'metric' ? 'step' : view.axis;
  if (mode === 'offset' || mode === 'overlay') {
    return {
      kind: 'ridges',
      model: ridgeModel(sources, {
        axis,
        window: zoom?.x,
        range,
        valueWindow: zoom?.y,
        bins,
        isOverlay: mode === 'overlay',
        isLog,
      }),
    };
  }
  const isHeat = mode === 'heat';
  const fitted = isHeat ? range : percentileRange(sources, axis, zoom?.x, ignoreOutliers);
  return {
    kind: 'steps',
    mode,
    sources,
    model: makeModel(medianLines(sources, axis), {
      axis,
      isXLog: view.xScale === 'log',
      isLog: false,
      window: {x: zoom?.x, y: zoom?.y ?? fitted},
      ignoreOutliers: false,
    }),
    underlay:
      isHeat && range !== undefined
        ? heatUnderlay(sources, {values: range, bins, isLog, chosen})
        : bandsUnderlay(isHeat ? [] : sources, chosen),
  };
}
