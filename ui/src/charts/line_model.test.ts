import {expect, test} from 'vitest';
import {
  groupSeries,
  lineSeries,
  makeModel,
  readout,
  splitWhereXFalls,
  xTicks,
  yTicks,
} from './line_model';

function series(key: number, steps: number[], values: number[], smoothed?: number[]) {
  const columns = {
    steps: Float64Array.from(steps),
    wallTimesS: Float64Array.from(steps, (s) => 1000 + s / 10),
    values: Float64Array.from(values),
    smoothed: smoothed === undefined ? undefined : Float64Array.from(smoothed),
    x: undefined,
    lo: undefined,
    hi: undefined,
  };
  const colour = {slot: 1, hue: 0, dash: 0};
  return lineSeries(
    {id: String(key), key, name: `run${key}`, colour, columns, startS: 1000},
    'step',
  );
}

const plain = {
  axis: 'step',
  isXLog: false,
  isLog: false,
  window: undefined,
  ignoreOutliers: false,
} as const;

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

test('faint lines that a crowd does not draw do not count', () => {
  const crowd = Array.from({length: 30}, (_, i) => series(i, [0, 1], [-5, 9], [1, 2]));
  expect(makeModel(crowd, plain).y.hi).toBeLessThan(2.1);
  expect(makeModel(crowd.slice(0, 3), plain).y.hi).toBeGreaterThan(9);
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
  const rows = readout(model, 8, (x) => x, 20);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({step: 10, value: 2, drawn: 1.75, wallTimeS: 1001, relativeS: 1});
});

test('a group is one line in a band that the y axis holds', () => {
  const column = (...v: number[]): Float64Array => Float64Array.from(v);
  const line = groupSeries(
    'g',
    'mean of 2',
    {
      runs: 2,
      total: 4,
      inWindow: 4,
      x: column(0, 1),
      mean: column(2, 2),
      lo: column(0, 2),
      hi: column(4, 2),
      counts: column(2, 2),
    },
    {slot: 1, hue: 0, dash: 0},
  );
  const model = makeModel([line], plain);
  expect([model.y.lo <= 0, model.y.hi >= 4]).toEqual([true, true]);
  expect(readout(model, 0, (x) => x, 1)[0]).toMatchObject({
    drawn: 2,
    band: {lo: 0, hi: 4},
    name: 'mean of 2',
  });
});

test('what the server left out of a stretch still counts for the y axis', () => {
  const s = series(0, [0, 10], [1, 2]);
  const columns = {...s.columns, lo: Float64Array.of(-9, 2), hi: Float64Array.of(1, 30)};
  const model = makeModel([lineSeries({...s, columns}, 'step')], plain);
  expect([model.y.lo < -9, model.y.hi > 30]).toEqual([true, true]);
});

test('a log x axis starts at the first positive step', () => {
  const s = series(0, [0, 1, 10, 1000], [1, 2, 3, 4]);
  const model = makeModel([s], {...plain, isXLog: true});
  expect(model.x).toEqual({lo: 1, hi: 1000});
  expect(xTicks(model, 5).map((t) => t.value)).toEqual([1, 10, 100, 1000]);
  const zoomed = makeModel([s], {
    ...plain,
    isXLog: true,
    window: {x: {lo: 0, hi: 50}, y: undefined},
  });
  expect(zoomed.x).toEqual({lo: 1, hi: 50});
});

test('where x falls back a line of its own begins; the last one is not older', () => {
  const s = series(0, [0, 1, 2, 1, 2, 3, 0], [1, 2, 3, 4, 5, 6, 7], [1, 1, 1, 2, 2, 2, 3]);
  const pieces = splitWhereXFalls(s, true);
  expect(pieces.map((p) => [p.name, [...p.x], p.isOlder])).toEqual([
    ['run0: 1', [0, 1, 2], true],
    ['run0: 2', [1, 2, 3], true],
    ['run0: 3', [0], false],
  ]);
  expect(pieces.map((p) => [...(p.raw ?? []), ...p.drawn])).toEqual([
    [1, 2, 3, 1, 1, 1],
    [4, 5, 6, 2, 2, 2],
    [7, 3],
  ]);
  expect(new Set(pieces.map((p) => p.id)).size).toBe(3);
  const straight = series(1, [0, 1], [1, 2]);
  expect(splitWhereXFalls(straight, true)).toEqual([straight]);
});
