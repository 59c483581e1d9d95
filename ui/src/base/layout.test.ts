import {expect, test} from 'vitest';
import {columnsFor, gridHeight, layoutGrid, rowsBetween} from './layout';

const metrics = {columns: 2, headerHeight: 30, rowHeight: 100, wideRowHeight: 300, sectionGap: 10};
const sections = [
  {key: 'a', cards: ['1', '2', '3'], isOpen: true},
  {key: 'b', cards: ['4', '5', '6'], isOpen: false},
  {key: 'c', cards: ['7', '8', '9'], isOpen: true},
];

test('cards fill columns, a wide one takes a row', () => {
  const rows = layoutGrid(sections, metrics, (card) => card === '8');
  expect(rows.map((r) => (r.kind === 'cards' ? r.cards.join('') : `[${r.section}]`))).toEqual([
    '[a]',
    '12',
    '3',
    '[b]',
    '[c]',
    '7',
    '8',
    '9',
  ]);
  expect(rows.map((r) => r.top)).toEqual([0, 30, 130, 240, 280, 310, 410, 710]);
  expect(gridHeight(rows, metrics)).toBe(820);
});

test('only rows in view are found', () => {
  const rows = layoutGrid(sections, metrics, () => false);
  expect(rowsBetween(rows, 35, 131).map((r) => r.top)).toEqual([30, 130]);
  expect(rowsBetween(rows, 9999, 10000)).toEqual([]);
});

test('columns', () => {
  expect([300, 652, 1000].map((w) => columnsFor(w, 320, 12))).toEqual([1, 2, 3]);
});
