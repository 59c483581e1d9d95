import {expect, test} from 'vitest';
import {sortedBy, stepStats} from './step_stats';

const columns = {
  steps: Float64Array.of(0, 10, 20, 30, 40),
  wallTimesS: Float64Array.of(100, 101, 102, 103, 104),
  values: Float64Array.of(4, 1, Number.NaN, 8, 2),
  smoothed: Float64Array.of(4, 3, 3, 5, 4.5),
  x: undefined,
  lo: undefined,
  hi: undefined,
};

test('at a step: the nearest point', () => {
  expect(stepStats(columns, 12, undefined, 100)).toMatchObject({
    end: 1,
    endStep: 10,
    smoothed: 3,
    relativeS: 1,
    change: 0,
  });
});

test('over a stretch: start, end, extremes and change', () => {
  expect(stepStats(columns, 5, 40, 100)).toMatchObject({
    start: 1,
    end: 2,
    startStep: 10,
    endStep: 40,
    min: 1,
    max: 8,
    minStep: 10,
    maxStep: 30,
    change: 1,
    percent: 100,
  });
});

test('where no point lies between the nearest one stands for it; no points, no row', () => {
  expect(stepStats(columns, 31, 34, 100)).toMatchObject({start: 8, end: 8, startStep: 30});
  expect(stepStats(columns, 20, 20, 100)).toMatchObject({start: Number.NaN, min: Number.NaN});
  const none = new Float64Array();
  expect(stepStats({...columns, steps: none, values: none}, 0, 9, 0)).toBeUndefined();
});

test('sorting puts what is no number last, either way', () => {
  const rows = [{v: 2}, {v: Number.NaN}, {v: -1}];
  expect(sortedBy(rows, (r) => r.v, false).map((r) => r.v)).toEqual([-1, 2, Number.NaN]);
  expect(sortedBy(rows, (r) => r.v, true).map((r) => r.v)).toEqual([2, -1, Number.NaN]);
  expect(sortedBy(['run10', 'run2'], (r) => r, false)).toEqual(['run2', 'run10']);
});
