// The rows of the run table: where each lies, before any is drawn.

import type {BoardRun} from '../../state/run_table';
import {groupRuns, type Grouping} from '../../state/run_groups';

export const rowHeight = 30;
export const groupHeight = 28;

export type TableRow =
  | {readonly kind: 'run'; readonly run: BoardRun; readonly top: number; readonly place: number}
  | {
      readonly kind: 'group';
      readonly key: string;
      readonly runs: readonly BoardRun[];
      readonly isOpen: boolean;
      readonly top: number;
    };

export interface TableLayout {
  readonly rows: readonly TableRow[]; // From the top down.
  readonly order: readonly BoardRun[]; // Runs that have a row, in order.
  readonly height: number;
}

export function layoutRows(
  runs: readonly BoardRun[],
  grouping: Grouping,
  closed: ReadonlySet<string>,
): TableLayout {
  const rows: TableRow[] = [];
  const order: BoardRun[] = [];
  let top = 0;
  const push = (run: BoardRun): void => {
    rows.push({kind: 'run', run, top, place: order.length});
    order.push(run);
    top += rowHeight;
  };
  if (grouping.kind === 'none') {
    runs.forEach(push);
    return {rows, order, height: top};
  }
  for (const {key, runs: members} of groupRuns(runs, grouping)) {
    const isOpen = !closed.has(key);
    rows.push({kind: 'group', key, runs: members, isOpen, top});
    top += groupHeight;
    if (isOpen) members.forEach(push);
  }
  return {rows, order, height: top};
}

/** The rows that touch [from, to). */
export function rowsBetween(
  rows: readonly TableRow[],
  from: number,
  to: number,
): readonly TableRow[] {
  let lo = 0;
  let hi = rows.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if ((rows[mid]?.top ?? 0) + rowHeight <= from) lo = mid + 1;
    else hi = mid;
  }
  let end = lo;
  while (end < rows.length && (rows[end]?.top ?? to) < to) end++;
  return rows.slice(lo, end);
}

/** What a key or a click makes of a selection, as in a list of mails. `anchor` is where a range begins. */
export interface Selection {
  readonly chosen: ReadonlySet<number>;
  readonly anchor: number | undefined;
  readonly active: number | undefined;
}

export type SelectHow = 'one' | 'range' | 'toggle' | 'move';

export function select(
  selection: Selection,
  order: readonly BoardRun[],
  id: number,
  how: SelectHow,
): Selection {
  switch (how) {
    case 'one':
      return {chosen: new Set([id]), anchor: id, active: id};
    case 'move':
      return {...selection, active: id};
    case 'toggle': {
      const chosen = new Set(selection.chosen);
      if (!chosen.delete(id)) chosen.add(id);
      return {chosen, anchor: id, active: id};
    }
    case 'range': {
      const a = order.findIndex((run) => run.id === (selection.anchor ?? id));
      const b = order.findIndex((run) => run.id === id);
      if (a < 0 || b < 0) return select(selection, order, id, 'one');
      const range = order.slice(Math.min(a, b), Math.max(a, b) + 1);
      return {
        chosen: new Set(range.map((run) => run.id)),
        anchor: selection.anchor ?? id,
        active: id,
      };
    }
  }
}
