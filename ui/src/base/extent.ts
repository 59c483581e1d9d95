// The range of a y axis: what is shown, with air around it.

export interface Range {
  readonly lo: number;
  readonly hi: number;
}

/** Rounded to what a pixel can tell, so that addresses stay readable. */
export function tidy({lo, hi}: Range): Range {
  const span = hi - lo;
  const digits = Math.ceil(Math.log10(Math.max(Math.abs(lo), Math.abs(hi), span) / span)) + 4;
  const rounded = (v: number): number => Number(v.toPrecision(Math.max(1, Math.min(17, digits))));
  return {lo: rounded(lo), hi: rounded(hi)};
}

/** Grows over finite numbers. Told how many to expect, it can leave out the outer 5 % on each side. */
export class Extent {
  private lo = Infinity;
  private hi = -Infinity;
  private leastPositive = Infinity;
  private readonly kept: Float64Array | undefined;
  private readonly stride: number;
  private count = 0;
  private seen = 0;

  /**
   * `expected`: how many numbers may come, when the outer ones are to be left out. Of more than 4,096 every second,
   * third and so on is looked at: the 5 % mark hardly moves, and sorting them stays out of a frame's budget.
   */
  constructor(expected?: number) {
    this.stride = expected === undefined ? 1 : Math.max(1, Math.ceil(expected / mostKept));
    this.kept =
      expected === undefined ? undefined : new Float64Array(Math.ceil(expected / this.stride));
  }

  add(v: number): void {
    if (!Number.isFinite(v)) return;
    if (v < this.lo) this.lo = v;
    if (v > this.hi) this.hi = v;
    if (v > 0 && v < this.leastPositive) this.leastPositive = v;
    if (
      this.kept !== undefined &&
      this.seen++ % this.stride === 0 &&
      this.count < this.kept.length
    ) {
      this.kept[this.count++] = v;
    }
  }

  /** Least and greatest, or undefined when nothing finite was added. */
  range(): Range | undefined {
    if (this.lo > this.hi) return undefined;
    if (this.kept === undefined || this.count <= 2) return {lo: this.lo, hi: this.hi};
    const sorted = this.kept.subarray(0, this.count).sort();
    const n = this.count - 1;
    return {
      lo: sorted[Math.ceil(n * 0.05)] ?? this.lo,
      hi: sorted[Math.floor(n * 0.95)] ?? this.hi,
    };
  }

  /** Least and greatest of the positive numbers, for a log axis. */
  positiveRange(): Range | undefined {
    return this.leastPositive === Infinity ? undefined : {lo: this.leastPositive, hi: this.hi};
  }
}

const mostKept = 4096;

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
