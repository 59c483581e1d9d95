import {expect, test} from 'vitest';
import type {ReadoutRow} from '../../charts/line_model';
import {keepNear, nearestRow, orderRows, readoutLine, titleOf} from './chart_readout';
import {en} from '../../words/en';

function row(name: string, drawn: number, extra: Partial<ReadoutRow> = {}): ReadoutRow {
  return {
    id: name,
    key: 0,
    name,
    colour: {slot: 1, hue: 0, dash: 0},
    index: 0,
    x: 0,
    drawn,
    value: drawn,
    step: 1200,
    wallTimeS: 100,
    relativeS: 60,
    band: undefined,
    ...extra,
  };
}

const rows = [row('a', 2), row('b', Number.NaN), row('c', -1), row('d', 5)];
// Pixels fall as values grow.
const pixelY = (r: ReadoutRow): number => 100 - 10 * r.drawn;
const names = (list: readonly ReadoutRow[]): string => list.map((r) => r.name).join('');

test('the orders of the readout; what is no number comes last', () => {
  expect(names(orderRows(rows, 'default', pixelY, 0))).toBe('abcd');
  expect(names(orderRows(rows, 'ascending', pixelY, 0))).toBe('cadb');
  expect(names(orderRows(rows, 'descending', pixelY, 0))).toBe('dacb');
  expect(names(orderRows(rows, 'nearest', pixelY, 111))).toBe('cadb');
  expect(nearestRow(rows, pixelY, 55)?.name).toBe('d');
  expect(nearestRow([], pixelY, 55)).toBeUndefined();
});

test('of many rows those around the nearest stay', () => {
  expect(names(keepNear(rows, rows[3], 2))).toBe('cd');
  expect(names(keepNear(rows, rows[0], 3))).toBe('abc');
  expect(names(keepNear(rows, undefined, 9))).toBe('abcd');
});

test('titles and cells', () => {
  const model = {
    series: [],
    axis: 'step',
    x: {lo: 0, hi: 1},
    y: {lo: 0, hi: 1},
    isXLog: false,
    isLog: false,
  } as const;
  expect(titleOf(model, row('a', 1), en)).toBe('step 1,200 · 1 min');
  expect(titleOf({...model, axis: 'metric'}, row('a', 1, {x: 0.25}), en)).toBe(
    'x 0.2500 · step 1,200',
  );
  const mean = row('mean', 1, {x: 7.9, band: {lo: 0.5, hi: 2}});
  expect(titleOf(model, mean, en)).toBe('step 8');
  expect(readoutLine(mean, true, false).cells).toEqual(['1.000', '0.500 – 2.00']);
  const even = row('mean', 1, {band: {lo: 0.5, hi: 1.5}});
  expect(readoutLine(even, true, false).cells).toEqual(['1.000', '± 0.500']);
  expect(readoutLine(row('a', 1, {value: 3}), true, true).cells).toEqual(['1.000', '3.000']);
});
