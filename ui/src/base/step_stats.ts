// What a data table says of a series: at one step, or over a stretch of steps.

import {at, nearestIndex, type SeriesColumns} from './columns';

export interface StepStats {
  readonly start: number;
  readonly end: number; // At one step the same point as the start.
  readonly startStep: number;
  readonly endStep: number;
  readonly min: number; // Of finite values; NaN when there is none.
  readonly max: number;
  readonly minStep: number;
  readonly maxStep: number;
  readonly change: number; // End − start.
  readonly percent: number; // Of the start.
  readonly smoothed: number; // At the end.
  readonly wallTimeS: number; // Of the end.
  readonly relativeS: number;
}

/**
 * Over the points with lo ≤ step ≤ hi. For a single step (`hi` undefined), or where none lies between, at the point nearest to
 * `lo`. Nothing for a series without points. The columns need hold no more than first, least, greatest and last point.
 */
export function stepStats(
  columns: SeriesColumns,
  lo: number,
  hi: number | undefined,
  startS: number,
): StepStats | undefined {
  const {steps, values, wallTimesS} = columns;
  if (steps.length === 0) return undefined;
  let first = -1;
  let last = -1;
  let least = -1;
  let most = -1;
  if (hi !== undefined) {
    for (let i = 0; i < steps.length; i++) {
      if (at(steps, i) < lo || at(steps, i) > hi) continue;
      if (first < 0) first = i;
      last = i;
      const v = at(values, i);
      if (!Number.isFinite(v)) continue;
      if (least < 0 || v < at(values, least)) least = i;
      if (most < 0 || v > at(values, most)) most = i;
    }
  }
  if (first < 0) {
    first = last = nearestIndex(steps, lo, false);
    if (Number.isFinite(at(values, first))) least = most = first;
  }
  const start = at(values, first);
  const end = at(values, last);
  const wallTimeS = at(wallTimesS, last);
  return {
    start,
    end,
    startStep: at(steps, first),
    endStep: at(steps, last),
    min: at(values, least),
    max: at(values, most),
    minStep: at(steps, least),
    maxStep: at(steps, most),
    change: end - start,
    percent: ((end - start) / start) * 100,
    smoothed: columns.smoothed === undefined ? end : at(columns.smoothed, last),
    wallTimeS,
    relativeS: wallTimeS - startS,
  };
}

/** By `of`, numbers before what is no number, either way. */
export function sortedBy<T>(
  rows: readonly T[],
  of: (row: T) => number | string,
  isDescending: boolean,
): T[] {
  const sign = isDescending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const x = of(a);
    const y = of(b);
    if (typeof x === 'string' || typeof y === 'string')
      return sign * String(x).localeCompare(String(y), undefined, {numeric: true});
    const areNone = Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return areNone !== 0 ? areNone : sign * (x < y ? -1 : x > y ? 1 : 0);
  });
}
