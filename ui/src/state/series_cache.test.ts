import {expect, test} from 'vitest';
import type {
  ColumnsAnswer,
  GroupAnswer,
  GroupId,
  SeriesAnswer,
  SeriesId,
  Window,
} from '../api/types';
import {SeriesCache} from './series_cache';

const window: Window = {
  axis: 'step',
  xTag: '',
  from: undefined,
  to: undefined,
  width: 300,
  scale: 'linear',
  detail: 'drawing',
  smoothing: {kind: 'ema', weight: 0.6},
  isOlderShown: false,
  band: 'std',
};

function seriesOf(total: number): SeriesAnswer {
  const columns = {
    steps: new Float64Array(total),
    wallTimesS: new Float64Array(total),
    values: new Float64Array(total),
    smoothed: undefined,
    x: undefined,
    lo: undefined,
    hi: undefined,
  };
  return {columns, isFound: true, isDecimated: false, total, inWindow: total};
}

function groupOf(runs: number): GroupAnswer {
  const none = new Float64Array();
  return {runs, total: 0, inWindow: 0, x: none, mean: none, lo: none, hi: none, counts: none};
}

interface Call {
  readonly ids: readonly SeriesId[];
  readonly groups: readonly GroupId[];
  readonly window: Window;
  readonly signal: AbortSignal;
  readonly answer: (total?: number) => Promise<void>;
  readonly fail: () => Promise<void>;
}

function makeCache(keepPoints?: number) {
  const clock = {nowMs: 0};
  const timers: {run: () => void; inMs: number}[] = [];
  const calls: Call[] = [];
  const frames: (() => void)[] = [];
  const settle = async (): Promise<void> => {
    for (let i = 0; i < 5; i++) await Promise.resolve();
  };
  const cache = new SeriesCache({
    nowMs: () => clock.nowMs,
    later: (run, inMs) => timers.push({run, inMs}),
    fetch: (ids, groups, w, signal) =>
      new Promise<ColumnsAnswer>((resolve, reject) => {
        calls.push({
          ids,
          groups,
          window: w,
          signal,
          answer: (total = 3) => (
            resolve({
              change: 1,
              series: ids.map(() => seriesOf(total)),
              groups: groups.map((g) => groupOf(g.runs.length)),
            }),
            settle()
          ),
          fail: () => (reject(new Error('gone')), settle()),
        });
      }),
    schedule: (run) => frames.push(run),
    describe: (error) => String(error),
    ...(keepPoints === undefined ? {} : {keepPoints}),
  });
  const frame = (): void => {
    for (const run of frames.splice(0)) run();
  };
  return {cache, calls, frame, clock, timers};
}

function only<T>(items: readonly T[]): T {
  const item = items[0];
  if (items.length !== 1 || item === undefined) throw new Error(`want one, got ${items.length}`);
  return item;
}

test('a screenful of cards is one request', () => {
  const {cache, calls, frame} = makeCache();
  cache.watch('loss', [0, 1], window, () => {});
  cache.watch('acc', [0], window, () => {});
  frame();
  expect(only(calls).ids).toEqual([
    {run: 0, tag: 'loss'},
    {run: 1, tag: 'loss'},
    {run: 0, tag: 'acc'},
  ]);
});

test('only what grew is asked for again, and the old columns stay until then', async () => {
  const {cache, calls, frame} = makeCache();
  let changes = 0;
  const watch = cache.watch('loss', [0, 1], window, () => changes++);
  frame();
  expect(watch.data().isWhole).toBe(false);
  await calls[0]?.answer(3);
  expect([changes, watch.data().isWhole]).toEqual([1, true]);
  cache.markStale(1, 'loss');
  cache.markStale(1, 'unwatched');
  frame();
  expect(calls[1]?.ids).toEqual([{run: 1, tag: 'loss'}]);
  expect(watch.data().series.get(1)?.total).toBe(3);
  // Growth while a request is under way is not lost.
  cache.markStale(1, 'loss');
  frame();
  expect(calls).toHaveLength(2);
  await calls[1]?.answer(5);
  frame();
  expect(calls).toHaveLength(3);
  expect(watch.data().series.get(1)?.total).toBe(5);
});

test('what grows all the time is read half of the time; what is lacking is read at once', async () => {
  const {cache, calls, frame, clock, timers} = makeCache();
  cache.watch('loss', [0], window, () => {});
  frame();
  clock.nowMs = 200;
  await calls[0]?.answer();
  cache.markStale(0, 'loss');
  frame();
  expect([calls.length, only(timers).inMs]).toEqual([1, 200]);
  cache.watch('acc', [0], window, () => {});
  frame();
  expect(calls[1]?.ids).toEqual([{run: 0, tag: 'acc'}]);
  await calls[1]?.answer();
  clock.nowMs = 400;
  only(timers).run();
  frame();
  expect(calls[2]?.ids).toEqual([{run: 0, tag: 'loss'}]);
});

test('a run that is turned on asks for itself alone', async () => {
  const {cache, calls, frame} = makeCache();
  const first = cache.watch('loss', [0], window, () => {});
  frame();
  await calls[0]?.answer();
  const second = cache.watch('loss', [0, 7], window, () => {});
  first.release();
  frame();
  expect(calls[1]?.ids).toEqual([{run: 7, tag: 'loss'}]);
  expect(second.data().series.size).toBe(1);
});

test('a failure is told, and a retry asks again', async () => {
  const {cache, calls, frame} = makeCache();
  const watch = cache.watch('loss', [0], window, () => {});
  frame();
  await calls[0]?.fail();
  expect(watch.data().failure).toBe('Error: gone');
  frame();
  expect(calls).toHaveLength(1);
  watch.retry();
  frame();
  await calls[1]?.answer();
  expect(watch.data().failure).toBeUndefined();
  expect(watch.data().isWhole).toBe(true);
});

test('a request nobody waits for is aborted', () => {
  const {cache, calls, frame} = makeCache();
  const watch = cache.watch('loss', [0], window, () => {});
  frame();
  cache.watch('loss', [0], {...window, width: 400}, () => {});
  watch.release();
  expect(only(calls).signal.aborted).toBe(true);
  frame();
  expect(calls[1]?.window.width).toBe(400);
});

test('paused: growth waits', async () => {
  const {cache, calls, frame} = makeCache();
  cache.watch('loss', [0], window, () => {});
  frame();
  await calls[0]?.answer();
  cache.setPaused(true);
  cache.markAllStale();
  frame();
  expect(calls).toHaveLength(1);
  cache.setPaused(false);
  frame();
  expect(calls).toHaveLength(2);
});

test('answers from before the server started again are dropped', async () => {
  const {cache, calls, frame} = makeCache();
  const watch = cache.watch('loss', [0], window, () => {});
  frame();
  cache.clear();
  await calls[0]?.answer();
  expect(watch.data().series.size).toBe(0);
  frame();
  await calls[1]?.answer();
  expect(watch.data().series.size).toBe(1);
});

test('what was seen last is kept for scrolling back', async () => {
  const {cache, calls, frame} = makeCache(7);
  for (const tag of ['a', 'b', 'c']) {
    const watch = cache.watch(tag, [0], window, () => {});
    frame();
    await calls.at(-1)?.answer(3);
    watch.release();
  }
  cache.watch('c', [0], window, () => {});
  cache.watch('a', [0], window, () => {});
  frame();
  expect(calls).toHaveLength(4);
  expect(calls[3]?.ids).toEqual([{run: 0, tag: 'a'}]);
});

test('a group is read with the series of the same window, and again when one of its runs grew', async () => {
  const {cache, calls, frame} = makeCache();
  cache.watch('acc', [0], window, () => {});
  const watch = cache.watchGroup('loss', [0, 1, 2], window, () => {});
  cache.watchGroup('loss', [0], window, () => {});
  frame();
  const call = only(calls);
  expect([call.ids, call.groups.map((g) => g.runs)]).toEqual([
    [{run: 0, tag: 'acc'}],
    [[0, 1, 2], [0]],
  ]);
  expect(watch.data().isWhole).toBe(false);
  await call.answer();
  expect(watch.data()).toMatchObject({isWhole: true, group: {runs: 3}});
  cache.markStale(2, 'loss');
  cache.markStale(7, 'loss');
  frame();
  expect(calls[1]?.groups.map((g) => g.runs)).toEqual([[0, 1, 2]]);
  expect(watch.data().isWhole).toBe(true);
});

test('where a metric is x, its growth counts too', async () => {
  const {cache, calls, frame} = makeCache();
  cache.watch('loss', [4], {...window, axis: 'metric', xTag: 'epoch'}, () => {});
  frame();
  await only(calls).answer();
  cache.markStale(4, 'epoch');
  frame();
  expect(calls[1]?.ids).toEqual([{run: 4, tag: 'loss'}]);
});
