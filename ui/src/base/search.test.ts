import {expect, test} from 'vitest';
import {search} from './search';

const tags = ['accuracy/train', 'loss/train', 'loss', 'blossom', 'train/loss'];

test('starts of names come before starts of parts and middles', () => {
  expect(search(tags, 'loss', (t) => t, 9)).toEqual([
    'loss',
    'loss/train',
    'train/loss',
    'blossom',
  ]);
});

test('every word must occur, whatever its order or case', () => {
  expect(search(tags, 'TRAIN loss', (t) => t, 9)).toEqual(['loss/train', 'train/loss']);
  expect(search(tags, 'zebra', (t) => t, 9)).toEqual([]);
});

test('no query keeps the order', () => {
  expect(search(tags, ' ', (t) => t, 2)).toEqual(['accuracy/train', 'loss/train']);
});
