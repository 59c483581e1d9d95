// One redraw a frame: charts ask, the next animation frame draws them, at most 8 ms' worth; the rest goes on in the frame
// after. Asking twice draws once.

const budgetMs = 8;

export interface Drawable {
  draw(): void;
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

function drawWaiting(): void {
  isScheduled = false;
  const until = performance.now() + budgetMs;
  for (const chart of waiting) {
    waiting.delete(chart);
    chart.draw();
    if (performance.now() > until) break;
  }
  if (waiting.size > 0 && !isScheduled) {
    isScheduled = true;
    requestAnimationFrame(drawWaiting);
  }
}
