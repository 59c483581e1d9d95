// What a drag, a wheel or two fingers on ridges mean: a stretch of values across, of steps downwards, or a box of both.

import {tidy, type Range} from '../../base/extent';
import type {RidgeModel} from '../../charts/ridge_model';
import type {RidgeBrush} from '../../charts/ridge_paint';
import type {Zoom} from '../../state/chart_view';

export interface Place {
  readonly x: number;
  readonly y: number;
}

export interface Drag extends Place {
  readonly kind: 'zoom' | 'pan' | 'steps';
  readonly model: RidgeModel; // As it was when the drag began.
}

const leastDrag = 5;
const leastBox = 28;

/** What a drag from one place to another marks; undefined: it is a press so far. */
export function brushOf(start: Drag, here: Place): RidgeBrush | undefined {
  const dx = Math.abs(here.x - start.x);
  const dy = Math.abs(here.y - start.y);
  const x = [start.x, here.x] as const;
  const y = [start.y, here.y] as const;
  if (start.kind === 'steps') return dy < leastDrag ? undefined : {x: undefined, y};
  // Ridges on one count axis have no place on the axis of steps.
  if (start.model.isOverlay) return dx < leastDrag ? undefined : {x, y: undefined};
  if (dx > leastBox && dy > leastBox) return {x, y};
  if (Math.max(dx, dy) < leastDrag) return undefined;
  return dx > dy ? {x, y: undefined} : {x: undefined, y};
}

/** A range made `factor` times as long about a place in it, and no longer than what there is; undefined: that is all. */
export function zoomedAbout(
  range: Range,
  at: number,
  factor: number,
  whole: Range | undefined,
): Range | undefined {
  const wanted = {lo: at - (at - range.lo) * factor, hi: at + (range.hi - at) * factor};
  if (whole === undefined) return wanted;
  if (wanted.lo <= whole.lo && wanted.hi >= whole.hi) return undefined;
  return {lo: Math.max(wanted.lo, whole.lo), hi: Math.min(wanted.hi, whole.hi)};
}

/** Whether doubles can still tell the pixels of a range apart. */
export function isWideEnough({lo, hi}: Range): boolean {
  return hi - lo > Math.max(Math.abs(lo), Math.abs(hi), 1e-9) * 1e-12;
}

/** A zoom without ranges that mean nothing; undefined: everything is shown. */
export function tidyZoom({x, y}: Zoom): Zoom | undefined {
  const values = y === undefined || !isWideEnough(y) ? undefined : tidy(y);
  const steps = x === undefined || !(x.hi > x.lo) ? undefined : x;
  return steps === undefined && values === undefined ? undefined : {x: steps, y: values};
}

/** A range as far along as the pointer went by `part` of it. */
export function shifted(range: Range, part: number): Range {
  const by = part * (range.hi - range.lo);
  return {lo: range.lo + by, hi: range.hi + by};
}
