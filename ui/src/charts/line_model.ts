// What a line chart draws, as plain data, and the pure functions that make it.

import {at, isAscending, lowerBound, nearestIndex, type SeriesColumns} from '../base/columns';
import {Extent, padLinear, padLog, type Range} from '../base/extent';
import {durationTicks, linearTicks, logTicks, wallTicks, type Tick} from '../base/ticks';
import {aggregate} from '../base/aggregate';
import {neutralSlot, type RunColour} from '../base/run_colours';
import type {Axis} from '../api/types';

export interface LineSeries {
  readonly key: number; // The run's id.
  readonly name: string;
  readonly colour: RunColour;
  readonly x: Float64Array;
  readonly drawn: Float64Array; // Smoothed where smoothing is on, else what was logged.
  readonly raw: Float64Array | undefined; // Drawn faintly under `drawn`.
  readonly columns: SeriesColumns;
  readonly startS: number;
  readonly isAscending: boolean;
  readonly band: {readonly lo: Float64Array; readonly hi: Float64Array} | undefined; // Filled behind the line.
}

export interface LineModel {
  readonly series: readonly LineSeries[];
  readonly axis: Axis;
  readonly x: Range;
  readonly y: Range;
  readonly isLog: boolean;
}

export interface ModelOptions {
  readonly axis: Axis;
  readonly isLog: boolean;
  readonly window: {readonly x: Range | undefined; readonly y: Range | undefined} | undefined;
  readonly ignoreOutliers: boolean;
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
  }
}

export function lineSeries(
  key: number,
  name: string,
  colour: RunColour,
  columns: SeriesColumns,
  axis: Axis,
  startS: number,
): LineSeries {
  const x = xOf(columns, axis, startS);
  return {
    key,
    name,
    colour,
    x,
    columns,
    startS,
    drawn: columns.smoothed ?? columns.values,
    raw: columns.smoothed === undefined ? undefined : columns.values,
    isAscending: isAscending(x),
    band: undefined,
  };
}

/** The runs as one line, their mean, in a band of one standard deviation. Runs whose x falls are left out. */
export function meanSeries(series: readonly LineSeries[], name: string): LineSeries[] {
  const usable = series.filter((s) => s.isAscending);
  const result = aggregate(usable.map((s) => ({x: s.x, y: s.drawn})));
  const longest = usable[result?.grid ?? 0];
  if (result === undefined || longest === undefined) return [];
  return [
    {
      key: -1,
      name,
      colour: {slot: neutralSlot, hue: 0, dash: 0},
      x: result.x,
      drawn: result.mean,
      raw: undefined,
      columns: {...longest.columns, values: result.mean, smoothed: undefined},
      startS: longest.startS,
      isAscending: true,
      band: {lo: result.lo, hi: result.hi},
    },
  ];
}

export function makeModel(series: readonly LineSeries[], options: ModelOptions): LineModel {
  const x = options.window?.x ?? wholeX(series);
  const y = options.window?.y ?? fitY(series, x, options);
  return {series, axis: options.axis, x, y, isLog: options.isLog};
}

function wholeX(series: readonly LineSeries[]): Range {
  const extent = new Extent();
  for (const s of series) {
    if (s.isAscending) {
      extent.add(at(s.x, 0));
      extent.add(at(s.x, s.x.length - 1));
    } else {
      for (const v of s.x) extent.add(v);
    }
  }
  const range = extent.range();
  if (range === undefined) return {lo: 0, hi: 1};
  return range.lo === range.hi ? {lo: range.lo - 1, hi: range.hi + 1} : range;
}

/** The range of what is drawn inside `x`; faint raw lines count without their outer 5 %, so a spike does not flatten the rest. */
function fitY(series: readonly LineSeries[], x: Range, options: ModelOptions): Range {
  const points = series.reduce((n, s) => n + s.x.length, 0);
  const lines = new Extent(options.ignoreOutliers ? points : undefined);
  const faint = new Extent(points);
  for (const s of series) {
    const first = s.isAscending ? lowerBound(s.x, x.lo) : 0;
    for (let i = first; i < s.x.length; i++) {
      const px = at(s.x, i);
      if (px > x.hi) {
        if (s.isAscending) break;
        continue;
      }
      if (px < x.lo) continue;
      lines.add(at(s.drawn, i));
      if (s.band !== undefined) {
        lines.add(at(s.band.lo, i));
        lines.add(at(s.band.hi, i));
      }
      if (s.raw !== undefined) {
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

export function xTicks(model: LineModel, target: number): Tick[] {
  switch (model.axis) {
    case 'step':
      return linearTicks(model.x.lo, model.x.hi, target, true);
    case 'relative':
      return durationTicks(model.x.lo, model.x.hi, target);
    case 'wall':
      return wallTicks(model.x.lo, model.x.hi, target);
  }
}

export function yTicks(model: LineModel, target: number): Tick[] {
  return model.isLog
    ? logTicks(model.y.lo, model.y.hi, target)
    : linearTicks(model.y.lo, model.y.hi, target);
}

/** One row of the readout below the cursor. */
export interface ReadoutRow {
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
  readonly deviation: number | undefined; // Of a mean.
}

/** For each series its point nearest to `x`; none for series that end more than `reach` away. */
export function readout(model: LineModel, x: number, reach: number): ReadoutRow[] {
  const rows: ReadoutRow[] = [];
  for (const s of model.series) {
    const index = nearestIndex(s.x, x, s.isAscending);
    if (index < 0) continue;
    const px = at(s.x, index);
    if (Math.abs(px - x) > reach) continue;
    const wallTimeS = at(s.columns.wallTimesS, index);
    rows.push({
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
      deviation: s.band === undefined ? undefined : at(s.band.hi, index) - at(s.drawn, index),
    });
  }
  return rows;
}
