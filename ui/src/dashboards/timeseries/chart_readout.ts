// What the readout beside the pointer says: which rows, in which order, with which cells.

import {formatCount, formatDuration, formatValue, formatWallTime} from '../../base/format';
import type {LineModel, ReadoutRow} from '../../charts/line_model';
import type {TooltipOrder} from '../../state/chart_prefs';
import type {ReadoutLine} from '../../state/readout';
import type {Words} from '../../words/en';

const numbersLast = (v: number): number => (Number.isNaN(v) ? -Infinity : v);

/** `pixelY`: where a row's point is drawn; `y`: the pixel that "nearest" means. */
export function orderRows(
  rows: readonly ReadoutRow[],
  order: TooltipOrder,
  pixelY: (row: ReadoutRow) => number,
  y: number,
): readonly ReadoutRow[] {
  const distance = (row: ReadoutRow): number => {
    const d = Math.abs(pixelY(row) - y);
    return Number.isNaN(d) ? Infinity : d;
  };
  switch (order) {
    case 'descending':
      return [...rows].sort((a, b) => numbersLast(b.drawn) - numbersLast(a.drawn) || 0);
    case 'ascending':
      return [...rows].sort((a, b) => numbersLast(-b.drawn) - numbersLast(-a.drawn) || 0);
    case 'nearest':
      return [...rows].sort((a, b) => distance(a) - distance(b) || 0);
    case 'default':
      return rows;
  }
}

/** The row whose point is nearest to the pixel `y`. */
export function nearestRow(
  rows: readonly ReadoutRow[],
  pixelY: (row: ReadoutRow) => number,
  y: number,
): ReadoutRow | undefined {
  return orderRows(rows, 'nearest', pixelY, y)[0];
}

/** At most `most` rows, around the nearest one. */
export function keepNear(
  rows: readonly ReadoutRow[],
  near: ReadoutRow | undefined,
  most: number,
): readonly ReadoutRow[] {
  if (rows.length <= most) return rows;
  const centre = near === undefined ? 0 : rows.indexOf(near);
  const from = Math.max(0, Math.min(rows.length - most, centre - Math.floor(most / 2)));
  return rows.slice(from, from + most);
}

export function titleOf(model: LineModel, row: ReadoutRow, t: Words): string {
  if (row.band !== undefined) {
    switch (model.axis) {
      case 'wall':
        return formatWallTime(row.x);
      case 'relative':
        return formatDuration(row.x);
      default:
        return `${t.step} ${formatCount(Math.round(row.x))}`;
    }
  }
  const step = `${t.step} ${formatCount(row.step)}`;
  switch (model.axis) {
    case 'wall':
      return `${formatWallTime(row.wallTimeS)} · ${step}`;
    case 'metric':
      return `x ${formatValue(row.x)} · ${step}`;
    default:
      return Number.isNaN(row.relativeS) ? step : `${step} · ${formatDuration(row.relativeS)}`;
  }
}

function cellsOf(row: ReadoutRow, isSmooth: boolean): string[] {
  const {drawn, value, band} = row;
  if (band === undefined)
    return isSmooth ? [formatValue(drawn), formatValue(value)] : [formatValue(value)];
  const above = band.hi - drawn;
  const isEven = Math.abs(above - (drawn - band.lo)) <= Math.abs(above) * 1e-3;
  return [
    formatValue(drawn),
    isEven
      ? `± ${formatValue(above, 3)}`
      : `${formatValue(band.lo, 3)} – ${formatValue(band.hi, 3)}`,
  ];
}

export function readoutLine(row: ReadoutRow, isSmooth: boolean, isNear: boolean): ReadoutLine {
  return {
    key: row.id,
    name: row.name,
    colour: row.colour,
    cells: cellsOf(row, isSmooth),
    isNear,
  };
}
