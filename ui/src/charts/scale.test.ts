import {expect, test} from 'vitest';
import {projection, rangeOfParts, valueAt} from './scale';

test('to pixels and back, linear and log', () => {
  for (const scale of [
    {range: {lo: -5, hi: 20}, isLog: false},
    {range: {lo: 0.01, hi: 1000}, isLog: true},
  ]) {
    const toPixel = projection(scale, 200, 10);
    for (const t of [-0.5, 0, 0.25, 1, 1.5]) {
      expect(toPixel(valueAt(scale, t))).toBeCloseTo(200 - 190 * t, 9);
    }
    const part = rangeOfParts(scale, 0.25, 0.75);
    expect([toPixel(part.lo), toPixel(part.hi)].map(Math.round)).toEqual([153, 58]);
  }
});

test('a log axis has no place for zero and below', () => {
  const toPixel = projection({range: {lo: 1, hi: 10}, isLog: true}, 0, 1);
  expect([toPixel(0), toPixel(-1), toPixel(Number.NaN)].every(Number.isNaN)).toBe(true);
});
