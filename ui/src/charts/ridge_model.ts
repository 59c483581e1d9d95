// Histograms over time as ridges, as plain data, and the pure functions that place them. Offset: one ridge a step, the first at the
// back, the newest in front and nearest to the reader. Overlay: all on one count axis. Geometry (dashboards' usual one): a ridge may
// be as high as H / 2.5; baselines run linearly in x (step or time) from H / 2.5 (first) to H (last); a lone one stands halfway.

import type {Axis, HistogramSeries} from '../api/types';
import {at} from '../base/columns';
import {Extent, type Range} from '../base/extent';
import type {RunColour} from '../base/run_colours';
import type {PlotBox} from './ink';

const ridgePart = 2.5;
const overlayPart = 0.96;

export interface HistogramSource {
  readonly key: number; // The run's id.
  readonly name: string;
  readonly colour: RunColour;
  readonly startS: number;
  readonly series: HistogramSeries;
}

export interface Ridge {
  readonly source: number; // Its place among the sources.
  readonly row: number; // Its place in its series.
  readonly key: number;
  readonly colour: RunColour;
  readonly x: number; // On the axis.
  readonly step: number;
  readonly wallTimeS: number;
  readonly total: number;
  readonly counts: Float64Array; // By bin.
}

export interface RidgeModel {
  readonly sources: readonly HistogramSource[];
  readonly ridges: readonly Ridge[]; // From the back to the front.
  readonly axis: Axis;
  readonly x: Range; // Of the ridges.
  readonly bins: number;
  readonly binned: Range | undefined; // From the first bin to the last; undefined where nothing has a place.
  readonly values: Range | undefined; // What of it is in view.
  readonly most: number; // The greatest count of all.
  readonly isOverlay: boolean;
  readonly isLog: boolean;
}

export interface RidgeOptions {
  readonly axis: Axis;
  readonly window: Range | undefined; // Of x.
  readonly range: Range | undefined; // Of the bins.
  readonly valueWindow: Range | undefined; // What of it is in view; all when undefined.
  readonly bins: number;
  readonly isOverlay: boolean;
  readonly isLog: boolean;
}

/** The x of each row of a histogram series. Histograms know no metric as x: it means steps. */
export function histogramX(series: HistogramSeries, axis: Axis, startS: number): Float64Array {
  if (axis === 'wall') return series.wallTimesS;
  return axis === 'relative' ? series.wallTimesS.map((t) => t - startS) : series.steps;
}

export function ridgeModel(
  sources: readonly HistogramSource[],
  {axis, window, range, valueWindow, bins, isOverlay, isLog}: RidgeOptions,
): RidgeModel {
  const ridges: Ridge[] = [];
  const extent = new Extent();
  let most = 0;
  sources.forEach(({series, startS, key, colour}, source) => {
    const x = histogramX(series, axis, startS);
    for (let row = 0; row < x.length; row++) {
      const here = at(x, row);
      if (window !== undefined && !(here >= window.lo && here <= window.hi)) continue;
      const counts = series.counts.subarray(row * bins, (row + 1) * bins);
      for (const count of counts) if (count > most) most = count;
      extent.add(here);
      ridges.push({
        source,
        row,
        key,
        colour,
        x: here,
        step: at(series.steps, row),
        wallTimeS: at(series.wallTimesS, row),
        total: at(series.totals, row),
        counts,
      });
    }
  });
  ridges.sort((a, b) => a.x - b.x || a.source - b.source);
  return {
    sources,
    ridges,
    axis: axis === 'metric' ? 'step' : axis,
    x: extent.range() ?? {lo: 0, hi: 0},
    bins,
    binned: range,
    values: range === undefined ? undefined : (valueWindow ?? range),
    most,
    isOverlay,
    isLog,
  };
}

/** Which part of a ridge's greatest height a count has. */
export function heightOf(model: RidgeModel, count: number): number {
  if (!(model.most > 0)) return 0;
  return model.isLog ? Math.log1p(count) / Math.log1p(model.most) : count / model.most;
}

/** The pixel of the baseline at x. */
export function baselineAt(model: RidgeModel, box: PlotBox, x: number): number {
  const height = box.bottom - box.top;
  if (model.isOverlay) return box.bottom;
  const {lo, hi} = model.x;
  const t = hi > lo ? (x - lo) / (hi - lo) : 0.5;
  return box.top + height / ridgePart + t * (height - height / ridgePart);
}

/** The x whose baseline lies at a pixel, inside the range of the ridges. */
export function xAtBaseline(model: RidgeModel, box: PlotBox, py: number): number {
  const height = box.bottom - box.top;
  const first = box.top + height / ridgePart;
  const t = Math.max(0, Math.min(1, (py - first) / (box.bottom - first)));
  return model.x.lo + t * (model.x.hi - model.x.lo);
}

export function outlineY(model: RidgeModel, box: PlotBox, ridge: Ridge, bin: number): number {
  const height = box.bottom - box.top;
  const most = model.isOverlay ? height * overlayPart : height / ridgePart;
  return baselineAt(model, box, ridge.x) - heightOf(model, at(ridge.counts, bin)) * most;
}

/** The pixel of a count on the overlay's axis. */
export function countY(model: RidgeModel, box: PlotBox, count: number): number {
  return box.bottom - heightOf(model, count) * (box.bottom - box.top) * overlayPart;
}

const unit: Range = {lo: 0, hi: 1};

/** The pixel of a value. */
export function valueX({values = unit}: RidgeModel, box: PlotBox, value: number): number {
  return box.left + ((value - values.lo) / (values.hi - values.lo)) * (box.right - box.left);
}

/** The value at a pixel. */
export function valueAt({values = unit}: RidgeModel, box: PlotBox, px: number): number {
  const t = (px - box.left) / Math.max(1, box.right - box.left);
  return values.lo + t * (values.hi - values.lo);
}

/** The pixel of a bin's middle, maybe outside of the box. */
export function binX(model: RidgeModel, box: PlotBox, bin: number): number {
  const {lo, hi} = model.binned ?? unit;
  return valueX(model, box, lo + ((bin + 0.5) / model.bins) * (hi - lo));
}

/** The bin below a pixel. */
export function binAt(model: RidgeModel, box: PlotBox, px: number): number {
  const {lo, hi} = model.binned ?? unit;
  const t = (valueAt(model, box, px) - lo) / (hi - lo);
  return Math.max(0, Math.min(model.bins - 1, Math.floor(t * model.bins)));
}

/** The place of the ridge whose outline is nearest to a pixel, among those in front if several are. */
export function nearestRidge(
  model: RidgeModel,
  box: PlotBox,
  bin: number,
  py: number,
): number | undefined {
  let best: number | undefined;
  let distance = Infinity;
  model.ridges.forEach((ridge, i) => {
    const d = Math.abs(outlineY(model, box, ridge, bin) - py);
    if (d > distance) return;
    distance = d;
    best = i;
  });
  return best;
}

/** For each run the ridge nearest to x. */
export function ridgesNear(model: RidgeModel, x: number): ReadonlySet<number> {
  const best = new Map<number, number>();
  model.ridges.forEach((ridge, i) => {
    const known = best.get(ridge.source);
    const other = known === undefined ? undefined : model.ridges[known];
    if (other === undefined || Math.abs(ridge.x - x) <= Math.abs(other.x - x))
      best.set(ridge.source, i);
  });
  return new Set(best.values());
}

/** The ridges that a choice of steps names: nearest to the one step, or those of the range. */
export function ridgesOf(
  model: RidgeModel,
  selection: {readonly lo: number; readonly hi: number | undefined} | undefined,
): ReadonlySet<number> | undefined {
  if (selection === undefined || model.axis !== 'step') return undefined;
  const {lo, hi} = selection;
  if (hi === undefined) return ridgesNear(model, lo);
  return new Set(
    model.ridges.flatMap((ridge, i) => (ridge.step >= lo && ridge.step <= hi ? [i] : [])),
  );
}

export interface RidgeReadout {
  readonly ridge: Ridge;
  readonly bin: Range;
  readonly count: number;
  /** The bucket as it was logged that holds the value below the pointer. */
  readonly bucket: (Range & {readonly count: number}) | undefined;
}

/** What stands at a value of a ridge. `value`: of the pointer; undefined means the middle of the bin. */
export function ridgeReadout(
  model: RidgeModel,
  place: number,
  bin: number,
  value?: number,
): RidgeReadout | undefined {
  const ridge = model.ridges[place];
  const {binned} = model;
  if (ridge === undefined || binned === undefined) return undefined;
  const width = (binned.hi - binned.lo) / model.bins;
  const lo = binned.lo + bin * width;
  const source = model.sources[ridge.source];
  return {
    ridge,
    bin: {lo, hi: lo + width},
    count: at(ridge.counts, bin),
    bucket:
      source === undefined
        ? undefined
        : bucketAt(source.series, ridge.row, value ?? lo + width / 2),
  };
}

/** The bucket as it was logged that holds a value. */
export function bucketAt(
  series: HistogramSeries,
  row: number,
  value: number,
): RidgeReadout['bucket'] {
  const {buckets} = series;
  if (buckets === undefined) return undefined;
  const end = at(buckets.starts, row + 1);
  for (let i = at(buckets.starts, row); i < end; i++) {
    const lo = at(buckets.left, i);
    const hi = at(buckets.right, i);
    // The last bucket holds its right edge, too.
    if (value >= lo && (value < hi || (value === hi && i === end - 1)))
      return {lo, hi, count: at(buckets.counts, i)};
  }
  return undefined;
}
