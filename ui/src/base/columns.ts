// Typed columns of one series and the searches charts make in them.

/** One series as charts see it: parallel columns of equal length, in file order. */
export interface SeriesColumns {
  readonly steps: Float64Array; // Exact up to 2^53.
  readonly wallTimesS: Float64Array; // Seconds since the epoch.
  readonly values: Float64Array; // NaN lifts the pen.
  readonly smoothed: Float64Array | undefined; // Smoothed by the server over all points; only when asked for.
  readonly x: Float64Array | undefined; // Where another metric is x.
  /** Least and greatest value of the stretch that each row stands for; only where points were left out. */
  readonly lo: Float64Array | undefined;
  readonly hi: Float64Array | undefined;
}

/** The rows from `begin` to `end`, as views. */
export function rowsBetween(c: SeriesColumns, begin: number, end: number): SeriesColumns {
  const part = (column: Float64Array): Float64Array => column.subarray(begin, end);
  const maybe = (column: Float64Array | undefined): Float64Array | undefined =>
    column === undefined ? undefined : part(column);
  return {
    steps: part(c.steps),
    wallTimesS: part(c.wallTimesS),
    values: part(c.values),
    smoothed: maybe(c.smoothed),
    x: maybe(c.x),
    lo: maybe(c.lo),
    hi: maybe(c.hi),
  };
}

/** Whether `x` never falls. A restarted or careless job may log falling steps. */
export function isAscending(x: Float64Array): boolean {
  for (let i = 1; i < x.length; i++) {
    if (at(x, i) < at(x, i - 1)) return false;
  }
  return true;
}

/** `x[i]`, for an index known to be inside. */
export function at(x: Float64Array, i: number): number {
  return x[i] ?? Number.NaN;
}

/** First index whose x is at least `target`, for ascending x. */
export function lowerBound(x: Float64Array, target: number): number {
  let lo = 0;
  let hi = x.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if (at(x, mid) < target) lo = mid + 1;
    else hi = mid;
  }
  return lo;
}

/** Index of the point nearest to `target` in x, or -1 when there is none. `ascending` allows a binary search. */
export function nearestIndex(x: Float64Array, target: number, ascending: boolean): number {
  if (x.length === 0) return -1;
  if (ascending) {
    const i = lowerBound(x, target);
    if (i === 0) return 0;
    if (i === x.length) return x.length - 1;
    return target - at(x, i - 1) <= at(x, i) - target ? i - 1 : i;
  }
  let best = 0;
  for (let i = 1; i < x.length; i++) {
    if (Math.abs(at(x, i) - target) <= Math.abs(at(x, best) - target)) best = i;
  }
  return best;
}
