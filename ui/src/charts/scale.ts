// From data to pixels and back, linear or logarithmic.

import type {Range} from '../base/extent';

export interface Scale {
  readonly range: Range;
  readonly isLog: boolean; // Then the range is positive.
}

/** The pixel of a value, where `range.lo` lies at `from` and `range.hi` at `to`. NaN where a log axis has no place for it. */
export function projection({range, isLog}: Scale, from: number, to: number): (v: number) => number {
  if (!isLog) {
    const factor = (to - from) / (range.hi - range.lo);
    return (v) => from + (v - range.lo) * factor;
  }
  const lo = Math.log10(range.lo);
  const factor = (to - from) / (Math.log10(range.hi) - lo);
  return (v) => (v > 0 ? from + (Math.log10(v) - lo) * factor : Number.NaN);
}

/** The value at part `t` of the axis. */
export function valueAt({range, isLog}: Scale, t: number): number {
  if (!isLog) return range.lo + t * (range.hi - range.lo);
  const lo = Math.log10(range.lo);
  return 10 ** (lo + t * (Math.log10(range.hi) - lo));
}

/** The range that shows the parts from `t0` to `t1` of the axis. */
export function rangeOfParts(scale: Scale, t0: number, t1: number): Range {
  return {lo: valueAt(scale, t0), hi: valueAt(scale, t1)};
}
