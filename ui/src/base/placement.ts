// Where things that float go: beside what they belong to, inside the viewport.

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const edge = 8;

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

/**
 * The corner of a readout for a point: to its right, else to its left, and where neither side has room, above or below it, so that
 * the point itself is never covered.
 */
export function placeReadout(
  point: {readonly x: number; readonly y: number},
  size: Size,
  viewport: Size,
  gap = 14,
): {left: number; top: number} {
  const fits = (left: number): boolean =>
    left >= edge && left + size.width <= viewport.width - edge;
  const mostTop = Math.max(edge, viewport.height - size.height - edge);
  const top = clamp(point.y - Math.min(size.height / 2, 40), edge, mostTop);
  const toRight = point.x + gap;
  if (fits(toRight)) return {left: toRight, top};
  const toLeft = point.x - gap - size.width;
  if (fits(toLeft)) return {left: toLeft, top};
  const left = clamp(
    point.x - size.width / 2,
    edge,
    Math.max(edge, viewport.width - size.width - edge),
  );
  const above = point.y - gap - size.height;
  const below = point.y + gap;
  return {left, top: above >= edge ? above : clamp(below, edge, Math.max(below, mostTop))};
}

/** The corner of a popover below its button (above when there is no room), its edge on the button's nearer edge. */
export function placePopover(
  anchor: Box,
  size: Size,
  viewport: Size,
  gap = 6,
): {left: number; top: number} {
  const startsLeft = anchor.left + anchor.width / 2 < viewport.width / 2;
  const wanted = startsLeft ? anchor.left : anchor.left + anchor.width - size.width;
  const left = clamp(wanted, edge, Math.max(edge, viewport.width - size.width - edge));
  const below = anchor.top + anchor.height + gap;
  if (below + size.height <= viewport.height - edge) return {left, top: below};
  const above = anchor.top - gap - size.height;
  return {left, top: above >= edge ? above : Math.max(edge, viewport.height - size.height - edge)};
}
