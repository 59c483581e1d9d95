// Grid, ticks and their labels.

import {labelFont, type Ink, type PlotBox} from './ink';
import {xScaleOf, xTicks, yScaleOf, yTicks, type LineModel} from './line_model';
import type {Palette} from './palette';
import {projection} from './scale';

const pixelsPerRow = 38;
const pixelsPerColumn = 72;

/** How wide the labels of the y axis are. */
export function widestLabel(ink: Ink, model: LineModel, plotHeight: number): number {
  ink.font = labelFont;
  let widest = 0;
  for (const t of yTicks(model, rowsFor(plotHeight)))
    widest = Math.max(widest, ink.measureText(t.label).width);
  return widest;
}

function rowsFor(plotHeight: number): number {
  return Math.max(2, Math.round(plotHeight / pixelsPerRow));
}

export function paintAxes(ink: Ink, model: LineModel, box: PlotBox, palette: Palette): void {
  const toY = projection(yScaleOf(model), box.bottom, box.top);
  ink.font = labelFont;
  ink.lineWidth = 1;
  ink.strokeStyle = palette.grid;
  ink.fillStyle = palette.text3;
  ink.textAlign = 'right';
  ink.textBaseline = 'middle';
  ink.beginPath();
  for (const t of yTicks(model, rowsFor(box.bottom - box.top))) {
    const y = Math.round(toY(t.value)) + 0.5;
    ink.moveTo(box.left, y);
    ink.lineTo(box.width - 2, y);
    ink.fillText(t.label, box.left - 7, Math.min(box.bottom, Math.max(box.top + 2, y)));
  }
  ink.stroke();
  ink.textAlign = 'center';
  ink.textBaseline = 'alphabetic';
  const toX = projection(xScaleOf(model), box.left, box.right);
  let free = 0;
  for (const t of xTicks(
    model,
    Math.max(2, Math.round((box.right - box.left) / pixelsPerColumn)),
  )) {
    const half = ink.measureText(t.label).width / 2;
    const x = Math.min(box.width - half - 1, Math.max(box.left - 6 + half, toX(t.value)));
    if (x - half < free) continue;
    ink.fillText(t.label, x, box.bottom + 14);
    free = x + half + 8;
  }
}
