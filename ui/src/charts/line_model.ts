// What a line chart draws, as plain data, and the pure functions that make it.

import {
  at,
  isAscending,
  lowerBound,
  nearestIndex,
  rowsBetween,
  type SeriesColumns,
} from '../base/columns';
import {Extent, padLinear, padLog, type Range} from '../base/extent';
import {durationTicks, linearTicks, logTicks, wallTicks, type Tick} from '../base/ticks';
import type {RunColour} from '../base/run_colours';
import type {Axis, GroupAnswer} from '../api/types';
import type {Scale} from './scale';

export interface Band {
  readonly lo: Float64Array;
  readonly hi: Float64Array;
}

export interface LineSeries {
  readonly id: string; // Unique in its chart.
  readonly key: number; // The run's id.
  readonly name: string;
  readonly colour: RunColour;
  readonly x: Float64Array;
  readonly drawn: Float64Array; // Smoothed where smoothing is on, else what was logged.
  readonly raw: Float64Array | undefined; // Drawn faintly under `drawn`.
  readonly spread: Band | undefined; // How far the logged values of each row reach, where points were left out.
  readonly columns: SeriesColumns;
  readonly startS: number;
  readonly isAscending: boolean;
  readonly isOlder: boolean; // Something later replaced it.
  readonly band: Band | undefined; // Filled behind the line.
}

export interface LineModel {
  readonly series: readonly LineSeries[];
  readonly axis: Axis;
  readonly x: Range;
  readonly y: Range;
  readonly isXLog: boolean;
  readonly isLog: boolean;
}

export interface ModelOptions {
  readonly axis: Axis;
  readonly isXLog: boolean;
  readonly isLog: boolean;
  readonly window: {readonly x: Range | undefined; readonly y: Range | undefined} | undefined;
  readonly ignoreOutliers: boolean;
}

export function xScaleOf(model: LineModel): Scale {
  return {range: model.x, isLog: model.isXLog};
}

export function yScaleOf(model: LineModel): Scale {
  return {range: model.y, isLog: model.isLog};
}

/** The x of every point on `axis`. Steps and wall times are used as they came, relative times are computed. */
export function xOf(columns: SeriesColumns, axis: Axis, startS: number): Float64Array {
  switch (axis) {
    case 'step':
      return columns.steps;
    case 'wall':
      return columns.wallTimesS;
    case 'relative':
      return columns.wallTimesS.map((t) => t - startS);
    case 'metric':
      return columns.x ?? new Float64Array(columns.steps.length).fill(Number.NaN);
  }
}

export interface LineSource {
  readonly id: string;
  readonly key: number;
  readonly name: string;
  readonly colour: RunColour;
  readonly columns: SeriesColumns;
  readonly startS: number;
}

export function lineSeries(source: LineSource, axis: Axis): LineSeries {
  const {columns, startS} = source;
  const x = xOf(columns, axis, startS);
  return {
    ...source,
    x,
    drawn: columns.smoothed ?? columns.values,
    raw: columns.smoothed === undefined ? undefined : columns.values,
    spread:
      columns.lo === undefined || columns.hi === undefined
        ? undefined
        : {lo: columns.lo, hi: columns.hi},
    isAscending: isAscending(x),
    isOlder: false,
    band: undefined,
  };
}

/**
 * The stretches of a series in which x does not fall, each a line of its own: "run: 1", "run: 2". `areOlder`: the last one
 * replaced those before it.
 */
export function splitWhereXFalls(series: LineSeries, areOlder: boolean): LineSeries[] {
  if (series.isAscending) return [series];
  const starts = [0];
  for (let i = 1; i < series.x.length; i++) {
    if (at(series.x, i) < at(series.x, i - 1)) starts.push(i);
  }
  return starts.map((begin, k) => {
    const end = starts[k + 1] ?? series.x.length;
    const part = (column: Float64Array): Float64Array => column.subarray(begin, end);
    return {
      ...series,
      id: `${series.id}:${k + 1}`,
      name: `${series.name}: ${k + 1}`,
      x: part(series.x),
      drawn: part(series.drawn),
      raw: series.raw === undefined ? undefined : part(series.raw),
      spread:
        series.spread === undefined
          ? undefined
          : {lo: part(series.spread.lo), hi: part(series.spread.hi)},
      columns: rowsBetween(series.columns, begin, end),
      isAscending: true,
      isOlder: areOlder && k < starts.length - 1,
    };
  });
}

/** Runs as one line, their mean, in a band. */
export function groupSeries(
  id: string,
  name: string,
  answer: GroupAnswer,
  colour: RunColour,
): LineSeries {
  const {x, mean, lo, hi} = answer;
  return {
    id,
    key: -1,
    name,
    colour,
    x,
    drawn: mean,
    raw: undefined,
    spread: undefined,
    columns: {
      steps: x,
      wallTimesS: x,
      values: mean,
      smoothed: undefined,
      x: undefined,
      lo: undefined,
      hi: undefined,
    },
    startS: 0,
    isAscending: true,
    isOlder: false,
    band: {lo, hi},
  };
}

export function makeModel(series: readonly LineSeries[], options: ModelOptions): LineModel {
  const {axis, isXLog, isLog} = options;
  const asked = options.window?.x;
  // On a log axis what is not positive has no place.
  const x =
    asked === undefined || (isXLog && asked.lo <= 0) ? wholeX(series, isXLog, asked?.hi) : asked;
  const byHand = options.window?.y;
  const y = byHand === undefined || (isLog && byHand.lo <= 0) ? fitY(series, x, options) : byHand;
  return {series, axis, x, y, isXLog, isLog};
}

function wholeX(series: readonly LineSeries[], isLog: boolean, hi?: number): Range {
  const extent = new Extent();
  for (const s of series) {
    if (s.isAscending && !isLog) {
      extent.add(at(s.x, 0));
      extent.add(at(s.x, s.x.length - 1));
    } else {
      for (const v of s.x) extent.add(v);
    }
  }
  const range = isLog ? extent.positiveRange() : extent.range();
  if (range === undefined) return isLog ? {lo: 1, hi: 10} : {lo: 0, hi: 1};
  if (hi !== undefined && hi > range.lo) return {lo: range.lo, hi};
  if (range.lo !== range.hi) return range;
  return isLog ? {lo: range.lo / 2, hi: range.hi * 2} : {lo: range.lo - 1, hi: range.hi + 1};
}

/** Of very many runs the faint lines would only be fog: they are not drawn. */
export const mostFaintLines = 24;

/** The range of what is drawn inside `x`; faint raw lines count without their outer 5 %, so a spike does not flatten the rest. */
function fitY(series: readonly LineSeries[], x: Range, options: ModelOptions): Range {
  const points = series.reduce((n, s) => n + s.x.length, 0);
  const lines = new Extent(options.ignoreOutliers ? points : undefined);
  const faint = new Extent(points * 2);
  const isCrowded = series.length > mostFaintLines;
  for (const s of series) {
    // Without smoothing the spread is the line itself.
    const reach = s.raw === undefined ? lines : faint;
    const first = s.isAscending ? lowerBound(s.x, x.lo) : 0;
    for (let i = first; i < s.x.length; i++) {
      const px = at(s.x, i);
      if (px > x.hi) {
        if (s.isAscending) break;
        continue;
      }
      if (!(px >= x.lo)) continue;
      lines.add(at(s.drawn, i));
      if (s.band !== undefined) {
        lines.add(at(s.band.lo, i));
        lines.add(at(s.band.hi, i));
      }
      if (isCrowded && s.raw !== undefined) continue;
      if (s.spread !== undefined) {
        for (const v of [at(s.spread.lo, i), at(s.spread.hi, i)])
          if (!options.isLog || v > 0) reach.add(v);
      } else if (s.raw !== undefined) {
        const v = at(s.raw, i);
        if (!options.isLog || v > 0) faint.add(v);
      }
    }
  }
  if (options.isLog) return padLog(union(lines.positiveRange(), positive(faint.range())));
  return padLinear(union(lines.range(), faint.range()));
}

function positive(range: Range | undefined): Range | undefined {
  return range !== undefined && range.lo > 0 ? range : undefined;
}

function union(a: Range | undefined, b: Range | undefined): Range | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {lo: Math.min(a.lo, b.lo), hi: Math.max(a.hi, b.hi)};
}

export function xTicks(model: Pick<LineModel, 'x' | 'axis' | 'isXLog'>, target: number): Tick[] {
  const {lo, hi} = model.x;
  if (model.isXLog && model.axis !== 'wall') return logTicks(lo, hi, target);
  switch (model.axis) {
    case 'step':
      return linearTicks(lo, hi, target, true);
    case 'metric':
      return linearTicks(lo, hi, target);
    case 'relative':
      return durationTicks(lo, hi, target);
    case 'wall':
      return wallTicks(lo, hi, target);
  }
}

export function yTicks(model: LineModel, target: number): Tick[] {
  return model.isLog
    ? logTicks(model.y.lo, model.y.hi, target)
    : linearTicks(model.y.lo, model.y.hi, target);
}

/** One row of the readout below the cursor. */
export interface ReadoutRow {
  readonly id: string;
  readonly key: number;
  readonly name: string;
  readonly colour: RunColour;
  readonly index: number; // Of the point in its series.
  readonly x: number;
  readonly drawn: number;
  readonly value: number;
  readonly step: number;
  readonly wallTimeS: number;
  readonly relativeS: number;
  readonly band: Range | undefined; // Of a mean.
}

/** For each series its point nearest to `x`; none for series that have none within `reachPx` of it. */
export function readout(
  model: LineModel,
  x: number,
  toPixel: (x: number) => number,
  reachPx: number,
): ReadoutRow[] {
  const rows: ReadoutRow[] = [];
  const here = toPixel(x);
  for (const s of model.series) {
    const index = nearestIndex(s.x, x, s.isAscending);
    if (index < 0) continue;
    const px = at(s.x, index);
    if (px !== x && !(Math.abs(toPixel(px) - here) <= reachPx)) continue;
    const wallTimeS = at(s.columns.wallTimesS, index);
    rows.push({
      id: s.id,
      key: s.key,
      name: s.name,
      colour: s.colour,
      index,
      x: px,
      drawn: at(s.drawn, index),
      value: at(s.columns.values, index),
      step: at(s.columns.steps, index),
      wallTimeS,
      relativeS: wallTimeS - s.startS,
      band: s.band === undefined ? undefined : {lo: at(s.band.lo, index), hi: at(s.band.hi, index)},
    });
  }
  return rows;
}
