import {expect, test} from 'vitest';
import {aggregate} from './aggregate';

const curve = (x: number[], y: number[]) => ({x: Float64Array.from(x), y: Float64Array.from(y)});

test('mean and deviation at each x of the curve that reaches furthest', () => {
  const result = aggregate([curve([0, 1, 2, 3], [1, 1, 1, 1]), curve([0, 2], [3, 5])]);
  expect([...(result?.mean ?? [])]).toEqual([2, 2.5, 3, 1]);
  expect([...(result?.hi ?? [])]).toEqual([3, 4, 5, 1]);
  expect([...(result?.lo ?? [])]).toEqual([1, 1, 1, 1]);
});

test('gaps do not count and no curve gives nothing', () => {
  const result = aggregate([curve([0, 1], [Number.NaN, 2]), curve([0, 1], [Number.NaN, 4])]);
  expect([...(result?.mean ?? [])]).toEqual([Number.NaN, 3]);
  expect(aggregate([])).toBeUndefined();
});

test('a short run with many points does not cut the others off', () => {
  const result = aggregate([curve([0, 1, 2, 3], [1, 1, 1, 1]), curve([0, 50, 100], [1, 2, 3])]);
  expect(result?.grid).toBe(1);
  expect([...(result?.mean ?? [])]).toEqual([1, 2, 3]);
});
