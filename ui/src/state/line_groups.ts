// Which runs a mean is drawn of: the groups of the run table, or all runs as one.

import {neutralSlot, type RunColour} from '../base/run_colours';
import {groupRuns, type Grouping} from './run_groups';
import type {BoardRun} from './run_table';

export interface LineGroup {
  readonly name: string; // Empty where all runs are one group.
  readonly colour: RunColour;
  readonly runs: readonly BoardRun[];
}

/** Colour means run: a group has that of its first one, all runs together have none. */
export function lineGroups(runs: readonly BoardRun[], grouping: Grouping): readonly LineGroup[] {
  if (grouping.kind === 'none')
    return [{name: '', colour: {slot: neutralSlot, hue: 0, dash: 0}, runs}];
  return groupRuns(runs, grouping).flatMap(({key, runs: own}) => {
    const first = own[0];
    return first === undefined
      ? []
      : [{name: key === '' ? '—' : key, colour: first.colour, runs: own}];
  });
}
