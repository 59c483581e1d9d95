// What can be told of a run in one cell: facts, hyper-parameters, statistics of metrics. Columns, sorting, grouping and
// the expressions of the run filter all read the same cells.

import type {Run, Mark, Summary} from '../api/types';
import type {CellValue} from '../base/evaluate';
import type {NameUse, Stat} from '../base/expression';
import {compareNatural} from '../base/natural';
import {closestNames} from '../base/search';

export const facts = [
  'name',
  'status',
  'start',
  'duration',
  'step',
  'points',
  'note',
  'tags',
  'pinned',
  'hidden',
  'archived',
] as const;
export type Fact = (typeof facts)[number];

/** Facts that make sense as a column. */
export const columnFacts: readonly Fact[] = [
  'status',
  'start',
  'duration',
  'step',
  'points',
  'note',
  'tags',
];

export const stats: readonly Stat[] = ['last', 'min', 'max', 'mean'];

export type Column =
  | {readonly kind: 'fact'; readonly fact: Fact}
  | {readonly kind: 'hparam'; readonly name: string}
  | {readonly kind: 'metric'; readonly tag: string; readonly stat: Stat};

/** A column as text, in addresses and in storage: `step`, `hparam:lr`, `min:loss/train`. */
export function columnId(column: Column): string {
  switch (column.kind) {
    case 'fact':
      return column.fact;
    case 'hparam':
      return `hparam:${column.name}`;
    case 'metric':
      return `${column.stat}:${column.tag}`;
  }
}

export function columnOfId(id: string): Column | undefined {
  const fact = facts.find((f) => f === id);
  if (fact !== undefined) return {kind: 'fact', fact};
  const colon = id.indexOf(':');
  const [head, rest] = [id.slice(0, colon), id.slice(colon + 1)];
  if (colon < 0 || rest === '') return undefined;
  if (head === 'hparam') return {kind: 'hparam', name: rest};
  const stat = stats.find((s) => s === head);
  return stat === undefined ? undefined : {kind: 'metric', tag: rest, stat};
}

export type Summaries = ReadonlyMap<string, ReadonlyMap<number, Summary>>; // By tag, then by run.

export interface MarkedRun extends Run {
  readonly mark: Mark;
  readonly label: string; // Its title, else its name.
}

export function cellOf(run: MarkedRun, column: Column, summaries: Summaries): CellValue {
  switch (column.kind) {
    case 'fact':
      return factOf(run, column.fact);
    case 'hparam':
      return run.hparams.get(column.name);
    case 'metric':
      return summaries.get(column.tag)?.get(run.id)?.[column.stat];
  }
}

function factOf(run: MarkedRun, fact: Fact): CellValue {
  switch (fact) {
    case 'name':
      return run.label;
    case 'status':
      return run.status;
    case 'start':
      return run.startS;
    case 'duration':
      return durationOf(run);
    case 'step':
      return run.lastStep;
    case 'points':
      return run.points;
    case 'note':
      return run.mark.note;
    case 'tags':
      return run.mark.tags;
    case 'pinned':
    case 'hidden':
    case 'archived':
      return run.mark[fact] === true;
  }
}

export function durationOf(run: Run): number | undefined {
  return run.startS === undefined || run.lastWallTimeS === undefined
    ? undefined
    : Math.max(0, run.lastWallTimeS - run.startS);
}

export interface Sort {
  readonly column: Column;
  readonly isDescending: boolean;
}

/** Runs in order. Those without a value, or with NaN, come last whichever way it is sorted; equals stay in order of name. */
export function sortRuns<R extends MarkedRun>(
  runs: readonly R[],
  sort: Sort | undefined,
  summaries: Summaries,
): readonly R[] {
  if (sort === undefined) return runs;
  const {column, isDescending} = sort;
  const sign = isDescending ? -1 : 1;
  const keyed = runs.map((run, i) => {
    const cell = cellOf(run, column, summaries);
    return {run, i, cell: Array.isArray(cell) ? cell.join('\n') : cell};
  });
  keyed.sort((a, b) => {
    const lacksA = a.cell === undefined || a.cell === '' || Number.isNaN(a.cell);
    const lacksB = b.cell === undefined || b.cell === '' || Number.isNaN(b.cell);
    if (lacksA || lacksB) return Number(lacksA) - Number(lacksB) || a.i - b.i;
    return sign * compareCells(a.cell, b.cell) || a.i - b.i;
  });
  return keyed.map(({run}) => run);
}

function compareCells(a: CellValue, b: CellValue): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  return compareNatural(String(a), String(b));
}

/** What names of an expression may mean. */
export interface KnownNames {
  readonly hparams: ReadonlySet<string>;
  readonly tags: readonly string[]; // Of scalars.
  readonly shownTags?: readonly string[]; // Those of columns: a short name means one of them first.
}

export type Resolved =
  | {readonly kind: 'known'; readonly column: Column}
  | {readonly kind: 'unknown'; readonly name: string; readonly closest: readonly string[]};

/**
 * What a name means: a hyper-parameter before a fact (the person's own word wins), then a tag, then the one tag that has
 * it as its first or last part, such as `acc` for `acc/eval` when there is no other; columns that are shown come first.
 */
export function resolveName(use: NameUse, known: KnownNames): Resolved {
  const {name} = use;
  if (use.stat === undefined) {
    if (known.hparams.has(name)) return {kind: 'known', column: {kind: 'hparam', name}};
    const fact = facts.find((f) => f === name);
    if (fact !== undefined) return {kind: 'known', column: {kind: 'fact', fact}};
  }
  const shown = known.shownTags ?? [];
  const tag = known.tags.includes(name)
    ? name
    : (onlyTagWithPart(name, shown) ??
      onlyTagWithPart(name, known.tags) ??
      only(shown.filter((t) => t.startsWith(name))));
  if (tag !== undefined)
    return {kind: 'known', column: {kind: 'metric', tag, stat: use.stat ?? 'last'}};
  const names = use.stat === undefined ? [...known.hparams, ...facts, ...known.tags] : known.tags;
  return {kind: 'unknown', name, closest: closestNames(name, names, 3)};
}

function onlyTagWithPart(name: string, tags: readonly string[]): string | undefined {
  return only(tags.filter((tag) => tag.startsWith(`${name}/`) || tag.endsWith(`/${name}`)));
}

function only<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}
