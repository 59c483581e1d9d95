import {expect, test} from 'vitest';
import {parseTextFilter} from '../../base/text_filter';
import {customKey, histogramKey} from '../../state/chart_view';
import {chartSections} from './chart_sections';

const input = {
  tags: ['loss/eval', 'loss/train', 'acc/eval', 'lr'],
  histograms: new Map(),
  images: new Map(),
  custom: [{name: 'both', tags: ['loss/eval', 'loss/train']}],
  pinned: ['lr', 'not/yet', customKey('both')],
  filter: parseTextFilter(''),
  order: new Map([['s:loss', ['loss/train', 'loss/eval']]]),
};

test('pinned first, then charts of several tags, then tags by prefix in their order', () => {
  expect(chartSections(input).map((s) => [s.kind, s.name, s.charts])).toEqual([
    ['pinned', '', ['lr', customKey('both')]],
    ['custom', '', [customKey('both')]],
    ['tags', '', ['lr']],
    ['tags', 'acc', ['acc/eval']],
    ['tags', 'loss', ['loss/train', 'loss/eval']],
  ]);
});

test('a filter leaves one flat list; charts of several tags match by name or tag', () => {
  const found = (text: string) => chartSections({...input, filter: parseTextFilter(text)});
  expect(found('eval').map((s) => s.charts)).toEqual([
    [customKey('both'), 'acc/eval', 'loss/eval'],
  ]);
  expect(found('BOTH')[0]?.charts).toEqual([customKey('both')]);
  expect(found('zebra')).toEqual([]);
});

test('histograms stand behind the line chart of their tag, or alone', () => {
  const histograms = new Map([
    ['loss/eval', ['b']],
    ['weights/w', ['a', 'b']],
  ]);
  const sections = chartSections({...input, custom: [], pinned: [], order: new Map(), histograms});
  expect(sections.map((s) => s.charts)).toEqual([
    ['lr'],
    ['acc/eval'],
    ['loss/eval', histogramKey('b', 'loss/eval'), 'loss/train'],
    [histogramKey('a', 'weights/w'), histogramKey('b', 'weights/w')],
  ]);
});

test('charts that no shown run has are left out, with their section; pins stay', () => {
  const empty = new Set(['lr', 'acc/eval', 'loss/eval']);
  expect(chartSections({...input, custom: [], empty}).map((s) => [s.kind, s.charts])).toEqual([
    ['pinned', ['lr']],
    ['tags', ['loss/train']],
  ]);
});
