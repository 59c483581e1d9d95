// Which colour a run has: the person's own choice, else its group's, else one that it keeps on every visit.

import {assignColours, runColour, type RunColour} from '../base/run_colours';
import {compareNatural} from '../base/natural';
import {readStored, writeStored} from './prefs';
import type {MarkedRun} from './run_columns';
import {groupKeyOf, type Grouping} from './run_groups';

const mostColoursKept = 5000;

/** Numbers of colours by name, kept per log directory. */
export class ColourNumbers {
  private numbers = new Map<string, number>();
  private key = '';

  of(names: readonly string[], logdir: string): ReadonlyMap<string, number> {
    const key = `colours.${logdir}`;
    if (key !== this.key) {
      this.key = key;
      this.numbers = readNumbers(key);
    }
    const before = this.numbers.size;
    this.numbers = assignColours(this.numbers, names);
    if (this.numbers.size !== before && this.numbers.size <= mostColoursKept)
      writeStored(key, JSON.stringify([...this.numbers]));
    return this.numbers;
  }
}

export function colourRuns<R extends MarkedRun>(
  runs: readonly R[],
  numbers: ReadonlyMap<string, number>,
  colouring: Grouping,
): readonly (R & {readonly colour: RunColour})[] {
  const groupNumbers = numbersOfGroups(runs, colouring);
  const keyOf = groupKeyOf(colouring);
  return runs.map((run) => {
    const own =
      run.mark.colour ??
      (groupNumbers === undefined ? numbers.get(run.name) : groupNumbers.get(keyOf(run)));
    return {...run, colour: runColour(own ?? 0)};
  });
}

/** Groups take colours in their order; undefined when colours do not follow groups. */
function numbersOfGroups(
  runs: readonly MarkedRun[],
  colouring: Grouping,
): ReadonlyMap<string, number> | undefined {
  if (colouring.kind === 'none') return undefined;
  const keys = new Set(runs.map(groupKeyOf(colouring)));
  return new Map([...keys].sort(compareNatural).map((key, i) => [key, i]));
}

function readNumbers(key: string): Map<string, number> {
  try {
    const pairs: unknown = JSON.parse(readStored(key) ?? '[]');
    if (!Array.isArray(pairs)) return new Map();
    return new Map(
      pairs.filter(
        (p: unknown): p is [string, number] =>
          Array.isArray(p) && typeof p[0] === 'string' && Number.isInteger(p[1]),
      ),
    );
  } catch {
    return new Map();
  }
}
