// One redraw a frame: charts ask, the next animation frame draws them, at most 12 ms' worth; the rest goes on in the frame
// after. Asking twice draws once.

const budgetMs = 12;
// A canvas only notes what is drawn; the browser puts it into pixels when the frame's scripts are done.
const rasterMsPerPiece = 0.001;

export interface Drawable {
  draw(): void;
  /** Of how many line pieces the last drawing was. */
  readonly pieces?: number;
}

const waiting = new Set<Drawable>();
let isScheduled = false;

export function requestDraw(chart: Drawable): void {
  waiting.add(chart);
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(drawWaiting);
}

export function forgetDraw(chart: Drawable): void {
  waiting.delete(chart);
}

/** Whether nobody waits for a frame to draw in. */
export function areAllDrawn(): boolean {
  return waiting.size === 0;
}

function drawWaiting(): void {
  isScheduled = false;
  let until = performance.now() + budgetMs;
  for (const chart of waiting) {
    waiting.delete(chart);
    chart.draw();
    until -= (chart.pieces ?? 0) * rasterMsPerPiece;
    if (performance.now() > until) break;
  }
  if (waiting.size > 0 && !isScheduled) {
    isScheduled = true;
    requestAnimationFrame(drawWaiting);
  }
}
