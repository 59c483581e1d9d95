import {expect, test} from 'vitest';
import {
  decodeChange,
  decodeGraph,
  decodeImages,
  decodeMarks,
  decodeRuns,
  decodeStatus,
  decodeSummaries,
  decodeTags,
} from './decode';

const status = {
  version: '0.1.0',
  change: 17,
  logdir: '/logs',
  window_title: '',
  state: 'loading',
  bytes_read: 1,
  bytes_total: 4,
  seconds_left: null,
  runs: 8,
  series: 96,
  points: 5,
  started_s: 1.5,
  damage: {count: 1, bytes_lost: 42, items: [{file: 'a', offset: 118, bytes: 42, message: 'm'}]},
};

test('status', () => {
  const s = decodeStatus(status);
  expect(s.state).toBe('loading');
  expect(s.secondsLeft).toBeUndefined();
  expect(s.damageItems).toEqual([{file: 'a', offset: 118, bytes: 42, message: 'm'}]);
});

test('runs and tags', () => {
  const run = {
    id: 0,
    name: '<script>',
    start_s: null,
    last_wall_time_s: 'NaN',
    last_step: 3,
    points: 4,
    status: 'what',
  };
  expect(decodeRuns({change: 1, runs: [run]})).toEqual({
    change: 1,
    runs: [
      {
        id: 0,
        name: '<script>',
        startS: undefined,
        lastWallTimeS: Number.NaN,
        lastStep: 3,
        points: 4,
        status: 'stalled',
        hparams: new Map(),
      },
    ],
    hparamTitles: new Map(),
  });
  expect(
    decodeTags({change: 7, tags: [{kind: 'scalars', tag: 'loss', run_ranges: [0, 1, 4, 4]}]})
      .tags[0],
  ).toEqual({
    kind: 'scalars',
    tag: 'loss',
    displayName: '',
    description: '',
    runs: [0, 1, 4],
  });
});

test('numbers that are none', () => {
  const columns = {runs: [0], points: [1], last_step: [0], min: [null], max: [null], mean: [null]};
  const answer = decodeSummaries({tags: [{...columns, tag: 'loss', last: ['-Infinity']}]});
  expect(answer.get('loss')?.get(0)?.last).toBe(-Infinity);
  expect(answer.get('loss')?.get(0)?.mean).toBeUndefined();
});

test('changes', () => {
  const change = decodeChange({
    change: 18,
    runs: true,
    tags: false,
    series: [[0, 'loss', 2001]],
    status,
  });
  expect(change.series).toEqual([[0, 'loss', 2001]]);
  expect(decodeChange({change: 18, series: null, status}).series).toBeUndefined();
});

test('what the contract does not allow is refused with its place', () => {
  expect(() => decodeRuns({runs: 5})).toThrow('runs: a list was expected');
  expect(() => decodeTags({tags: [{kind: 'scalars', tag: 5, run_ranges: []}]})).toThrow(
    'tag.tag: a text was expected',
  );
  expect(() => decodeStatus(null)).toThrow('status: an object was expected');
  expect(() => decodeGraph({nodes: [{name: 'x'}, []]})).toThrow('node: an object was expected');
});

test('hyper-parameters, summaries and marks', () => {
  const answer = decodeRuns({
    runs: [{id: 1, name: 'a', hparams: {lr: 0.1, bn: false, opt: 'adam'}}],
    experiment: {hparams: [{name: 'lr', display_name: 'learning rate'}, {name: 'bn'}]},
  });
  expect([...(answer.runs[0]?.hparams ?? [])]).toEqual([
    ['lr', 0.1],
    ['bn', false],
    ['opt', 'adam'],
  ]);
  expect([...answer.hparamTitles]).toEqual([['lr', 'learning rate']]);
  const summaries = decodeSummaries({
    tags: [
      {
        tag: 'loss',
        runs: [3],
        points: [2],
        last: ['NaN'],
        last_step: [9],
        min: [null],
        max: [null],
        mean: [null],
      },
    ],
  });
  expect(summaries.get('loss')?.get(3)).toEqual({
    points: 2,
    last: Number.NaN,
    lastStep: 9,
    min: undefined,
    max: undefined,
    mean: undefined,
  });
  const marks = decodeMarks({
    problem: '',
    marks: [{run: 'a', title: 't', tags: ['x'], colour: 3, pinned: true}],
  });
  expect(marks.byRun.get('a')).toEqual({title: 't', tags: ['x'], colour: 3, pinned: true});
  expect(() => decodeRuns({runs: [{id: 1, name: 'a', hparams: {lr: [1]}}]})).toThrow(
    'run.hparams: a text was expected',
  );
});

test('the images of a series', () => {
  const list = {steps: [0, 10], wall_times_s: [1.5, 2.5], samples: [3, 1]};
  expect(decodeImages(list)).toEqual({steps: [0, 10], wallTimesS: [1.5, 2.5], samples: [3, 1]});
  expect(() => decodeImages({...list, samples: [3]})).toThrow('different lengths');
});

test('tags of the same runs share one list, wherever they stand', () => {
  const tag = (name: string, run_ranges: readonly number[]) => ({
    kind: 'scalars',
    tag: name,
    display_name: '',
    description: '',
    run_ranges,
  });
  const {tags} = decodeTags({
    change: 1,
    tags: [
      tag('a', [0, 2, 7, 7]),
      tag('b', [0, 2, 7, 7]),
      tag('c', [1, 1]),
      tag('d', [0, 2, 7, 7]),
    ],
  });
  expect(tags.map((t) => t.runs)).toEqual([[0, 1, 2, 7], [0, 1, 2, 7], [1], [0, 1, 2, 7]]);
  expect(new Set(tags.map((t) => t.runs)).size).toBe(2);
});
