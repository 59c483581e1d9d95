// Histograms over steps behind the line of their median: percentiles as bands, or counts as a heat map.

import {at} from '../base/columns';
import {Extent, padLinear, type Range} from '../base/extent';
import type {Axis, HistogramSeries} from '../api/types';
import type {Ink, PlotBox} from './ink';
import type {Underlay} from './line_chart';
import {lineSeries, xScaleOf, yScaleOf, type LineModel, type LineSeries} from './line_model';
import {histogramX, type HistogramSource} from './ridge_model';
import {projection} from './scale';

const percentileCount = 9;
const medianPlace = 4;
/** The bands between neighbouring percentiles, from the outside in. */
const bandAlphas: readonly number[] = [0.1, 0.2, 0.32, 0.46];
// Where several runs lie on each other only the middle two thirds are filled, or nobody could tell whose is what.
const crowdAlphas: readonly number[] = [0, 0, 0.16, 0.16];
const leastHeat = 0.06;

/** Row by row the `place`th of the nine percentiles. */
export function percentileColumn(series: HistogramSeries, place: number): Float64Array {
  return Float64Array.from(series.steps, (_, row) =>
    at(series.percentiles, row * percentileCount + place),
  );
}

/** The median of each run as a line. */
export function medianLines(sources: readonly HistogramSource[], axis: Axis): LineSeries[] {
  return sources
    .filter(({series}) => series.steps.length > 0)
    .map(({key, name, colour, startS, series}) =>
      lineSeries(
        {
          id: String(key),
          key,
          name,
          colour,
          startS,
          columns: {
            steps: series.steps,
            wallTimesS: series.wallTimesS,
            values: percentileColumn(series, medianPlace),
            smoothed: undefined,
            x: undefined,
            lo: undefined,
            hi: undefined,
          },
        },
        axis,
      ),
    );
}

/** The range of the percentiles in a window of x. `isInner`: without the outermost ones, so that a spike does not flatten the rest. */
export function percentileRange(
  sources: readonly HistogramSource[],
  axis: Axis,
  window: Range | undefined,
  isInner: boolean,
): Range | undefined {
  const extent = new Extent();
  const [first, last] = isInner ? [1, percentileCount - 2] : [0, percentileCount - 1];
  for (const {series, startS} of sources) {
    const x = histogramX(series, axis, startS);
    for (let row = 0; row < x.length; row++) {
      const here = at(x, row);
      if (window !== undefined && !(here >= window.lo && here <= window.hi)) continue;
      extent.add(at(series.percentiles, row * percentileCount + first));
      extent.add(at(series.percentiles, row * percentileCount + last));
    }
  }
  const range = extent.range();
  return range === undefined ? undefined : padLinear(range);
}

export function bandsUnderlay(
  sources: readonly HistogramSource[],
  chosen: ReadonlySet<number>,
): Underlay {
  return clipped((ink, model, box, palette) => {
    const toX = projection(xScaleOf(model), box.left, box.right);
    const toY = projection(yScaleOf(model), box.bottom, box.top);
    for (const {series, startS, key, colour} of sources) {
      const px = histogramX(series, model.axis, startS).map(toX);
      ink.fillStyle = palette.run(colour);
      const isChosen = chosen.has(key);
      const dim = chosen.size > 0 && !isChosen ? 0.3 : 1;
      const alphas = sources.length > 1 && !isChosen ? crowdAlphas : bandAlphas;
      for (let band = 0; band < percentileCount - 1; band++) {
        const alpha = alphas[Math.min(band, percentileCount - 2 - band)] ?? 0;
        if (alpha === 0) continue;
        ink.globalAlpha = alpha * dim;
        fillBetween(ink, px, (row, side) =>
          toY(at(series.percentiles, row * percentileCount + band + side)),
        );
      }
    }
  });
}

/** Fills between two curves, wherever both have a place; a lone point becomes a bar of a few pixels. */
function fillBetween(ink: Ink, px: Float64Array, edge: (row: number, side: 0 | 1) => number): void {
  const has = (row: number): boolean =>
    Number.isFinite(at(px, row)) && Number.isFinite(edge(row, 0)) && Number.isFinite(edge(row, 1));
  for (let from = 0; from < px.length; from++) {
    if (!has(from)) continue;
    let to = from;
    while (to + 1 < px.length && has(to + 1)) to++;
    const air = to === from ? 2 : 0;
    ink.beginPath();
    ink.moveTo(at(px, from) - air, edge(from, 0));
    for (let row = from; row <= to; row++) ink.lineTo(at(px, row) + air, edge(row, 0));
    for (let row = to; row >= from; row--) ink.lineTo(at(px, row) + air, edge(row, 1));
    ink.lineTo(at(px, from) - air, edge(from, 1));
    ink.closePath();
    ink.fill();
    from = to;
  }
}

export interface HeatOptions {
  readonly values: Range;
  readonly bins: number;
  readonly isLog: boolean;
  readonly chosen: ReadonlySet<number>;
}

/**
 * A column for each step, from halfway to the one before to halfway to the next; the more counts, the stronger the run's colour.
 * Several runs share the height of each bin: mixed colours would mean no run.
 */
export function heatUnderlay(
  sources: readonly HistogramSource[],
  {values, bins, isLog, chosen}: HeatOptions,
): Underlay {
  let most = 0;
  for (const {series} of sources) for (const count of series.counts) if (count > most) most = count;
  const heat = (count: number): number =>
    isLog ? Math.log1p(count) / Math.log1p(most) : count / most;
  return clipped((ink, model, box, palette) => {
    if (!(most > 0)) return;
    const toX = projection(xScaleOf(model), box.left, box.right);
    const toY = projection(yScaleOf(model), box.bottom, box.top);
    const binHeight = (values.hi - values.lo) / bins;
    const edges = Array.from({length: bins + 1}, (_, b) =>
      Math.round(toY(values.lo + b * binHeight)),
    );
    const lanes = sources.length;
    sources.forEach(({series, startS, key, colour}, lane) => {
      ink.fillStyle = palette.run(colour);
      const dim = chosen.size > 0 && !chosen.has(key) ? 0.3 : 1;
      const px = histogramX(series, model.axis, startS).map(toX);
      for (let row = 0; row < px.length; row++) {
        const [left, right] = columnOf(px, row, box);
        if (!(right > left)) continue;
        for (let bin = 0; bin < bins; bin++) {
          const count = at(series.counts, row * bins + bin);
          if (!(count > 0)) continue;
          ink.globalAlpha = (leastHeat + (1 - leastHeat) * heat(count)) * dim;
          const upper = edges[bin + 1] ?? 0;
          const height = ((edges[bin] ?? 0) - upper) / lanes;
          ink.fillRect(left, upper + lane * height, right - left, height);
        }
      }
    });
  });
}

/** From where to where a step's column reaches. Whole pixels, or seams would show. */
function columnOf(px: Float64Array, row: number, box: PlotBox): readonly [number, number] {
  const here = at(px, row);
  const before = row > 0 ? at(px, row - 1) : Number.NaN;
  const after = row + 1 < px.length ? at(px, row + 1) : Number.NaN;
  const half = (a: number, b: number): number =>
    Number.isFinite(a) && a < b ? (b - a) / 2 : Number.NaN;
  const left = half(before, here);
  const right = half(here, after);
  const usual = Number.isFinite(left) ? left : Number.isFinite(right) ? right : 6;
  return [
    Math.max(box.left, Math.round(here - (Number.isFinite(left) ? left : usual))),
    Math.min(box.right, Math.round(here + (Number.isFinite(right) ? right : usual))),
  ];
}

/** Nothing of it lies over the labels. */
function clipped(paint: Underlay): Underlay {
  return (ink, model: LineModel, box, palette) => {
    ink.save();
    ink.beginPath();
    ink.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
    ink.clip();
    paint(ink, model, box, palette);
    ink.restore();
    ink.globalAlpha = 1;
  };
}
