// How columns of the run table are named, sized and written.

import {
  formatCount,
  formatDuration,
  formatFull,
  formatValue,
  formatWallTime,
} from '../../base/format';
import type {CellValue} from '../../base/evaluate';
import {tagPrefix} from '../../base/sections';
import {columnId, type Column, type Fact} from '../../state/run_columns';
import type {RunStatus} from '../../api/types';
import type {Words} from '../../words/en';

export const leastColumnWidth = 44;
export const mostColumnWidth = 600;
export const nameWidth = 120; // At least.

const factWidths: Readonly<Record<Fact, number>> = {
  name: nameWidth,
  status: 76,
  start: 108,
  duration: 70,
  step: 62,
  points: 70,
  note: 180,
  tags: 120,
  pinned: 60,
  hidden: 60,
  archived: 60,
};

const metricWidth = 62;
const wideMetricWidth = 104;

export function columnWidth(
  column: Column,
  widths: ReadonlyMap<string, number>,
  isWide: boolean,
): number {
  const own = widths.get(columnId(column));
  if (own !== undefined) return Math.max(leastColumnWidth, Math.min(mostColumnWidth, own));
  switch (column.kind) {
    case 'fact':
      return factWidths[column.fact];
    case 'hparam':
      return 80;
    case 'metric':
      return isWide ? wideMetricWidth : metricWidth;
  }
}

export function factWord(t: Words, fact: Fact): string {
  const names: Readonly<Record<Fact, string>> = {
    name: t.run,
    status: t.statusLabel,
    start: t.started,
    duration: t.duration,
    step: t.lastStep,
    points: t.pointsLabel,
    note: t.note,
    tags: t.runTags,
    pinned: t.pinned,
    hidden: t.hidden,
    archived: t.archived,
  };
  return names[fact];
}

/** The whole name of a column, for menus and titles. */
export function columnTitle(
  t: Words,
  column: Column,
  hparamTitles: ReadonlyMap<string, string>,
): string {
  switch (column.kind) {
    case 'fact':
      return factWord(t, column.fact);
    case 'hparam':
      return hparamTitles.get(column.name) ?? column.name;
    case 'metric':
      return column.stat === 'last' ? column.tag : `${column.tag} ${t.stat[column.stat]}`;
  }
}

/** What fits a narrow head: the part of a tag that tells it from the other columns, `loss` for `loss/train` beside `accuracy/train`. */
export function columnHead(
  t: Words,
  column: Column,
  columns: readonly Column[],
  hparamTitles: ReadonlyMap<string, string>,
): string {
  if (column.kind !== 'metric') return columnTitle(t, column, hparamTitles);
  const prefix = tagPrefix(column.tag);
  const isAlone = columns.every(
    (other) =>
      other.kind !== 'metric' || other.tag === column.tag || tagPrefix(other.tag) !== prefix,
  );
  const short = isAlone ? prefix : column.tag.slice(column.tag.lastIndexOf('/') + 1);
  return column.stat === 'last' ? short : `${short} ${t.stat[column.stat]}`;
}

export function isRightAligned(column: Column, numbers: ReadonlySet<string>): boolean {
  switch (column.kind) {
    case 'metric':
      return true;
    case 'hparam':
      return numbers.has(column.name);
    case 'fact':
      return ['duration', 'step', 'points'].includes(column.fact);
  }
}

export interface CellLook {
  readonly text: string;
  readonly full: string; // For the title and for copies; empty when it says no more than the text.
  readonly isNumber: boolean;
}

export function cellLook(t: Words, column: Column, value: CellValue): CellLook {
  const look = (text: string, full = '', isNumber = false): CellLook => ({text, full, isNumber});
  if (value === undefined) return look('');
  if (Array.isArray(value)) return look(value.join(', '), value.join(', '));
  if (column.kind === 'fact') {
    switch (column.fact) {
      case 'status':
        return look(statusWord(t, String(value)));
      case 'start':
        return typeof value === 'number'
          ? look(formatWallTime(value), formatFull(value))
          : look('');
      case 'duration':
        return typeof value === 'number'
          ? look(formatDuration(value), formatFull(value), true)
          : look('');
      case 'step':
      case 'points':
        return typeof value === 'number' ? look(formatCount(value), '', true) : look('');
      default:
        return look(String(value), String(value));
    }
  }
  if (typeof value === 'number')
    return column.kind === 'metric'
      ? look(formatValue(value, 3), formatFull(value), true)
      : look(formatGiven(value), formatFull(value), true);
  return look(String(value), String(value));
}

/** A number as a person would write it: 0.01 and 64, not 0.0100000 and 64.0000. */
function formatGiven(value: number): string {
  if (!Number.isFinite(value)) return formatValue(value);
  const short = Number(value.toPrecision(6));
  const size = Math.abs(short);
  return size !== 0 && (size < 1e-4 || size >= 1e7)
    ? short.toExponential().replace('e+', 'e')
    : String(short);
}

export function statusWord(t: Words, status: RunStatus | string): string {
  switch (status) {
    case 'live':
      return t.statusLive;
    case 'finished':
      return t.statusFinished;
    case 'failed':
      return t.statusFailed;
    default:
      return t.statusStalled;
  }
}
