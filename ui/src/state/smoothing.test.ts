import {expect, test} from 'vitest';
import {smoothingKinds, smoothingOf} from './smoothing';

test('at zero nothing is smoothed, whatever the kind', () => {
  for (const kind of smoothingKinds) expect(smoothingOf(kind, 0, 100)).toEqual({kind: 'none'});
});

test('the kinds calm noise alike', () => {
  expect(smoothingOf('ema', 0.6, 100)).toEqual({kind: 'ema', weight: 0.6});
  expect(smoothingOf('tensorboard', 0.6, 100)).toEqual({kind: 'tensorboard', weight: 0.6});
  // A mean over 2 r + 1 points, 1 + s over 1 − s of them.
  expect(smoothingOf('mean', 0.9, 100)).toEqual({kind: 'mean', radius: 9});
  expect(smoothingOf('median', 0.99, 100)).toEqual({kind: 'median', radius: 99});
  expect(smoothingOf('gaussian', 0.9, 100)).toEqual({kind: 'gaussian', sigma: 5.36});
});

test('the server takes every place of the slider', () => {
  for (let s = 0.001; s < 1; s += 0.001) {
    for (const kind of smoothingKinds) {
      const got = smoothingOf(kind, s, 1e6);
      if (got.kind === 'mean') expect(got.radius).toBeLessThanOrEqual(10_000);
      if (got.kind === 'median') expect(got.radius).toBeLessThanOrEqual(1000);
      if (got.kind === 'gaussian') expect(got.sigma).toBeLessThanOrEqual(2500);
      if (got.kind === 'time_ema') expect(got.halfLife).toBeGreaterThan(0);
    }
  }
});

test('a half-life follows the range in powers of two, and without a range there is none', () => {
  const at = (span: number) => smoothingOf('time', 0.5, span);
  expect(at(600)).toEqual({kind: 'time_ema', halfLife: 1.02});
  expect(at(1000)).toEqual(at(600));
  expect(at(1100)).not.toEqual(at(600));
  expect(at(0)).toEqual({kind: 'ema', weight: 0.5});
});
