import {expect, test} from 'vitest';
import {lineSeries, makeModel, meanSeries, readout, yTicks} from './line_model';

function series(key: number, steps: number[], values: number[], smoothed?: number[]) {
  const columns = {
    steps: Float64Array.from(steps),
    wallTimesS: Float64Array.from(steps, (s) => 1000 + s / 10),
    values: Float64Array.from(values),
    smoothed: smoothed === undefined ? undefined : Float64Array.from(smoothed),
  };
  return lineSeries(key, `run${key}`, {slot: 1, hue: 0, dash: 0}, columns, 'step', 1000);
}

const plain = {axis: 'step', isLog: false, window: undefined, ignoreOutliers: false} as const;

test('the axes fit what is shown', () => {
  const model = makeModel([series(0, [0, 10], [1, 2]), series(1, [5, 20], [4, Number.NaN])], plain);
  expect(model.x).toEqual({lo: 0, hi: 20});
  expect(model.y.lo).toBeCloseTo(0.82);
  expect(model.y.hi).toBeCloseTo(4.18);
});

test('inside a window only its points count', () => {
  const s = series(0, [0, 10, 20, 30], [100, 1, 2, -50]);
  const model = makeModel([s], {...plain, window: {x: {lo: 9, hi: 21}, y: undefined}});
  expect(model.y.lo).toBeCloseTo(0.94);
  expect(model.y.hi).toBeCloseTo(2.06);
});

test('a spike in the faint line does not flatten the smoothed one', () => {
  const values = Array.from({length: 100}, (_, i) => (i === 50 ? 1e6 : 1));
  const smoothed = values.map((_, i) => 1 + i / 100);
  const model = makeModel(
    [
      series(
        0,
        values.map((_, i) => i),
        values,
        smoothed,
      ),
    ],
    plain,
  );
  expect(model.y.hi).toBeLessThan(3);
});

test('a log axis leaves out what is not positive', () => {
  const model = makeModel([series(0, [0, 1, 2], [-1, 0.001, 10])], {...plain, isLog: true});
  expect(model.y.lo).toBeGreaterThan(0);
  expect(yTicks(model, 4).length).toBeGreaterThan(1);
});

test('one point and no point have axes', () => {
  expect(makeModel([series(0, [7], [3])], plain).x).toEqual({lo: 6, hi: 8});
  expect(makeModel([], plain).y).toEqual({lo: 0, hi: 1});
});

test('the readout takes the nearest point of each run within reach', () => {
  const model = makeModel([series(0, [0, 10], [1, 2], [1.5, 1.75]), series(1, [100], [9])], plain);
  const rows = readout(model, 8, 20);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({step: 10, value: 2, drawn: 1.75, wallTimeS: 1001, relativeS: 1});
});

test('the mean of runs is one line in a band that the y axis holds', () => {
  const [mean] = meanSeries([series(0, [0, 1], [0, 2]), series(1, [0, 1], [4, 2])], 'mean of 2');
  expect([...(mean?.drawn ?? [])]).toEqual([2, 2]);
  const model = makeModel(mean === undefined ? [] : [mean], plain);
  expect(model.y.hi).toBeGreaterThanOrEqual(4);
  expect(readout(model, 0, 1)[0]).toMatchObject({drawn: 2, deviation: 2, name: 'mean of 2'});
});
