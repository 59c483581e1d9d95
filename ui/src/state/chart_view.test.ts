import {expect, test} from 'vitest';
import {initialChartView, zoomOf, zoomed, type ChartView} from './chart_view';
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
