import {expect, test} from 'vitest';
import {
  customKey,
  histogramKey,
  initialChartView,
  selected,
  withCustom,
  withoutCustom,
  zoomOf,
  zoomed,
  type ChartView,
} from './chart_view';
import {urlOfView, viewFromUrl, initialView} from './view';

const x = {lo: 1, hi: 2};
const y = {lo: 3, hi: 4};

test('a zoom belongs to its chart', () => {
  const view = {...initialChartView, ...zoomed(initialChartView, 'a', {x, y})};
  expect([zoomOf(view, 'a'), zoomOf(view, 'b')]).toEqual([{x, y}, undefined]);
  expect(zoomed(view, 'a', undefined).zooms?.size).toBe(0);
});

test('linked charts share x and keep their own y', () => {
  const linked: ChartView = {...initialChartView, isLinked: true};
  const view = {...linked, ...zoomed(linked, 'a', {x, y})};
  expect([zoomOf(view, 'a'), zoomOf(view, 'b')]).toEqual([
    {x, y},
    {x, y: undefined},
  ]);
  const back = {...view, ...zoomed(view, 'b', undefined)};
  expect([zoomOf(back, 'a'), zoomOf(back, 'b')]).toEqual([{x: undefined, y}, undefined]);
});

test('histograms are not linked with lines over a metric: their x is the step', () => {
  const linked = {...initialChartView, isLinked: true, axis: 'metric' as const, xTag: 'loss'};
  const lines = {...linked, ...zoomed(linked, 'accuracy', {x, y: undefined})};
  const key = histogramKey('run', 'weights');
  expect(zoomOf(lines, 'other')?.x).toEqual(x);
  expect(zoomOf(lines, key)).toBeUndefined();
  const steps = {...lines, ...zoomed(lines, key, {x: {lo: 100, hi: 200}, y: undefined})};
  expect(steps.linkedX).toEqual(x);
  expect(zoomOf(steps, key)?.x).toEqual({lo: 100, hi: 200});
});

test('a selection in an address', () => {
  const read = (text: string) => viewFromUrl(`?steps=${text}`, '').selection;
  expect([read('5'), read('5,9'), read('9,5'), read('x'), read('')]).toEqual([
    {lo: 5, hi: undefined},
    {lo: 5, hi: 9},
    {lo: 9, hi: undefined},
    undefined,
    undefined,
  ]);
});

test('charts of several tags that cannot be read are left out', () => {
  const {custom} = viewFromUrl(
    `?chart=${encodeURIComponent('{"name":"a","tags":["b",3]}')}&chart={&chart=${encodeURIComponent('{"name":"","tags":["b"]}')}&chart=[1]`,
    '',
  );
  expect(custom).toEqual([{name: 'a', tags: ['b']}]);
  expect(urlOfView({...initialView, isLinked: true})).toBe('?link=1#timeseries');
});

test('chosen steps are whole and in order', () => {
  expect(selected(9.6, undefined)).toEqual({lo: 10, hi: undefined});
  expect(selected(20, 9.6)).toEqual({lo: 10, hi: 20});
  expect(selected(9.9, 10.1)).toEqual({lo: 10, hi: undefined});
});

test('charts of several tags have different names, and what belongs to one follows its name', () => {
  const one = {
    ...initialChartView,
    ...withCustom(initialChartView, undefined, {name: 'x', tags: ['a']}),
  };
  const two = {...one, ...withCustom(one, undefined, {name: 'x', tags: ['b']})};
  expect(two.custom.map((c) => c.name)).toEqual(['x', 'x (2)']);
  const pinned = {...two, pinned: ['a', customKey('x')]};
  const renamed = {...pinned, ...withCustom(pinned, 'x', {name: 'y', tags: ['a', 'c']})};
  expect(renamed.custom[0]).toEqual({name: 'y', tags: ['a', 'c']});
  expect(renamed.pinned).toEqual(['a', customKey('y')]);
  const gone = {...renamed, ...withoutCustom(renamed, 'y')};
  expect([gone.custom.map((c) => c.name), gone.pinned]).toEqual([['x (2)'], ['a']]);
});
