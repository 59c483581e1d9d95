import {expect, test} from 'vitest';
import {arranged, movedBy, movedTo} from './arrange';

const natural = ['a', 'b', 'c', 'd'];

test('without an order nature decides', () => {
  expect(arranged(natural, [])).toEqual(natural);
});

test('a moved item keeps its place, a new one comes after its neighbour, a gone one is forgotten', () => {
  expect(arranged(natural, ['c', 'a', 'b', 'd'])).toEqual(['c', 'a', 'b', 'd']);
  expect(arranged(['a', 'b', 'bb', 'c', 'd'], ['c', 'a', 'b', 'd'])).toEqual([
    'c',
    'a',
    'b',
    'bb',
    'd',
  ]);
  expect(arranged(['0', ...natural], ['c', 'a', 'b', 'd'])).toEqual(['0', 'c', 'a', 'b', 'd']);
  expect(arranged(['a', 'c'], ['c', 'x', 'a'])).toEqual(['c', 'a']);
});

test('moving to a place and by places', () => {
  expect(movedTo(natural, 'a', 'c')).toEqual(['b', 'c', 'a', 'd']);
  expect(movedTo(natural, 'd', 'a')).toEqual(['d', 'a', 'b', 'c']);
  expect(movedTo(natural, 'a', 'x')).toEqual(natural);
  expect(movedBy(natural, 'b', -1)).toEqual(['b', 'a', 'c', 'd']);
  expect(movedBy(natural, 'b', 9)).toEqual(['a', 'c', 'd', 'b']);
  expect(movedBy(natural, 'a', -1)).toEqual(natural);
});
