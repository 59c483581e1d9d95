import {expect, test} from 'vitest';
import {rebin} from './rebin';

function sum(counts: Float64Array | undefined): number {
  return counts === undefined ? Number.NaN : counts.reduce((a, b) => a + b, 0);
}

test('counts are shared by overlap and none is lost', () => {
  const result = rebin(
    [
      [
        [0, 1, 8],
        [1, 2, 4],
      ],
      [[-1, 3, 10]],
    ],
    4,
  );
  expect(result?.left).toBe(-1);
  expect(result?.right).toBe(3);
  expect([...(result?.counts[0] ?? [])]).toEqual([0, 8, 4, 0]);
  expect([...(result?.counts[1] ?? [])]).toEqual([2.5, 2.5, 2.5, 2.5]);
  expect(result?.most).toBe(8);
});

test('buckets without width fall into one bin', () => {
  const result = rebin(
    [
      [
        [0, 0, 5],
        [3, 3, 2],
      ],
    ],
    3,
  );
  expect([...(result?.counts[0] ?? [])]).toEqual([5, 0, 2]);
});

test('a single value gets air on both sides, negative ones too', () => {
  const result = rebin([[[-10, -10, 7]]]);
  expect(result?.left).toBe(-12);
  expect(result?.right).toBe(-8);
  expect(sum(result?.counts[0])).toBe(7);
});

test('nothing to show', () => {
  expect(rebin([[], []])).toBeUndefined();
  expect(
    rebin([
      [
        [Number.NaN, 1, 1],
        [-1, Infinity, 2],
      ],
    ]),
  ).toBeUndefined();
});

test('a step without buckets is a flat ridge among others', () => {
  expect(sum(rebin([[], [[0, 1, 3]]])?.counts[0])).toBe(0);
});
