// One slider for every kind of smoothing. Its place s in [0, 1) is the weight of the moving average that everybody knows; the
// other kinds get the parameter that calms noise as much as that weight does: an average with weight s has the noise of a
// plain mean over (1 + s)/(1 − s) points.

import type {Smoothing} from '../api/types';

export type SmoothingKind = 'ema' | 'tensorboard' | 'time' | 'mean' | 'gaussian' | 'median';
export const smoothingKinds: readonly SmoothingKind[] = [
  'ema',
  'tensorboard',
  'time',
  'mean',
  'gaussian',
  'median',
];

/** What the server allows. */
const mostMeanRadius = 10_000;
const mostMedianRadius = 1000;
const mostSigma = 2500;

/** A half-life at s is this part of the x range times s/(1 − s): at a thousand points the same as the weight. */
const partOfRange = 1 / 1000;

/**
 * The smoothing that a place of the slider means. `span`: the x range of the runs; it counts in powers of two, so that a growing
 * log does not ask for everything anew at every point.
 */
export function smoothingOf(kind: SmoothingKind, s: number, span: number): Smoothing {
  if (s <= 0) return {kind: 'none'};
  const radius = Math.max(1, Math.round(s / (1 - s)));
  switch (kind) {
    case 'ema':
    case 'tensorboard':
      return {kind, weight: s};
    case 'time': {
      if (!(span > 0) || !Number.isFinite(span)) return {kind: 'ema', weight: s};
      const halfLife = 2 ** Math.ceil(Math.log2(span)) * partOfRange * (s / (1 - s));
      return {kind: 'time_ema', halfLife: Number(halfLife.toPrecision(3))};
    }
    case 'mean':
      return {kind, radius: Math.min(mostMeanRadius, radius)};
    case 'median':
      return {kind, radius: Math.min(mostMedianRadius, radius)};
    case 'gaussian': {
      // The noise of a Gaussian window is that of a mean over 2 √π σ points.
      const sigma = (1 + s) / (1 - s) / (2 * Math.sqrt(Math.PI));
      return {kind, sigma: Number(Math.min(mostSigma, sigma).toPrecision(3))};
    }
  }
}
