import {expect, test} from 'vitest';
import type {HistogramSeries} from '../api/types';
import {runColour} from '../base/run_colours';
import {
  baselineAt,
  binAt,
  heightOf,
  histogramX,
  nearestRidge,
  outlineY,
  ridgeModel,
  ridgeReadout,
  ridgesNear,
  ridgesOf,
  xAtBaseline,
  type HistogramSource,
  type RidgeOptions,
} from './ridge_model';

const box = {width: 140, height: 120, left: 10, top: 10, right: 110, bottom: 110};

function series(steps: readonly number[], counts: readonly number[]): HistogramSeries {
  const n = steps.length;
  return {
    isFound: true,
    isDecimated: false,
    total: n,
    inWindow: n,
    unreadable: 0,
    steps: Float64Array.from(steps),
    wallTimesS: Float64Array.from(steps, (s) => 1000 + s / 10),
    totals: new Float64Array(n).fill(10),
    outside: new Float64Array(n),
    counts: Float64Array.from(counts),
    percentiles: new Float64Array(),
    buckets: {
      starts: Float64Array.from({length: n + 1}, (_, i) => i * 2),
      left: Float64Array.from({length: n * 2}, (_, i) => (i % 2) * 0.5),
      right: Float64Array.from({length: n * 2}, (_, i) => 0.5 + (i % 2) * 0.5),
      counts: Float64Array.from({length: n * 2}, (_, i) => i),
    },
  };
}

const source = (key: number, own: HistogramSeries): HistogramSource => ({
  key,
  name: `run${key}`,
  colour: runColour(key),
  startS: 1000,
  series: own,
});

const options: RidgeOptions = {
  axis: 'step',
  window: undefined,
  valueWindow: undefined,
  range: {lo: 0, hi: 1},
  bins: 2,
  isOverlay: false,
  isLog: false,
};

test('baselines run linearly from a ridge’s height below the top to the bottom', () => {
  const model = ridgeModel([source(0, series([0, 50, 100], [1, 2, 3, 4, 0, 8]))], options);
  expect(baselineAt(model, box, 0)).toBe(10 + 100 / 2.5);
  expect(baselineAt(model, box, 50)).toBe(80);
  expect(baselineAt(model, box, 100)).toBe(110);
  expect(xAtBaseline(model, box, 80)).toBe(50);
  expect(xAtBaseline(model, box, 0)).toBe(0);
  const last = model.ridges[2];
  expect(last === undefined ? 0 : outlineY(model, box, last, 1)).toBe(110 - 40);
});

test('a lone ridge stands halfway', () => {
  const model = ridgeModel([source(0, series([7], [1, 1]))], options);
  expect(baselineAt(model, box, 7)).toBe(80);
});

test('heights follow the counts, or their logarithms', () => {
  const sources = [source(0, series([0], [99, 9]))];
  expect(heightOf(ridgeModel(sources, options), 9)).toBeCloseTo(9 / 99);
  const log = ridgeModel(sources, {...options, isLog: true});
  expect(heightOf(log, 99)).toBe(1);
  expect(heightOf(log, 9)).toBeCloseTo(0.5);
  expect(heightOf(ridgeModel([source(0, series([0], [0, 0]))], options), 0)).toBe(0);
});

test('ridges of several runs stand in order of x, those of a window alone', () => {
  const sources = [
    source(0, series([0, 20, 40], [1, 1, 1, 1, 1, 1])),
    source(1, series([10, 20], [1, 1, 1, 1])),
  ];
  const model = ridgeModel(sources, options);
  expect(model.ridges.map((r) => [r.step, r.key])).toEqual([
    [0, 0],
    [10, 1],
    [20, 0],
    [20, 1],
    [40, 0],
  ]);
  const part = ridgeModel(sources, {...options, window: {lo: 5, hi: 25}});
  expect(part.ridges.map((r) => r.step)).toEqual([10, 20, 20]);
  expect(part.x).toEqual({lo: 10, hi: 20});
});

test('time axes are in seconds; a metric means steps', () => {
  const own = series([0, 10], [1, 1, 1, 1]);
  expect([...histogramX(own, 'wall', 1000)]).toEqual([1000, 1001]);
  expect([...histogramX(own, 'relative', 1000)]).toEqual([0, 1]);
  expect([...histogramX(own, 'metric', 1000)]).toEqual([0, 10]);
});

test('the pointer finds the nearest outline, the one in front where several are', () => {
  const model = ridgeModel([source(0, series([0, 50, 100], [0, 0, 0, 0, 0, 8]))], options);
  expect(binAt(model, box, 35)).toBe(0);
  expect(binAt(model, box, 500)).toBe(1);
  expect(nearestRidge(model, box, 0, 108)).toBe(2);
  expect(nearestRidge(model, box, 0, 40)).toBe(0);
  expect(nearestRidge(model, box, 1, 70)).toBe(2);
});

test('chosen steps name the nearest ridge of each run, or those of a range', () => {
  const sources = [
    source(0, series([0, 20, 40], [1, 1, 1, 1, 1, 1])),
    source(1, series([10, 30], [1, 1, 1, 1])),
  ];
  const model = ridgeModel(sources, options);
  expect([...ridgesNear(model, 22)].map((i) => model.ridges[i]?.step).sort()).toEqual([20, 30]);
  expect(ridgesOf(model, undefined)).toBeUndefined();
  expect(ridgesOf(model, {lo: 10, hi: 30})?.size).toBe(3);
  expect(ridgesOf(model, {lo: 22, hi: undefined})?.size).toBe(2);
  expect(ridgesOf(ridgeModel(sources, {...options, axis: 'wall'}), {lo: 0, hi: 9})).toBeUndefined();
});

test('a readout tells the bin and the logged bucket below the pointer', () => {
  const model = ridgeModel([source(0, series([0, 1], [1, 2, 3, 4]))], options);
  const read = ridgeReadout(model, 1, 1, 0.6);
  expect(read?.bin).toEqual({lo: 0.5, hi: 1});
  expect(read?.count).toBe(4);
  expect(read?.bucket).toEqual({lo: 0.5, hi: 1, count: 3});
  expect(ridgeReadout(model, 1, 1, 1)?.bucket?.count).toBe(3);
  expect(ridgeReadout(model, 1, 1, 1.5)?.bucket).toBeUndefined();
  expect(ridgeReadout(model, 9, 1)).toBeUndefined();
});
