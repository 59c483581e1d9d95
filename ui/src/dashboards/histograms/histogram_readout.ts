// What the readout beside the pointer says of histograms.

import type {Axis} from '../../api/types';
import {at} from '../../base/columns';
import {formatCount, formatDuration, formatValue, formatWallTime} from '../../base/format';
import type {ReadoutRow} from '../../charts/line_model';
import {bucketAt, type HistogramSource, type RidgeReadout} from '../../charts/ridge_model';
import type {ReadoutLine} from '../../state/readout';
import type {Words} from '../../words/en';
import {histogramBins} from './histogram_drawing';

const percentileCount = 9;

function rangeText({lo, hi}: {readonly lo: number; readonly hi: number}): string {
  return `${formatValue(lo)} … ${formatValue(hi)}`;
}

/** Counts of bins are parts of buckets: whole where they are. */
function countText(count: number): string {
  return Number.isInteger(count) || count >= 1000
    ? formatCount(Math.round(count))
    : formatValue(count, 3);
}

export function ridgeTitle(
  {ridge}: RidgeReadout,
  source: HistogramSource,
  options: {readonly axis: Axis; readonly isNamed: boolean; readonly words: Words},
): string {
  const {axis, isNamed, words} = options;
  const step = `${words.step} ${formatCount(ridge.step)}`;
  const place =
    axis === 'wall'
      ? `${formatWallTime(ridge.wallTimeS)} · ${step}`
      : source.startS > 0
        ? `${step} · ${formatDuration(ridge.wallTimeS - source.startS)}`
        : step;
  return isNamed ? `${source.name} · ${place}` : place;
}

/** The bin, then the logged bucket below the pointer. */
export function ridgeLines(read: RidgeReadout, words: Words): ReadoutLine[] {
  const {ridge, bin, count, bucket} = read;
  const line = (key: string, name: string, cells: readonly string[]): ReadoutLine => ({
    key,
    name,
    colour: ridge.colour,
    cells,
    isNear: false,
  });
  return [
    line('bin', rangeText(bin), [countText(count), `/ ${countText(ridge.total)}`]),
    ...(bucket === undefined
      ? []
      : [line('bucket', rangeText(bucket), [countText(bucket.count), words.bucket])]),
  ];
}

/** Median, the middle two thirds, least and greatest. */
export function percentileCells(
  sources: readonly HistogramSource[],
  row: ReadoutRow,
): readonly string[] {
  const series = sources.find((source) => source.key === row.key)?.series;
  if (series === undefined) return [];
  const value = (place: number): string =>
    formatValue(at(series.percentiles, row.index * percentileCount + place), 3);
  return [formatValue(row.drawn), `${value(2)} – ${value(6)}`, `${value(0)} – ${value(8)}`];
}

/** The bin that holds the value below the pointer and its count, then the bucket as it was logged. */
export function heatLines(
  sources: readonly HistogramSource[],
  values: {readonly lo: number; readonly hi: number} | undefined,
  {
    row,
    usual,
    y,
  }: {readonly row: ReadoutRow; readonly usual: ReadoutLine; readonly y: number | undefined},
  words: Words,
): readonly ReadoutLine[] {
  const series = sources.find((source) => source.key === row.key)?.series;
  if (series === undefined || values === undefined) return [{...usual, cells: []}];
  const width = (values.hi - values.lo) / histogramBins;
  const value = y ?? row.drawn;
  const bin = Math.floor((value - values.lo) / width);
  const total = `/ ${countText(at(series.totals, row.index))}`;
  if (!(bin >= 0 && bin < histogramBins)) return [{...usual, cells: ['0', total]}];
  const lo = values.lo + bin * width;
  const count = countText(at(series.counts, row.index * histogramBins + bin));
  const bucket = bucketAt(series, row.index, value);
  return [
    {...usual, cells: [count, total, rangeText({lo, hi: lo + width})]},
    ...(bucket === undefined
      ? []
      : [
          {
            ...usual,
            key: `${usual.key}/bucket`,
            name: words.bucket,
            cells: [countText(bucket.count), '', rangeText(bucket)],
          },
        ]),
  ];
}
