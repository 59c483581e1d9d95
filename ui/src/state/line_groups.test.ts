import {expect, test} from 'vitest';
import {lineGroups} from './line_groups';
import type {BoardRun} from './run_table';

function run(id: number, name: string): BoardRun {
  return {
    id,
    name,
    label: name,
    mark: {},
    hparams: new Map(),
    startS: 0,
    lastWallTimeS: 0,
    lastStep: 0,
    points: 1,
    status: 'live',
    colour: {slot: id + 1, hue: 0, dash: 0},
  };
}

const runs = [run(0, 'a/1'), run(1, 'a/2'), run(2, 'b/1'), run(3, 'alone')];

test("without groups all runs are one, in no run's colour", () => {
  const groups = lineGroups(runs, {kind: 'none'});
  expect(groups.map((g) => [g.name, g.colour.slot, g.runs.length])).toEqual([['', -1, 4]]);
});

test('the groups of the table, in the colour of their first run', () => {
  const groups = lineGroups(runs, {kind: 'folder'});
  expect(groups.map((g) => [g.name, g.colour.slot, g.runs.length])).toEqual([
    ['a', 1, 2],
    ['b', 3, 1],
    ['—', 4, 1],
  ]);
  expect(lineGroups([], {kind: 'folder'})).toEqual([]);
});
