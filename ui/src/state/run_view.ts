// The part of a view that the run pane owns: which runs are drawn, how the table looks.

import {columnId, columnOfId, type Column, type Sort} from './run_columns';
import {groupingOfText, groupingText, noGrouping, type Grouping} from './run_groups';

/** Which runs are drawn, in a form that new runs join or not, as the person meant it. */
export type Shown =
  | {readonly kind: 'all-but'; readonly names: ReadonlySet<string>}
  | {readonly kind: 'only'; readonly names: ReadonlySet<string>};

export const everyRun: Shown = {kind: 'all-but', names: new Set()};
export const noRun: Shown = {kind: 'only', names: new Set()};

export function isShown(shown: Shown, name: string): boolean {
  return shown.names.has(name) === (shown.kind === 'only');
}

/** `shown` with `names` turned on or off. */
export function withShown(shown: Shown, names: Iterable<string>, on: boolean): Shown {
  const changed = new Set(shown.names);
  for (const name of names) {
    if (on === (shown.kind === 'only')) changed.add(name);
    else changed.delete(name);
  }
  return {kind: shown.kind, names: changed};
}

export function only(names: Iterable<string>): Shown {
  return {kind: 'only', names: new Set(names)};
}

export interface RunView {
  readonly runFilter: string; // A regular expression, or an expression.
  readonly shown: Shown;
  readonly sort: Sort | undefined; // By name when undefined.
  readonly grouping: Grouping;
  readonly colouring: Grouping;
  readonly columns: readonly Column[] | undefined; // Undefined: nobody chose any.
  readonly showsArchived: boolean;
  readonly isWide: boolean; // The table takes the whole width.
}

export const initialRunView: RunView = {
  runFilter: '',
  shown: everyRun,
  sort: undefined,
  grouping: noGrouping,
  colouring: noGrouping,
  columns: undefined,
  showsArchived: false,
  isWide: false,
};

export const runKeys: readonly string[] = [
  'runFilter',
  'hide',
  'only',
  'sort',
  'group',
  'runColorGroup',
  'column',
  'archived',
  'table',
];

/** `old` holds the pairs of TensorBoard's older addresses. */
export function readRunView(query: URLSearchParams, old: URLSearchParams): RunView {
  const columns = query.getAll('column').flatMap((id) => columnOfId(id) ?? []);
  return {
    runFilter: query.get('runFilter') ?? old.get('regexInput') ?? '',
    shown: query.has('only')
      ? only(query.getAll('only').filter((name) => name !== ''))
      : {kind: 'all-but', names: new Set(query.getAll('hide'))},
    sort: readSort(query.get('sort')),
    grouping: groupingOfText(query.get('group')),
    colouring: groupingOfText(query.get('runColorGroup')),
    columns: query.has('column') ? columns : undefined,
    showsArchived: query.get('archived') === 'shown',
    isWide: query.get('table') === 'wide',
  };
}

export function writeRunView(view: RunView, query: URLSearchParams): void {
  if (view.runFilter !== '') query.set('runFilter', view.runFilter);
  const names = [...view.shown.names].sort();
  if (view.shown.kind === 'all-but') for (const name of names) query.append('hide', name);
  else if (names.length === 0) query.append('only', '');
  else for (const name of names) query.append('only', name);
  if (view.sort !== undefined)
    query.set('sort', `${view.sort.isDescending ? '-' : ''}${columnId(view.sort.column)}`);
  if (view.grouping.kind !== 'none') query.set('group', groupingText(view.grouping));
  if (view.colouring.kind !== 'none') query.set('runColorGroup', groupingText(view.colouring));
  if (view.columns?.length === 0) query.set('column', '');
  for (const column of view.columns ?? []) query.append('column', columnId(column));
  if (view.showsArchived) query.set('archived', 'shown');
  if (view.isWide) query.set('table', 'wide');
}

function readSort(text: string | null): Sort | undefined {
  if (text === null) return undefined;
  const isDescending = text.startsWith('-');
  const column = columnOfId(isDescending ? text.slice(1) : text);
  if (column === undefined) return undefined;
  return {column, isDescending};
}
