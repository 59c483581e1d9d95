import {describe, expect, it, test} from 'vitest';
import type {Run, Summary} from '../api/types';
import {parseExpression, type NameUse} from '../base/expression';
import {
  columnId,
  columnOfId,
  resolveName,
  sortRuns,
  type Column,
  type MarkedRun,
} from './run_columns';
import {groupingOfText, groupingText, groupRuns} from './run_groups';
import {reverse, withChanges} from './run_marks';
import {matchesQuery, parseRunQuery} from './run_query';

function run(id: number, name: string, more: Partial<MarkedRun> = {}): MarkedRun {
  const plain: Run = {
    id,
    name,
    startS: 100,
    lastWallTimeS: 160 + id,
    lastStep: id * 10,
    points: 5,
    status: 'live',
    hparams: new Map(),
  };
  return {...plain, mark: {}, label: name, ...more};
}

const runs = [
  run(0, 'a/seed1', {hparams: new Map([['lr', 0.1]]), mark: {tags: ['paper'], pinned: true}}),
  run(1, 'a/seed2', {hparams: new Map([['lr', 0.01]]), label: 'the good one', status: 'finished'}),
  run(2, 'b/seed1', {startS: undefined}),
  run(3, 'alone', {status: 'failed'}),
];

const summary = (last: number, min?: number): Summary => ({
  points: 3,
  last,
  lastStep: 2,
  min,
  max: 9,
  mean: 5,
});
const summaries = new Map([
  [
    'loss/eval',
    new Map([
      [0, summary(3, 1)],
      [1, summary(2, 0.5)],
      [2, summary(Number.NaN)],
    ]),
  ],
]);
const known = {
  hparams: new Set(['lr', 'batch size']),
  tags: ['loss/eval', 'loss/train', 'acc/eval'],
};
const names = (list: readonly MarkedRun[]): string => list.map((r) => r.id).join('');

test('columns round-trip as texts', () => {
  for (const id of ['status', 'hparam:a:b', 'min:loss/train', 'last:hparam:x'])
    expect(columnId(columnOfId(id) ?? {kind: 'fact', fact: 'name'})).toBe(id);
  expect(['nothing', 'sum:x', 'hparam:', ''].map(columnOfId)).toEqual(Array(4).fill(undefined));
});

test('runs without a value come last whichever way', () => {
  const column: Column = {kind: 'metric', tag: 'loss/eval', stat: 'last'};
  expect(names(sortRuns(runs, {column, isDescending: false}, summaries))).toBe('1023');
  expect(names(sortRuns(runs, {column, isDescending: true}, summaries))).toBe('0123');
  const lr: Column = {kind: 'hparam', name: 'lr'};
  expect(names(sortRuns(runs, {column: lr, isDescending: false}, summaries))).toBe('1023');
  const duration: Column = {kind: 'fact', fact: 'duration'};
  expect(names(sortRuns(runs, {column: duration, isDescending: true}, summaries))).toBe('3102');
  const tags: Column = {kind: 'fact', fact: 'tags'};
  expect(names(sortRuns(runs, {column: tags, isDescending: true}, summaries))).toBe('0123');
});

describe('names of expressions', () => {
  const resolve = (text: string, more = {}) => {
    const parsed = parseExpression(text);
    const use: NameUse | undefined = parsed.kind === 'ok' ? parsed.names[0] : undefined;
    if (use === undefined) throw new Error(text);
    const resolved = resolveName(use, {...known, ...more});
    return resolved.kind === 'known' ? columnId(resolved.column) : resolved.closest;
  };
  it.each([
    ['lr', 'hparam:lr'],
    ['`batch size`', 'hparam:batch size'],
    ['step', 'step'],
    ['`loss/eval`', 'last:loss/eval'],
    ['min(`loss/eval`)', 'min:loss/eval'],
    ['acc', 'last:acc/eval'],
    ['mean(train)', 'mean:loss/train'],
  ])('%s', (text, column) => expect(resolve(text)).toBe(column));
  it('takes a short name for the column that is shown', () => {
    expect(resolve('loss')).toEqual(['loss/eval', 'loss/train']);
    expect(resolve('loss', {shownTags: ['loss/train', 'acc/eval']})).toBe('last:loss/train');
    expect(resolve('lo', {shownTags: ['loss/train', 'acc/eval']})).toBe('last:loss/train');
  });
  it('suggests what is near', () => {
    expect(resolve('lt')).toContain('lr');
    expect(resolve('statsu')).toEqual(['status']);
    expect(resolve('acr')).toEqual(['acc/eval']);
    expect(resolve('zebra')).toEqual([]);
    expect(resolve('min(lr)')).toEqual([]);
  });
});

describe('the run filter', () => {
  const pass = (text: string): string => {
    const query = parseRunQuery(text, known);
    return names(runs.filter((r) => matchesQuery(query, r, summaries)));
  };
  it.each([
    ['', '0123'],
    ['SEED1$', '02'],
    ['good', '1'],
    ['seed(', ''],
    ['lr < 0.05', '1'],
    ['acc > 0', ''],
    ['min(`loss/eval`) < 0.8 or status = "failed"', '13'],
    ['tags = "paper"', '0'],
    ['pinned and lr > 0', '0'],
    ['name ~ "good"', '1'],
    ['lr <', '0123'],
    ['unknown = 3', ''],
    ['duration >= 1m and step > 5', '13'],
  ])('%s', (text, expected) => expect(pass(text)).toBe(expected));
  it('names the metrics it reads', () => {
    const query = parseRunQuery('acc > 0 and min(`loss/eval`) < 1 and lr < 1', known);
    expect(query.kind === 'expression' && query.tags).toEqual(['acc/eval', 'loss/eval']);
  });
});

describe('groups', () => {
  const keys = (text: string) =>
    groupRuns(runs, groupingOfText(text)).map((g) => [g.key, names(g.runs)]);
  it.each([
    [
      'status',
      [
        ['live', '02'],
        ['failed', '3'],
        ['finished', '1'],
      ],
    ],
    [
      'folder',
      [
        ['a', '01'],
        ['b', '2'],
        ['', '3'],
      ],
    ],
    [
      'regex:seed(\\d)',
      [
        ['1', '02'],
        ['2', '1'],
        ['', '3'],
      ],
    ],
    [
      'regex:^(\\w)/seed(\\d)',
      [
        ['a · 1', '0'],
        ['a · 2', '1'],
        ['b · 1', '2'],
        ['', '3'],
      ],
    ],
    ['regex:(', [['', '0123']]],
    [
      'hparam:lr',
      [
        ['0.01', '1'],
        ['0.1', '0'],
        ['', '23'],
      ],
    ],
    ['', [['', '0123']]],
  ])('%s', (text, expected) => expect(keys(text)).toEqual(expected));
  it('round-trips as text and knows TensorBoard’s', () => {
    for (const text of ['', 'status', 'folder', 'regex:a:b', 'hparam:lr'])
      expect(groupingText(groupingOfText(text))).toBe(text);
    expect(groupingText(groupingOfText('regex_by_exp:x'))).toBe('regex:x');
    expect(groupingText(groupingOfText('experiment'))).toBe('');
  });
});

test('what is said of runs can be taken back', () => {
  const before = new Map([['a', {title: 't', pinned: true}]]);
  const changes = new Map([
    ['a', {title: null, tags: ['x']}],
    ['b', {note: 'n'}],
  ]);
  const after = withChanges(before, changes);
  expect([...after]).toEqual([
    ['a', {pinned: true, tags: ['x']}],
    ['b', {note: 'n'}],
  ]);
  expect(withChanges(after, reverse(before, changes))).toEqual(before);
});
