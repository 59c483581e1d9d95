// The ridges of a RidgeModel, their axes, and what lies above them and changes with the pointer.

import {at} from '../base/columns';
import {formatCount, formatDuration, formatTick} from '../base/format';
import {clockLabel, linearTicks} from '../base/ticks';
import {labelFont, type Ink, type PlotBox} from './ink';
import {xTicks} from './line_model';
import type {Palette} from './palette';
import {baselineAt, binX, countY, outlineY, type Ridge, type RidgeModel} from './ridge_model';

const margin = {left: 10, right: 46, wideRight: 62, top: 8, bottom: 20};
const dimmedAlpha = 0.14;
const fillAlpha = 0.92;
const crowdAlpha = 0.34; // Several runs stand at the same steps.
const pixelsPerRow = 26;
const pixelsPerColumn = 64;

/** The box of the ridges in a chart of this size. */
export function ridgeBox(width: number, height: number, model: RidgeModel | undefined): PlotBox {
  const isTime = model?.axis === 'wall' && !model.isOverlay;
  return {
    width,
    height,
    left: margin.left,
    top: margin.top,
    right: width - (isTime ? margin.wideRight : margin.right),
    bottom: height - margin.bottom,
  };
}

/** Which ridges stand out; the others fade. */
export interface RidgeEmphasis {
  readonly runs: ReadonlySet<number>; // Empty: all alike.
  readonly ridges: ReadonlySet<number> | undefined; // Places in the model, of the chosen steps.
}

export function paintRidgeAxes(ink: Ink, model: RidgeModel, box: PlotBox, palette: Palette): void {
  ink.font = labelFont;
  ink.fillStyle = palette.text3;
  ink.strokeStyle = palette.grid;
  ink.lineWidth = 1;
  ink.textBaseline = 'middle';
  ink.textAlign = 'left';
  ink.beginPath();
  const label = (y: number, text: string): void => {
    const line = Math.round(y) + 0.5;
    ink.moveTo(box.left, line);
    ink.lineTo(box.right, line);
    ink.fillText(text, box.right + 6, line);
  };
  const rows = Math.max(2, Math.round((box.bottom - box.top) / pixelsPerRow));
  if (model.isOverlay) {
    for (const t of countTicks(model, rows)) label(countY(model, box, t.value), t.label);
  } else if (model.ridges.length > 0) {
    const {lo, hi} = model.x;
    if (lo < hi)
      for (const t of xTicks({x: model.x, axis: model.axis, isXLog: false}, rows))
        label(baselineAt(model, box, t.value), t.label);
    else label(baselineAt(model, box, lo), loneLabel(model));
  }
  ink.stroke();
  if (model.values === undefined) return;
  const {lo, hi} = model.values;
  ink.textAlign = 'center';
  ink.textBaseline = 'alphabetic';
  let free = 0;
  const width = box.right - box.left;
  for (const t of linearTicks(lo, hi, Math.max(2, Math.round(width / pixelsPerColumn)))) {
    const half = ink.measureText(t.label).width / 2;
    const wanted = box.left + ((t.value - lo) / (hi - lo)) * width;
    const x = Math.min(box.width - half - 1, Math.max(half + 1, wanted));
    if (x - half < free) continue;
    ink.fillText(t.label, x, box.height - 4);
    free = x + half + 8;
  }
}

/** What stands at the axis of a single ridge. */
function loneLabel({x, axis}: RidgeModel): string {
  if (axis === 'wall') return clockLabel(x.lo);
  return axis === 'relative' ? formatDuration(x.lo) : formatCount(x.lo);
}

function countTicks(model: RidgeModel, rows: number): {value: number; label: string}[] {
  if (!(model.most > 0)) return [];
  if (!model.isLog) return linearTicks(0, model.most, rows);
  const ticks = [{value: 0, label: '0'}];
  const decades = Math.max(1, Math.ceil(Math.log10(model.most + 1)));
  const stride = Math.max(1, Math.ceil(decades / rows));
  for (let e = 0; 10 ** e <= model.most; e += stride)
    ticks.push({value: 10 ** e, label: formatTick(10 ** e, 10 ** e)});
  return ticks;
}

function trace(ink: Ink, model: RidgeModel, box: PlotBox, ridge: Ridge): void {
  const base = baselineAt(model, box, ridge.x);
  ink.beginPath();
  ink.moveTo(binX(model, box, 0), base);
  for (let bin = 0; bin < model.bins; bin++)
    ink.lineTo(binX(model, box, bin), outlineY(model, box, ridge, bin));
  ink.lineTo(binX(model, box, model.bins - 1), base);
}

export function paintRidges(
  ink: Ink,
  model: RidgeModel,
  box: PlotBox,
  palette: Palette,
  {runs, ridges}: RidgeEmphasis,
): void {
  if (model.values === undefined) return;
  const {lo, hi} = model.x;
  ink.lineJoin = 'round';
  const isCrowd = model.sources.length > 1;
  const unclip = clipped(ink, model, box);
  model.ridges.forEach((ridge, i) => {
    const isFaded =
      (runs.size > 0 && !runs.has(ridge.key)) || (ridges !== undefined && !ridges.has(i));
    const shade = palette.shade(ridge.colour, hi > lo ? (ridge.x - lo) / (hi - lo) : 1);
    trace(ink, model, box, ridge);
    if (model.isOverlay) {
      ink.globalAlpha = isFaded ? dimmedAlpha : 1;
      ink.strokeStyle = shade;
      ink.lineWidth = 1.2;
    } else {
      ink.globalAlpha = isFaded || !isCrowd ? fillAlpha : crowdAlpha;
      ink.fillStyle = isFaded ? palette.surface : shade;
      ink.fill();
      ink.globalAlpha = 1;
      ink.strokeStyle = isFaded ? palette.grid : isCrowd ? shade : palette.surface;
      ink.lineWidth = 1;
    }
    ink.stroke();
  });
  ink.globalAlpha = 1;
  unclip();
}

/** Of a zoomed range of values nothing is drawn beside the box. Returns what ends that. */
function clipped(ink: Ink, {values, binned}: RidgeModel, box: PlotBox): () => void {
  if (values === binned) return () => undefined;
  ink.save();
  ink.beginPath();
  ink.rect(box.left, 0, box.right - box.left, box.height);
  ink.clip();
  return () => ink.restore();
}

/** The outlines of chosen or pointed ridges, above all others. */
export function paintOutlines(
  ink: Ink,
  model: RidgeModel,
  box: PlotBox,
  places: Iterable<number>,
  colour: string,
): void {
  if (model.values === undefined) return;
  ink.lineJoin = 'round';
  ink.strokeStyle = colour;
  ink.lineWidth = 1.4;
  const unclip = clipped(ink, model, box);
  for (const place of places) {
    const ridge = model.ridges[place];
    if (ridge === undefined) continue;
    trace(ink, model, box, ridge);
    ink.stroke();
  }
  unclip();
}

/** The ridge below the pointer, its bin, and that bin on all other ridges. */
export function paintRidgeCursor(
  ink: Ink,
  model: RidgeModel,
  box: PlotBox,
  palette: Palette,
  cursor: {readonly ridge: number; readonly bin: number},
): void {
  const ridge = model.ridges[cursor.ridge];
  if (ridge === undefined || model.values === undefined) return;
  const x = binX(model, box, cursor.bin);
  ink.globalAlpha = 0.4;
  for (const other of model.ridges) {
    if (!(at(other.counts, cursor.bin) > 0)) continue;
    ink.fillStyle = palette.text;
    ink.beginPath();
    ink.arc(x, outlineY(model, box, other, cursor.bin), 1.2, 0, Math.PI * 2);
    ink.fill();
  }
  ink.globalAlpha = 1;
  paintOutlines(ink, model, box, [cursor.ridge], palette.text);
  ink.fillStyle = palette.text;
  ink.strokeStyle = palette.surface;
  ink.lineWidth = 1.5;
  ink.beginPath();
  ink.arc(x, outlineY(model, box, ridge, cursor.bin), 3.4, 0, Math.PI * 2);
  ink.fill();
  ink.stroke();
}

/** What a drag marks, in pixels: a stretch of values, of steps, or a box of both. */
export interface RidgeBrush {
  readonly x: readonly [number, number] | undefined;
  readonly y: readonly [number, number] | undefined;
}

export function paintRidgeBrush(ink: Ink, box: PlotBox, palette: Palette, brush: RidgeBrush): void {
  const within = (lo: number, hi: number, of: RidgeBrush['x']): readonly [number, number] => {
    const [a, b] = of ?? [lo, hi];
    const inside = (v: number): number => Math.max(lo, Math.min(hi, v));
    return [inside(Math.min(a, b)), inside(Math.max(a, b))];
  };
  const [left, right] = within(box.left, box.right, brush.x);
  const [upper, lower] = within(box.top, box.bottom, brush.y);
  ink.globalAlpha = 0.14;
  ink.fillStyle = palette.accent;
  ink.fillRect(left, upper, right - left, lower - upper);
  ink.globalAlpha = 1;
  ink.strokeStyle = palette.accent;
  ink.lineWidth = 1;
  ink.beginPath();
  for (const y of brush.y === undefined ? [] : [upper, lower]) {
    ink.moveTo(left, Math.round(y) + 0.5);
    ink.lineTo(right, Math.round(y) + 0.5);
  }
  for (const x of brush.x === undefined ? [] : [left, right]) {
    ink.moveTo(Math.round(x) + 0.5, upper);
    ink.lineTo(Math.round(x) + 0.5, lower);
  }
  ink.stroke();
}
