import {expect, test} from 'vitest';
import {compareNatural} from './natural';

function sorted(names: readonly string[]): string[] {
  return [...names].sort(compareNatural);
}

test('numbers compare as numbers', () => {
  expect(sorted(['run10', 'run2', 'run1'])).toEqual(['run1', 'run2', 'run10']);
  expect(sorted(['lr0.1', 'lr0.01', 'lr1e-3'])).toEqual(['lr1e-3', 'lr0.01', 'lr0.1']);
});

test('breaks come before other characters and a prefix comes first', () => {
  expect(sorted(['ab', 'a/b', 'a_c', 'a'])).toEqual(['a', 'a/b', 'a_c', 'ab']);
});

test('equal numbers written differently go on', () => {
  expect(compareNatural('1a', '01b')).toBeLessThan(0);
  expect(compareNatural('x1', 'x1')).toBe(0);
});
