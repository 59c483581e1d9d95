import {expect, test} from 'vitest';
import {runColour} from '../../base/run_colours';
import type {BoardRun} from '../../state/run_table';
import {groupHeight, layoutRows, rowHeight, rowsBetween, select} from './run_rows';

const runs: readonly BoardRun[] = ['a/x', 'a/y', 'b/x', 'b/y'].map((name, id) => ({
  id,
  name,
  label: name,
  mark: {},
  colour: runColour(id),
  startS: undefined,
  lastWallTimeS: undefined,
  lastStep: undefined,
  points: 0,
  status: 'live',
  hparams: new Map(),
}));

test('rows and heads lie one below the other; closed groups hold none', () => {
  const {rows, order, height} = layoutRows(runs, {kind: 'folder'}, new Set(['a']));
  expect(rows.map((row) => [row.kind, row.top])).toEqual([
    ['group', 0],
    ['group', groupHeight],
    ['run', 2 * groupHeight],
    ['run', 2 * groupHeight + rowHeight],
  ]);
  expect(order.map((run) => run.name)).toEqual(['b/x', 'b/y']);
  expect(height).toBe(2 * groupHeight + 2 * rowHeight);
});

test('only rows that touch the window are drawn', () => {
  const {rows} = layoutRows(runs, {kind: 'none'}, new Set());
  const tops = (from: number, to: number) => rowsBetween(rows, from, to).map((row) => row.top);
  expect(tops(0, rowHeight)).toEqual([0]);
  expect(tops(rowHeight, 2 * rowHeight + 1)).toEqual([rowHeight, 2 * rowHeight]);
  expect(tops(-100, 0)).toEqual([]);
  expect(tops(0, 1e9)).toHaveLength(4);
});

test('choosing works as in a list of mails', () => {
  const nothing = {chosen: new Set<number>(), anchor: undefined, active: undefined};
  const ids = (s: {chosen: ReadonlySet<number>}) => [...s.chosen].sort();
  const one = select(nothing, runs, 1, 'one');
  expect([ids(one), one.anchor, one.active]).toEqual([[1], 1, 1]);
  const range = select(one, runs, 3, 'range');
  expect([ids(range), range.anchor, range.active]).toEqual([[1, 2, 3], 1, 3]);
  // A range turns around its anchor.
  expect(ids(select(range, runs, 0, 'range'))).toEqual([0, 1]);
  const moved = select(range, runs, 0, 'move');
  expect([ids(moved), moved.anchor, moved.active]).toEqual([[1, 2, 3], 1, 0]);
  expect(ids(select(moved, runs, 0, 'toggle'))).toEqual([0, 1, 2, 3]);
  expect(ids(select(range, runs, 2, 'toggle'))).toEqual([1, 3]);
  expect(ids(select(nothing, runs, 2, 'range'))).toEqual([2]);
});
