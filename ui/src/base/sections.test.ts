import {expect, test} from 'vitest';
import {sectionsOf} from './sections';

test('tags are grouped by prefix', () => {
  expect(sectionsOf(['loss/train', 'lr', 'loss/eval', 'acc/top5', '/odd'])).toEqual([
    {name: '/odd', tags: ['/odd']},
    {name: 'acc', tags: ['acc/top5']},
    {name: 'loss', tags: ['loss/eval', 'loss/train']},
    {name: 'lr', tags: ['lr']},
  ]);
});
