import {expect, test} from 'vitest';
import {isAscending, lowerBound, nearestIndex} from './columns';

const x = Float64Array.of(0, 10, 20, 20, 40);

test('lower bound', () => {
  expect([-1, 0, 5, 20, 41].map((t) => lowerBound(x, t))).toEqual([0, 0, 1, 2, 5]);
});

test('nearest point', () => {
  expect([-9, 4, 6, 29, 99].map((t) => nearestIndex(x, t, true))).toEqual([0, 0, 1, 3, 4]);
  expect(nearestIndex(new Float64Array(), 1, true)).toBe(-1);
  expect(nearestIndex(Float64Array.of(5, 1, 9), 8, false)).toBe(2);
});

test('falling steps are noticed', () => {
  expect(isAscending(x)).toBe(true);
  expect(isAscending(Float64Array.of(0, 2, 1))).toBe(false);
});
