import {expect, test} from 'vitest';
import {columnsFor, itemsBetween, layoutGrid, type GridItem} from './layout';

const metrics = {
  columns: 2,
  cardWidth: 320,
  cardHeight: 90,
  wideHeight: 290,
  headerHeight: 30,
  gap: 10,
  sectionGap: 10,
};
const sections = [
  {key: 'a', cards: ['1', '2', '3'], isOpen: true},
  {key: 'b', cards: ['4', '5', '6'], isOpen: false},
  {key: 'c', cards: ['7', '8', '9'], isOpen: true},
];

function told(item: GridItem): string {
  return item.kind === 'card'
    ? `${item.card}@${item.left},${item.top}`
    : `[${item.section}]@${item.top}`;
}

test('cards fill columns, a wide one takes a line, a closed section none', () => {
  const layout = layoutGrid(sections, metrics, (card) => card === '8');
  expect(layout.items.map(told)).toEqual([
    '[a]@0',
    '1@0,30',
    '2@330,30',
    '3@0,130',
    '[b]@240',
    '[c]@280',
    '7@0,310',
    '8@0,410',
    '9@0,710',
  ]);
  expect(layout.height).toBe(820);
});

test('only items in view are found', () => {
  const layout = layoutGrid(sections, metrics, (card) => card === '8');
  expect(itemsBetween(layout, 35, 131).map(told)).toEqual(['1@0,30', '2@330,30', '3@0,130']);
  expect(itemsBetween(layout, 600, 700).map(told)).toEqual(['8@0,410']);
  expect(itemsBetween(layout, 9999, 10000)).toEqual([]);
});

test('ten thousand cards are laid out and searched quickly', () => {
  const cards = Array.from({length: 10_000}, (_, i) => String(i));
  const layout = layoutGrid([{key: 's', cards, isOpen: true}], metrics, () => false);
  expect(itemsBetween(layout, 250_000, 250_900).length).toBeLessThan(25);
});

test('columns', () => {
  expect([300, 652, 1000].map((w) => columnsFor(w, 320, 12))).toEqual([1, 2, 3]);
});
