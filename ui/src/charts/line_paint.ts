// The lines of a LineModel: what was logged faintly, what is smoothed above it, bands behind, marks where values are none.

import {at, lowerBound} from '../base/columns';
import type {Ink, PlotBox} from './ink';
import type {Pen} from './line_pen';
import {
  mostFaintLines,
  xScaleOf,
  yScaleOf,
  type Band,
  type LineModel,
  type LineSeries,
} from './line_model';
import {dashOf, type Palette} from './palette';
import {projection} from './scale';

const lineWidth = 1.6;
const chosenWidth = 2.4;
const faintWidth = 1;
const rawAlpha = 0.22;
const dimmedAlpha = 0.28;
const olderAlpha = 0.45;
const bandAlpha = 0.16;
const olderDash = [3, 3];

interface Painter {
  readonly ink: Ink;
  readonly pen: Pen;
  readonly model: LineModel;
  readonly box: PlotBox;
  readonly toX: (v: number) => number;
  readonly toY: (v: number) => number;
}

/** Draws every line; returns of how many pieces they were made. `chosen`: runs that stand out; none: all alike. */
export function paintLines(
  ink: Ink,
  pen: Pen,
  model: LineModel,
  box: PlotBox,
  palette: Palette,
  chosen: ReadonlySet<number>,
): number {
  const p: Painter = {
    ink,
    pen,
    model,
    box,
    toX: projection(xScaleOf(model), box.left, box.right),
    toY: projection(yScaleOf(model), box.bottom, box.top),
  };
  let segments = 0;
  ink.save();
  ink.beginPath();
  ink.rect(box.left, 0, box.width - box.left, box.bottom + 2);
  ink.clip();
  // Round joins cost most where nobody can see them: in a crowd of points.
  const isCrowded = model.series.length > mostFaintLines;
  ink.lineJoin = isCrowded ? 'bevel' : 'round';
  const isChosen = (s: LineSeries): boolean => chosen.has(s.key);
  const order =
    chosen.size === 0
      ? model.series
      : [...model.series].sort((a, b) => Number(isChosen(a)) - Number(isChosen(b)));
  for (const s of order) {
    const dim = (chosen.size > 0 && !isChosen(s) ? dimmedAlpha : 1) * (s.isOlder ? olderAlpha : 1);
    ink.strokeStyle = ink.fillStyle = palette.run(s.colour);
    if (s.band !== undefined) fillBand(p, s, s.band);
    // In a crowd only those of chosen runs are drawn.
    if (s.raw !== undefined && (!isCrowded || isChosen(s))) {
      ink.globalAlpha = rawAlpha * dim;
      segments += stroke(p, s, s.raw, s.spread, faintWidth);
    }
    ink.globalAlpha = dim;
    // In a crowd thick lines would hide each other; pale ones would be less pale where their hairlines overlap.
    const width = isChosen(s) ? chosenWidth : isCrowded || dim < 1 ? faintWidth : lineWidth;
    ink.setLineDash(s.isOlder ? olderDash : [...dashOf(s.colour)]);
    segments += stroke(p, s, s.drawn, s.raw === undefined ? s.spread : undefined, width);
    ink.setLineDash([]);
    markNonFinite(p, s);
  }
  ink.restore();
  ink.globalAlpha = 1;
  return segments;
}

// Far outside points would overflow the rasteriser.
function limited(y: number): number {
  return Math.min(1e5, Math.max(-1e5, y));
}

/** The indices of `s` that its line needs: those in view and a neighbour on each side. */
function inView(s: LineSeries, model: LineModel): readonly [number, number] {
  const n = s.x.length;
  if (!s.isAscending) return [0, n];
  const {lo, hi} = model.x;
  let end = Math.min(n, lowerBound(s.x, hi) + 1);
  while (end < n && at(s.x, end - 1) <= hi) end++;
  return [Math.max(0, lowerBound(s.x, lo) - 1), end];
}

/**
 * One path over the points in view. Where several points fall into one pixel column, only its first, lowest, highest
 * and last are drawn: the picture is the same and the path stays as short as the chart is wide. `spread` is how far the
 * points reach that the server left out of a row's stretch.
 */
function stroke(
  {ink, pen, model, toX, toY}: Painter,
  s: LineSeries,
  values: Float64Array,
  spread: Band | undefined,
  width: number,
): number {
  const [begin, end] = inView(s, model);
  let segments = 0;
  const path = pen.path();
  const lone: number[] = [];
  let isDown = false;
  let isLone = false;
  let lastX = 0;
  let lastY = 0;
  let column = Number.NaN;
  let least = 0;
  let most = 0;
  const flush = (): void => {
    if (least < lastY) path.lineTo(lastX, least);
    if (most > lastY) path.lineTo(lastX, most);
    if (least < lastY || most > lastY) path.lineTo(lastX, lastY);
  };
  const lift = (): void => {
    if (isDown) flush();
    if (isLone) lone.push(lastX, lastY);
    isDown = isLone = false;
  };
  for (let i = begin; i < end; i++) {
    const v = at(values, i);
    const x = limited(toX(at(s.x, i)));
    const y = limited(toY(v));
    if (!Number.isFinite(v) || Number.isNaN(y) || Number.isNaN(x)) {
      lift();
      continue;
    }
    const c = Math.round(x * 2);
    let upper = y;
    let lower = y;
    if (spread !== undefined) {
      const hi = toY(at(spread.hi, i));
      const lo = toY(at(spread.lo, i));
      if (hi < upper) upper = limited(hi);
      if (lo > lower) lower = limited(lo);
    }
    if (isDown && c === column) {
      if (upper < least) least = upper;
      if (lower > most) most = lower;
      lastY = y;
      isLone = false;
      continue;
    }
    if (isDown) {
      flush();
      path.lineTo(x, y);
      isLone = false;
    } else {
      path.moveTo(x, y);
      isDown = isLone = true;
    }
    segments++;
    column = c;
    lastX = x;
    lastY = y;
    least = upper;
    most = lower;
  }
  lift();
  pen.stroke(width);
  if (lone.length === 0) return segments;
  // A point between two gaps has no line of its own: it shows as a dot.
  ink.beginPath();
  for (let k = 0; k < lone.length; k += 2) {
    const [x = 0, y = 0] = [lone[k], lone[k + 1]];
    ink.moveTo(x + 2, y);
    ink.arc(x, y, 2, 0, Math.PI * 2);
  }
  ink.fill();
  return segments;
}

function fillBand({ink, box, toX, toY}: Painter, s: LineSeries, band: Band): void {
  // Below zero a log axis has nothing: the band ends at the floor.
  const y = (v: number): number => {
    const py = toY(v);
    return Number.isNaN(py) ? box.bottom : limited(py);
  };
  ink.globalAlpha = bandAlpha;
  let from = 0;
  while (from < s.x.length) {
    // Where the band has no edge it stops, and begins anew after the gap.
    while (from < s.x.length && !hasBand(s, band, from, toX)) from++;
    let to = from;
    while (to < s.x.length && hasBand(s, band, to, toX)) to++;
    if (to > from) {
      ink.beginPath();
      ink.moveTo(limited(toX(at(s.x, from))), y(at(band.hi, from)));
      for (let i = from + 1; i < to; i++) ink.lineTo(limited(toX(at(s.x, i))), y(at(band.hi, i)));
      for (let i = to - 1; i >= from; i--) ink.lineTo(limited(toX(at(s.x, i))), y(at(band.lo, i)));
      ink.closePath();
      ink.fill();
    }
    from = to;
  }
  ink.globalAlpha = 1;
}

function hasBand(s: LineSeries, band: Band, i: number, toX: (v: number) => number): boolean {
  return (
    Number.isFinite(at(band.lo, i)) &&
    Number.isFinite(at(band.hi, i)) &&
    !Number.isNaN(toX(at(s.x, i)))
  );
}

/** A triangle where values that are none begin: at the last finite value, or at the edge that an infinity left by. */
function markNonFinite({ink, box, toX, toY}: Painter, s: LineSeries): void {
  const values = s.columns.values;
  let lastFinite = Number.NaN;
  let wasFinite = true;
  for (let i = 0; i < values.length; i++) {
    const v = at(values, i);
    if (Number.isFinite(v)) {
      lastFinite = at(s.drawn, i);
      wasFinite = true;
      continue;
    }
    const x = toX(at(s.x, i));
    if (wasFinite && !Number.isNaN(x)) {
      const edgeTop = box.top + 5;
      const edgeBottom = box.bottom - 5;
      const middle = toY(lastFinite);
      const y =
        v === Infinity
          ? edgeTop
          : v === -Infinity
            ? edgeBottom
            : Number.isFinite(middle)
              ? middle
              : (edgeTop + edgeBottom) / 2;
      const tip = v === -Infinity ? 4 : -4;
      ink.beginPath();
      ink.moveTo(x, y + tip);
      ink.lineTo(x + 4, y - tip);
      ink.lineTo(x - 4, y - tip);
      ink.closePath();
      ink.fill();
    }
    wasFinite = false;
  }
}
