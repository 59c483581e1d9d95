// What lies above the lines and changes with the pointer: cursor, points under it, the frame of a drag.

import type {Ink, PlotBox} from './ink';
import {xScaleOf, yScaleOf, type LineModel, type ReadoutRow} from './line_model';
import type {Palette} from './palette';
import {projection} from './scale';

export interface Brush {
  readonly x0: number; // CSS pixels inside the chart.
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly isBox: boolean; // Otherwise the whole height.
}

// Many dots with rims would grow into a white bar.
const mostRims = 14;

export function paintCursor(
  ink: Ink,
  model: LineModel,
  box: PlotBox,
  palette: Palette,
  cursorX: number,
  rows: readonly ReadoutRow[],
): void {
  const toX = projection(xScaleOf(model), box.left, box.right);
  const x = Math.round(toX(cursorX)) + 0.5;
  if (Number.isNaN(x)) return;
  ink.strokeStyle = palette.lineStrong;
  ink.lineWidth = 1;
  ink.setLineDash([3, 3]);
  ink.beginPath();
  ink.moveTo(x, box.top);
  ink.lineTo(x, box.bottom);
  ink.stroke();
  ink.setLineDash([]);
  ink.lineWidth = 1.5;
  ink.strokeStyle = palette.surface;
  const toY = projection(yScaleOf(model), box.bottom, box.top);
  const isCrowded = rows.length > mostRims;
  for (const row of rows) {
    const y = toY(row.drawn);
    if (!Number.isFinite(y) || y < box.top - 4 || y > box.bottom + 4) continue;
    ink.fillStyle = palette.run(row.colour);
    ink.beginPath();
    ink.arc(toX(row.x), y, isCrowded ? 2 : 3.2, 0, Math.PI * 2);
    ink.fill();
    if (!isCrowded) ink.stroke();
  }
}

export function paintBrush(ink: Ink, box: PlotBox, brush: Brush, palette: Palette): void {
  const inside = (v: number, lo: number, hi: number): number => Math.min(hi, Math.max(lo, v));
  const left = inside(Math.min(brush.x0, brush.x1), box.left, box.right);
  const right = inside(Math.max(brush.x0, brush.x1), box.left, box.right);
  const upper = brush.isBox ? inside(Math.min(brush.y0, brush.y1), box.top, box.bottom) : box.top;
  const lower = brush.isBox
    ? inside(Math.max(brush.y0, brush.y1), box.top, box.bottom)
    : box.bottom;
  ink.globalAlpha = 0.14;
  ink.fillStyle = palette.accent;
  ink.fillRect(left, upper, right - left, lower - upper);
  ink.globalAlpha = 1;
  ink.strokeStyle = palette.accent;
  ink.lineWidth = 1;
  ink.beginPath();
  ink.rect(
    Math.round(left) + 0.5,
    Math.round(upper) + 0.5,
    Math.round(right - left),
    Math.round(lower - upper),
  );
  ink.stroke();
}
