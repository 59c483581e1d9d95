// The range of a y axis: what is shown, with air around it.

export interface Range {
  readonly lo: number;
  readonly hi: number;
}

/** Grows over finite numbers. With `keepForQuantiles` it can leave out the outer 5 % on each side. */
export class Extent {
  private lo = Infinity;
  private hi = -Infinity;
  private leastPositive = Infinity;
  private readonly kept: number[] | undefined;

  constructor(keepForQuantiles: boolean) {
    this.kept = keepForQuantiles ? [] : undefined;
  }

  add(v: number): void {
    if (!Number.isFinite(v)) return;
    if (v < this.lo) this.lo = v;
    if (v > this.hi) this.hi = v;
    if (v > 0 && v < this.leastPositive) this.leastPositive = v;
    this.kept?.push(v);
  }

  /** Least and greatest, or undefined when nothing finite was added. */
  range(): Range | undefined {
    if (this.lo > this.hi) return undefined;
    const kept = this.kept;
    if (kept === undefined || kept.length <= 2) return {lo: this.lo, hi: this.hi};
    kept.sort((a, b) => a - b);
    const n = kept.length - 1;
    return {lo: kept[Math.ceil(n * 0.05)] ?? this.lo, hi: kept[Math.floor(n * 0.95)] ?? this.hi};
  }

  /** Least and greatest of the positive numbers, for a log axis. */
  positiveRange(): Range | undefined {
    return this.leastPositive === Infinity ? undefined : {lo: this.leastPositive, hi: this.hi};
  }
}

/** A linear axis for data in `data`: 6 % of air, none below zero when nothing is below zero. */
export function padLinear(data: Range | undefined): Range {
  if (data === undefined) return {lo: 0, hi: 1};
  const {lo, hi} = data;
  const span = hi - lo;
  // Equal values, or so close that doubles cannot tell the ticks apart.
  if (!(span > Math.max(Math.abs(lo), Math.abs(hi)) * 1e-12)) {
    if (lo === 0) return {lo: -1, hi: 1};
    const air = Math.abs(lo) * 0.5;
    return {lo: lo - air, hi: lo + air};
  }
  const air = span * 0.06;
  return {lo: lo >= 0 && lo - air < 0 ? 0 : lo - air, hi: hi <= 0 && hi + air > 0 ? 0 : hi + air};
}

/** A log axis for positive data in `data`: 6 % of air in the exponent. */
export function padLog(data: Range | undefined): Range {
  if (data === undefined) return {lo: 0.1, hi: 1};
  const lo = Math.log10(data.lo);
  const hi = Math.log10(data.hi);
  const air = hi - lo < 1e-9 ? 0.3 : (hi - lo) * 0.06;
  return {lo: 10 ** (lo - air), hi: 10 ** (hi + air)};
}
