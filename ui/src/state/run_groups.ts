// Runs in groups: by status, first folder, a regular expression on the name, or a hyper-parameter. Groups make sections
// of the table, and, as TensorBoard's `runColorGroup`, colours.

import {compareNatural} from '../base/natural';
import type {MarkedRun} from './run_columns';

export type Grouping =
  | {readonly kind: 'none' | 'status' | 'folder'}
  | {readonly kind: 'regex'; readonly pattern: string}
  | {readonly kind: 'hparam'; readonly name: string};

export const noGrouping: Grouping = {kind: 'none'};

/** As text, in addresses: `status`, `folder`, `regex:…`, `hparam:…`; empty for none. */
export function groupingText(grouping: Grouping): string {
  switch (grouping.kind) {
    case 'none':
      return '';
    case 'regex':
      return `regex:${grouping.pattern}`;
    case 'hparam':
      return `hparam:${grouping.name}`;
    default:
      return grouping.kind;
  }
}

/** TensorBoard's `run` and `experiment` are no groups: there is one experiment. */
export function groupingOfText(text: string | null): Grouping {
  if (text === 'status' || text === 'folder') return {kind: text};
  const colon = text === null ? -1 : text.indexOf(':');
  if (text === null || colon < 0) return noGrouping;
  const rest = text.slice(colon + 1);
  switch (text.slice(0, colon)) {
    case 'regex':
    case 'regex_by_exp':
      return {kind: 'regex', pattern: rest};
    case 'hparam':
      return {kind: 'hparam', name: rest};
    default:
      return noGrouping;
  }
}

export interface Group<R> {
  readonly key: string; // Empty: the runs that belong to none.
  readonly runs: readonly R[];
}

const statusOrder = ['live', 'stalled', 'failed', 'finished'];

/** The groups of `runs`, in order; runs keep theirs. Those that belong to none come last. */
export function groupRuns<R extends MarkedRun>(
  runs: readonly R[],
  grouping: Grouping,
): readonly Group<R>[] {
  const keyOf = groupKeyOf(grouping);
  const groups = new Map<string, R[]>();
  for (const run of runs) {
    const key = keyOf(run);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [run]);
    else known.push(run);
  }
  const order = (a: string, b: string): number =>
    grouping.kind === 'status'
      ? statusOrder.indexOf(a) - statusOrder.indexOf(b)
      : Number(a === '') - Number(b === '') || compareNatural(a, b);
  return [...groups].sort(([a], [b]) => order(a, b)).map(([key, list]) => ({key, runs: list}));
}

export function groupKeyOf(grouping: Grouping): (run: MarkedRun) => string {
  switch (grouping.kind) {
    case 'none':
      return () => '';
    case 'status':
      return (run) => run.status;
    case 'folder':
      return ({name}) => (name.indexOf('/') > 0 ? name.slice(0, name.indexOf('/')) : '');
    case 'hparam':
      return (run) => String(run.hparams.get(grouping.name) ?? '');
    case 'regex': {
      const pattern = parsePattern(grouping.pattern);
      return ({name}) => {
        const found = pattern?.exec(name);
        if (found === null || found === undefined) return '';
        const captured = found.slice(1).filter((part) => part !== undefined);
        return captured.length > 0 ? captured.join(' · ') : found[0];
      };
    }
  }
}

function parsePattern(text: string): RegExp | undefined {
  try {
    return text === '' ? undefined : new RegExp(text);
  } catch {
    return undefined;
  }
}
