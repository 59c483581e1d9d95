import {expect, test} from 'vitest';
import type {GroupAnswer, SeriesAnswer} from '../../api/types';
import type {BoardRun} from '../../state/board';
import {initialChartView, type ChartView} from '../../state/chart_view';
import {linesOf, requestWidth, runsOf, spanOf, subjectsOf, windowOf} from './chart_lines';

function run(id: number, name: string): BoardRun {
  return {
    id,
    name,
    label: name,
    mark: {},
    hparams: new Map(),
    startS: 100,
    lastWallTimeS: 160 + id,
    lastStep: 1000 * (id + 1),
    points: 1,
    status: 'live',
    colour: {slot: id + 1, hue: 0, dash: 0},
  };
}

const tag = (name: string, runs: readonly number[]) => ({
  kind: 'scalars',
  tag: name,
  displayName: '',
  description: '',
  runs,
});

function answer(...steps: number[]): SeriesAnswer {
  const column = Float64Array.from(steps);
  return {
    columns: {
      steps: column,
      wallTimesS: column,
      values: column,
      smoothed: undefined,
      x: undefined,
      lo: undefined,
      hi: undefined,
    },
    isFound: true,
    isDecimated: false,
    total: steps.length,
    inWindow: steps.length,
  };
}

const runs = [run(0, 'a'), run(1, 'b'), run(2, 'c')];
const both = {
  key: 'both',
  title: 'both',
  tags: [tag('loss', [0, 1]), tag('acc', [1])],
  isCustom: true,
};
const names = {mean: (n: number) => `mean of ${n}`, groups: []};

test('a chart shows the runs that have one of its tags', () => {
  expect(runsOf(both, runs).map((r) => r.name)).toEqual(['a', 'b']);
  expect(subjectsOf(both, runs)).toEqual([
    {tag: 'loss', runs: [0, 1], group: undefined},
    {tag: 'acc', runs: [1], group: undefined},
  ]);
});

test('several tags in one chart keep the colour of their run and differ by dash and name', () => {
  const subjects = subjectsOf(both, runs);
  const data = [
    {
      series: new Map([
        [0, answer(0, 1)],
        [1, answer(0, 1)],
      ]),
      group: undefined,
    },
    {series: new Map([[1, answer(0, 1)]]), group: undefined},
  ];
  const lines = linesOf(both, runs, subjects, data, initialChartView, names);
  expect(lines.map((l) => [l.name, l.colour.slot, l.colour.dash])).toEqual([
    ['a · loss', 1, 0],
    ['b · loss', 2, 0],
    ['b · acc', 2, 1],
  ]);
});

test('in a crowd of runs every line is solid', () => {
  const dashed = (n: number) =>
    Array.from({length: n}, (_, i) => ({
      ...run(i, `r${i}`),
      colour: {slot: 0, hue: i, dash: 2},
    }));
  const dashesOf = (crowd: readonly BoardRun[]) => {
    const ids = crowd.map((r) => r.id);
    const one = {...both, tags: [tag('loss', ids)], isCustom: false};
    const series = new Map(ids.map((id) => [id, answer(0, 1)]));
    const data = [{series, group: undefined}];
    const lines = linesOf(one, crowd, subjectsOf(one, crowd), data, initialChartView, names);
    return new Set(lines.map((l) => l.colour.dash));
  };
  expect([...dashesOf(dashed(20))]).toEqual([2]);
  expect([...dashesOf(dashed(30))]).toEqual([0]);
});

test('falling steps are one line unless they are asked to be several', () => {
  const one = {...both, tags: [tag('loss', [0])], isCustom: false};
  const subjects = subjectsOf(one, runs);
  const data = [{series: new Map([[0, answer(0, 1, 0, 1)]]), group: undefined}];
  const drawn = (view: Partial<ChartView>) =>
    linesOf(one, runs, subjects, data, {...initialChartView, ...view}, names).map((l) => [
      l.name,
      l.isOlder,
    ]);
  expect(drawn({})).toEqual([['a', false]]);
  expect(drawn({isSplit: true})).toEqual([
    ['a: 1', false],
    ['a: 2', false],
  ]);
  expect(drawn({isOlderShown: true})).toEqual([
    ['a: 1', true],
    ['a: 2', false],
  ]);
});

test('groups that have the tag are drawn, each in its colour', () => {
  const colour = {slot: 5, hue: 0, dash: 0};
  const groups = [
    {name: 'x', colour, runs: runs.slice(0, 2)},
    {name: 'y', colour, runs: runs.slice(2)},
  ];
  const one = {...both, tags: [tag('loss', [0, 1])], isCustom: false};
  const subjects = subjectsOf(one, runs, groups);
  expect(subjects).toEqual([{tag: 'loss', runs: [0, 1], group: 'x'}]);
  const column = Float64Array.of(1, 2);
  const group: GroupAnswer = {
    runs: 2,
    total: 4,
    inWindow: 4,
    x: column,
    mean: column,
    lo: column,
    hi: column,
    counts: column,
  };
  const lines = linesOf(one, runs, subjects, [{series: new Map(), group}], initialChartView, {
    ...names,
    groups,
  });
  expect(lines.map((l) => [l.name, l.colour.slot])).toEqual([['x: mean of 2', 5]]);
});

test('many lines share the points of a chart; widths come in grains', () => {
  expect(requestWidth(401, 1)).toBe(440);
  expect(requestWidth(400, 8)).toBe(400);
  expect(requestWidth(400, 50)).toBe(64);
  expect(requestWidth(400, 51)).toBe(requestWidth(400, 60));
  expect(requestWidth(400, 10_000)).toBe(32);
});

test('what the server is asked for follows the view', () => {
  const view: ChartView = {...initialChartView, smoothingKind: 'time', smoothing: 0.5};
  expect(spanOf(view, runs)).toBe(3000);
  expect(spanOf({...view, axis: 'relative'}, runs)).toBe(62);
  const window = windowOf(view, {lo: 1, hi: 2}, 400, 3, 3000);
  expect(window).toMatchObject({from: 1, to: 2, width: 400, detail: 'drawing'});
  expect(window.smoothing).toEqual({kind: 'time_ema', halfLife: 4.1});
  const log = windowOf({...view, xScale: 'log'}, undefined, 400, 3, 3000);
  expect(log).toMatchObject({width: 400, scale: 'log'});
  // Wall times have no logarithmic axis.
  expect(windowOf({...view, axis: 'wall', xScale: 'log'}, undefined, 400, 3, 3000).scale).toBe(
    'linear',
  );
});
