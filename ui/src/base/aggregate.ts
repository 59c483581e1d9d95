// Many runs as one line: their mean, and how far they stray from it.

import {at, lowerBound} from './columns';

export interface Curve {
  readonly x: Float64Array; // Ascending.
  readonly y: Float64Array;
}

export interface Aggregate {
  readonly grid: number; // Whose x these are, of the curves given.
  readonly x: Float64Array;
  readonly mean: Float64Array;
  readonly lo: Float64Array; // Mean − one standard deviation of the runs.
  readonly hi: Float64Array;
}

/** y at `x` on the straight line between neighbours; NaN outside of the curve and beside gaps. */
function valueAt(curve: Curve, x: number): number {
  const n = curve.x.length;
  const i = lowerBound(curve.x, x);
  if (i === n) return Number.NaN;
  const x1 = at(curve.x, i);
  if (x1 === x) return at(curve.y, i);
  if (i === 0) return Number.NaN;
  const x0 = at(curve.x, i - 1);
  const y0 = at(curve.y, i - 1);
  return y0 + ((at(curve.y, i) - y0) * (x - x0)) / (x1 - x0);
}

function span(curve: Curve): number {
  return curve.x.length === 0 ? -1 : at(curve.x, curve.x.length - 1) - at(curve.x, 0);
}

/**
 * Mean and standard deviation over the curves that have a finite value at each x of the curve that reaches furthest (of equals,
 * the one with the most points). Curves that ended no longer count; where none has a value the mean is NaN.
 */
export function aggregate(curves: readonly Curve[]): Aggregate | undefined {
  let place = 0;
  curves.forEach((curve, i) => {
    const best = curves[place] ?? curve;
    const further = span(curve) - span(best);
    if (further > 0 || (further === 0 && curve.x.length > best.x.length)) place = i;
  });
  const grid = curves[place];
  if (grid === undefined) return undefined;
  const n = grid.x.length;
  const mean = new Float64Array(n).fill(Number.NaN);
  const lo = mean.slice();
  const hi = mean.slice();
  for (let i = 0; i < n; i++) {
    let count = 0;
    let m = 0;
    let squares = 0;
    for (const curve of curves) {
      const y = valueAt(curve, at(grid.x, i));
      if (!Number.isFinite(y)) continue;
      // Welford's way: no cancellation for values far from zero.
      count++;
      const delta = y - m;
      m += delta / count;
      squares += delta * (y - m);
    }
    if (count === 0) continue;
    const deviation = Math.sqrt(squares / count);
    mean[i] = m;
    lo[i] = m - deviation;
    hi[i] = m + deviation;
  }
  return {grid: place, x: grid.x, mean, lo, hi};
}
