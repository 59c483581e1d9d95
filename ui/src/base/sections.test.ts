import {expect, test} from 'vitest';
import {sectionsOf, ungrouped} from './sections';

test('tags are grouped by prefix, those without one stand together', () => {
  expect(
    sectionsOf(['loss/train', 'lr', 'loss/eval', 'acc/top5', '/odd', 'loss', 'epoch']),
  ).toEqual([
    {name: ungrouped, tags: ['/odd', 'epoch', 'lr']},
    {name: 'acc', tags: ['acc/top5']},
    {name: 'loss', tags: ['loss', 'loss/eval', 'loss/train']},
  ]);
});
