import {expect, test} from 'vitest';
import {Extent, padLinear, padLog} from './extent';

function extentOf(values: readonly number[], quantiles = false): Extent {
  const extent = new Extent(quantiles ? values.length : undefined);
  for (const v of values) extent.add(v);
  return extent;
}

test('only finite numbers count', () => {
  expect(extentOf([1, Number.NaN, Infinity, 3]).range()).toEqual({lo: 1, hi: 3});
  expect(extentOf([Number.NaN]).range()).toBeUndefined();
});

test('outliers are left out by quantiles', () => {
  const values = Array.from({length: 101}, (_, i) => i);
  values[50] = 1e9;
  expect(extentOf(values, true).range()).toEqual({lo: 5, hi: 96});
});

test('air does not invent negative values', () => {
  expect(padLinear({lo: 0.01, hi: 2})).toEqual({lo: 0, hi: 2 + 1.99 * 0.06});
  expect(padLinear({lo: 3, hi: 3})).toEqual({lo: 1.5, hi: 4.5});
  expect(padLinear({lo: 0, hi: 0})).toEqual({lo: -1, hi: 1});
  expect(padLinear(undefined)).toEqual({lo: 0, hi: 1});
});

test('a log axis takes positive values only', () => {
  expect(extentOf([-1, 0, 0.1, 10]).positiveRange()).toEqual({lo: 0.1, hi: 10});
  const range = padLog({lo: 0.1, hi: 10});
  expect(range.lo).toBeLessThan(0.1);
  expect(range.lo).toBeGreaterThan(0);
});

test('very many numbers are sampled', () => {
  const values = Array.from({length: 100_000}, (_, i) => i);
  const range = extentOf(values, true).range();
  expect(range?.lo).toBeGreaterThan(4_800);
  expect(range?.hi).toBeLessThan(95_200);
});
