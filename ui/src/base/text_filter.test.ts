import {expect, test} from 'vitest';
import {matchesFilter, parseTextFilter} from './text_filter';

test('matches anywhere, whatever the case', () => {
  const filter = parseTextFilter('LOSS/(train|eval)$');
  expect(matchesFilter(filter, 'a/loss/eval')).toBe(true);
  expect(matchesFilter(filter, 'loss/evaluation')).toBe(false);
});

test('an unfinished expression matches as text and says so', () => {
  const filter = parseTextFilter('loss(');
  expect(filter.kind).toBe('invalid');
  expect(matchesFilter(filter, 'my LOSS(x)')).toBe(true);
});

test('nothing typed shows all', () => {
  expect(matchesFilter(parseTextFilter(''), 'x')).toBe(true);
});
