// How lines come onto the ink.
//
// A browser without a graphics card fills the outline of every line that is wider than a device pixel, and an outline with
// thousands of corners takes it ten to twenty times as long as a line of one pixel, for which it has a way of its own. So on a
// screen a line is drawn as a few of those, each a little below the one before: nobody sees the difference, and a screen
// of 12 charts with 50 lines each is drawn in 40 ms instead of 400.

import type {Ink} from './ink';

export interface Trace {
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
}

export interface Pen {
  /** Begins a path. */
  path(): Trace;
  /** Draws the path begun last. */
  stroke(width: number): void;
}

/** Lines as they are, for files. */
export class OutlinePen implements Pen {
  constructor(private readonly ink: Ink) {}

  path(): Trace {
    this.ink.beginPath();
    return this.ink;
  }

  stroke(width: number): void {
    this.ink.lineWidth = width;
    this.ink.stroke();
  }
}

/** Lines made of hairlines, for a canvas on the page. */
export class HairlinePen implements Pen {
  private current = new Path2D();

  constructor(
    private readonly ink: CanvasRenderingContext2D,
    private readonly ratio: number, // Device pixels in a CSS pixel.
  ) {}

  path(): Trace {
    return (this.current = new Path2D());
  }

  stroke(width: number): void {
    const {ink} = this;
    const shifts = hairlines(width, this.ratio);
    ink.lineWidth = shifts.length === 1 ? width : 1 / this.ratio;
    let at = 0;
    for (const shift of shifts) {
      ink.translate(0, shift - at);
      at = shift;
      ink.stroke(this.current);
    }
    ink.translate(0, -at);
  }
}

// Farther apart they would not close.
const mostApart = 0.75;
// With smaller pixels a steep line would look thin; such screens have graphics cards.
const mostRatio = 1.25;

/** How far below the middle each hairline of a line lies, in CSS pixels; one alone is the line itself. */
export function hairlines(width: number, ratio: number): readonly number[] {
  const extra = width - 1 / ratio;
  if (extra <= 0 || ratio > mostRatio) return [0];
  const steps = Math.ceil((extra * ratio) / mostApart);
  return Array.from({length: steps + 1}, (_, i) => extra * (i / steps - 0.5));
}
