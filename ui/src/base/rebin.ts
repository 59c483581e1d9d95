// Histograms of several steps brought onto the same bins, so that they can be drawn one before the other.
//
// All steps share [left, right], the least and greatest edge of any of them, cut into `bins` equal pieces. A source bucket gives
// each piece the part of its count that overlaps it; a bucket without width gives all to the piece it lies in (on a
// boundary: the right-hand one, except at the very end). Counts are neither divided by widths nor by totals.

/** left edge, right edge, count. */
export type Bucket = readonly [number, number, number];

export interface Rebinned {
  readonly left: number;
  readonly right: number;
  /** One array of counts per step, each `bins` long. */
  readonly counts: readonly Float64Array[];
  readonly most: number; // The greatest count of all.
}

export function rebin(steps: readonly (readonly Bucket[])[], bins = 30): Rebinned | undefined {
  let left = Infinity;
  let right = -Infinity;
  for (const buckets of steps) {
    for (const [l, r] of buckets) {
      if (l < left) left = l;
      if (r > right) right = r;
    }
  }
  if (!Number.isFinite(left) || !Number.isFinite(right)) return undefined;
  if (left === right) {
    const air = Math.abs(left) * 0.1 + 1;
    left -= air;
    right += air;
  }
  const width = (right - left) / bins;
  // The span itself may be past what a double holds (a last edge of 1.8e308).
  if (!Number.isFinite(width)) return undefined;
  let most = 0;
  const counts = steps.map((buckets) => {
    const target = new Float64Array(bins);
    for (const [l, r, count] of buckets) {
      const first = clampBin((l - left) / width, bins);
      if (!(r > l)) {
        target[first] = (target[first] ?? 0) + count;
        continue;
      }
      const last = clampBin((r - left) / width, bins);
      for (let i = first; i <= last; i++) {
        const overlap = Math.min(r, left + (i + 1) * width) - Math.max(l, left + i * width);
        if (overlap > 0) target[i] = (target[i] ?? 0) + (count * overlap) / (r - l);
      }
    }
    for (const c of target) if (c > most) most = c;
    return target;
  });
  return {left, right, counts, most};
}

function clampBin(position: number, bins: number): number {
  return Math.min(bins - 1, Math.max(0, Math.floor(position)));
}
