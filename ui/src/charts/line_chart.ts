// Draws a LineModel on two canvases: lines and axes below, cursor and brush above, so that moving the pointer never
// redraws a line. No component, no signals: whoever owns it calls `setModel` and `setCursor`, and the next frame draws.
//
//   ┌ gutter ┬───────────── plot ─────────────┐
//   │ labels │ lines                          │
//   └────────┴──────── x labels ──────────────┘

import {at, lowerBound} from '../base/columns';
import type {Range} from '../base/extent';
import {
  readout,
  xTicks,
  yTicks,
  type LineModel,
  type LineSeries,
  type ReadoutRow,
} from './line_model';
import {dashOf, type Palette} from './palette';
import {forgetDraw, requestDraw, type Drawable} from './redraw';

const leastGutter = 40;
const gutterGrain = 8;
const bottom = 18;
const top = 6;
const right = 6;
const lineWidth = 1.6;
const chosenWidth = 2.4;
const rawAlpha = 0.22;
const dimmedAlpha = 0.28;
const mostFaintLines = 24;
const bandAlpha = 0.16;
const labelFont =
  '11px system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

export interface Brush {
  readonly x0: number; // CSS pixels inside the chart.
  readonly x1: number;
  readonly y0: number;
  readonly y1: number;
  readonly isBox: boolean; // Otherwise the whole height.
}

/** What a test or a person asks a chart about itself. */
export interface ChartFacts {
  readonly x: Range;
  readonly y: Range;
  readonly points: number;
  readonly segments: number; // Line pieces of the last draw.
  readonly draws: number;
  readonly plot: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
}

export class LineChart implements Drawable {
  private model: LineModel | undefined;
  private palette: Palette | undefined;
  private width = 0;
  private height = 0;
  private ratio = 1;
  private gutter = leastGutter;
  private cursorX: number | undefined;
  private brush: Brush | undefined;
  private chosen: ReadonlySet<number> = new Set();
  private segments = 0;
  private draws = 0;
  private needsLines = true;

  constructor(
    private readonly base: HTMLCanvasElement,
    private readonly overlay: HTMLCanvasElement,
  ) {}

  setModel(model: LineModel | undefined): void {
    this.model = model;
    this.invalidate();
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
    this.invalidate();
  }

  /** Runs whose lines stand out; none: all alike. */
  setChosen(keys: ReadonlySet<number>): void {
    if (keys.size === 0 && this.chosen.size === 0) return;
    this.chosen = keys;
    this.invalidate();
  }

  setSize(width: number, height: number, ratio: number): void {
    if (width === this.width && height === this.height && ratio === this.ratio) return;
    this.width = width;
    this.height = height;
    this.ratio = ratio;
    for (const canvas of [this.base, this.overlay]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    // A resized canvas is empty; drawing it in this very frame keeps it from flickering.
    this.needsLines = true;
    forgetDraw(this);
    this.draw();
  }

  setCursor(x: number | undefined): void {
    if (x === this.cursorX) return;
    this.cursorX = x;
    requestDraw(this);
  }

  setBrush(brush: Brush | undefined): void {
    this.brush = brush;
    requestDraw(this);
  }

  dispose(): void {
    forgetDraw(this);
    // Gives the pixels back at once instead of when the collector comes.
    for (const canvas of [this.base, this.overlay]) canvas.width = canvas.height = 0;
  }

  facts(): ChartFacts | undefined {
    const model = this.model;
    if (model === undefined) return undefined;
    const points = model.series.reduce((n, s) => n + s.x.length, 0);
    return {
      x: model.x,
      y: model.y,
      points,
      segments: this.segments,
      draws: this.draws,
      plot: {left: this.gutter, top, width: this.plotWidth, height: this.plotHeight},
    };
  }

  /** The rows below the cursor at data `x`. */
  readoutAt(x: number): ReadoutRow[] {
    if (this.model === undefined) return [];
    return readout(
      this.model,
      x,
      ((this.model.x.hi - this.model.x.lo) * 12) / Math.max(1, this.plotWidth),
    );
  }

  xAt(px: number): number {
    const x = this.model?.x ?? {lo: 0, hi: 1};
    return x.lo + ((px - this.gutter) / Math.max(1, this.plotWidth)) * (x.hi - x.lo);
  }

  yAt(py: number): number {
    if (this.model === undefined) return 0;
    const {y, isLog} = this.model;
    const t = 1 - (py - top) / Math.max(1, this.plotHeight);
    return isLog
      ? 10 ** (Math.log10(y.lo) + t * (Math.log10(y.hi) - Math.log10(y.lo)))
      : y.lo + t * (y.hi - y.lo);
  }

  pixelX(x: number): number {
    const range = this.model?.x ?? {lo: 0, hi: 1};
    return this.gutter + ((x - range.lo) / (range.hi - range.lo)) * this.plotWidth;
  }

  pixelY(y: number): number {
    return this.model === undefined ? 0 : this.yScale(this.model)(y);
  }

  /** Whether a point of the chart lies in the plot, not on its axes. */
  isInPlot(px: number, py: number): boolean {
    return px >= this.gutter && px <= this.width - right && py >= top && py <= this.height - bottom;
  }

  draw(): void {
    if (this.palette === undefined || this.width === 0) return;
    if (this.needsLines) {
      this.needsLines = false;
      this.drawLines(this.palette);
    }
    this.drawOverlay(this.palette);
  }

  private invalidate(): void {
    this.needsLines = true;
    requestDraw(this);
  }

  private get plotWidth(): number {
    return this.width - this.gutter - right;
  }

  private get plotHeight(): number {
    return this.height - top - bottom;
  }

  private yScale(model: LineModel): (v: number) => number {
    const h = this.plotHeight;
    const {lo, hi} = model.y;
    if (!model.isLog) return (v) => top + h * (1 - (v - lo) / (hi - lo));
    const a = Math.log10(lo);
    const b = Math.log10(hi);
    return (v) => (v > 0 ? top + h * (1 - (Math.log10(v) - a) / (b - a)) : Number.NaN);
  }

  private drawLines(palette: Palette): void {
    const g = this.base.getContext('2d');
    if (g === null) return;
    this.draws++;
    this.segments = 0;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.width, this.height);
    const model = this.model;
    if (model === undefined) return;
    this.drawAxes(g, model, palette);
    g.save();
    g.beginPath();
    g.rect(this.gutter, 0, this.width - this.gutter, this.height - bottom + 2);
    g.clip();
    // Round joins cost most where nobody can see them: in a crowd of points.
    g.lineJoin = model.series.length <= mostFaintLines ? 'round' : 'bevel';
    const isChosen = (s: LineSeries): boolean => this.chosen.has(s.key);
    const order =
      this.chosen.size === 0
        ? model.series
        : [...model.series].sort((a, b) => Number(isChosen(a)) - Number(isChosen(b)));
    for (const s of order) {
      const dim = this.chosen.size > 0 && !isChosen(s) ? dimmedAlpha : 1;
      g.strokeStyle = g.fillStyle = palette.run(s.colour);
      if (s.band !== undefined) this.fillBand(g, model, s, s.band);
      // Of very many runs the faint lines would only be fog; those of chosen runs stay.
      if (s.raw !== undefined && (model.series.length <= mostFaintLines || isChosen(s))) {
        g.globalAlpha = rawAlpha * dim;
        g.lineWidth = 1;
        this.stroke(g, model, s, s.raw);
      }
      g.globalAlpha = dim;
      g.lineWidth = isChosen(s) ? chosenWidth : lineWidth;
      g.setLineDash([...dashOf(s.colour)]);
      this.stroke(g, model, s, s.drawn);
      g.setLineDash([]);
      this.markNonFinite(g, model, s);
    }
    g.restore();
  }

  private drawAxes(g: CanvasRenderingContext2D, model: LineModel, palette: Palette): void {
    g.font = labelFont;
    const ys = yTicks(model, Math.max(2, Math.round(this.plotHeight / 38)));
    let widest = 0;
    for (const t of ys) widest = Math.max(widest, g.measureText(t.label).width);
    // Grows by grains and never shrinks, so that live data do not shake the plot.
    const wanted = Math.ceil((widest + 12) / gutterGrain) * gutterGrain;
    if (wanted > this.gutter && wanted < this.width / 2) this.gutter = wanted;
    const toY = this.yScale(model);
    g.lineWidth = 1;
    g.strokeStyle = palette.grid;
    g.fillStyle = palette.text3;
    g.textAlign = 'right';
    g.textBaseline = 'middle';
    g.beginPath();
    for (const t of ys) {
      const y = Math.round(toY(t.value)) + 0.5;
      g.moveTo(this.gutter, y);
      g.lineTo(this.width - 2, y);
      g.fillText(t.label, this.gutter - 7, Math.min(this.height - bottom, Math.max(top + 2, y)));
    }
    g.stroke();
    g.textAlign = 'center';
    g.textBaseline = 'alphabetic';
    let free = 0;
    for (const t of xTicks(model, Math.max(2, Math.round(this.plotWidth / 72)))) {
      const half = g.measureText(t.label).width / 2;
      const x = Math.min(
        this.width - half - 1,
        Math.max(this.gutter - 6 + half, this.pixelX(t.value)),
      );
      if (x - half < free) continue;
      g.fillText(t.label, x, this.height - 4);
      free = x + half + 8;
    }
  }

  /**
   * One path over the points in view. Where several points fall into one pixel column, only its first, lowest, highest
   * and last are drawn: the picture is the same and the path stays as short as the chart is wide.
   */
  private stroke(
    g: CanvasRenderingContext2D,
    model: LineModel,
    s: LineSeries,
    values: Float64Array,
  ): void {
    const {lo, hi} = model.x;
    const scaleX = this.plotWidth / (hi - lo);
    const toY = this.yScale(model);
    const n = s.x.length;
    let i = 0;
    let end = n;
    if (s.isAscending) {
      i = Math.max(0, lowerBound(s.x, lo) - 1);
      end = Math.min(n, lowerBound(s.x, hi) + 1);
      while (end < n && at(s.x, end - 1) <= hi) end++;
    }
    // Far outside points would overflow the rasteriser.
    const limitY = (y: number): number => Math.min(1e5, Math.max(-1e5, y));
    g.beginPath();
    const lone: number[] = [];
    let isDown = false;
    let isLone = false;
    let lastX = 0;
    let lastY = 0;
    let column = Number.NaN;
    let least = 0;
    let most = 0;
    const flush = (): void => {
      if (least < lastY) g.lineTo(lastX, least);
      if (most > lastY) g.lineTo(lastX, most);
      if (least < lastY || most > lastY) g.lineTo(lastX, lastY);
    };
    const lift = (): void => {
      if (isDown) flush();
      if (isLone) lone.push(lastX, lastY);
      isDown = isLone = false;
    };
    for (; i < end; i++) {
      const v = at(values, i);
      const y = limitY(toY(v));
      if (!Number.isFinite(v) || Number.isNaN(y)) {
        lift();
        continue;
      }
      const x = this.gutter + (at(s.x, i) - lo) * scaleX;
      const c = Math.round(x * 2);
      if (isDown && c === column) {
        if (y < least) least = y;
        if (y > most) most = y;
        lastY = y;
        isLone = false;
        continue;
      }
      if (isDown) {
        flush();
        g.lineTo(x, y);
        isLone = false;
      } else {
        g.moveTo(x, y);
        isDown = isLone = true;
      }
      this.segments++;
      column = c;
      lastX = x;
      lastY = least = most = y;
    }
    lift();
    g.stroke();
    if (lone.length === 0) return;
    // A point between two gaps has no line of its own: it shows as a dot.
    g.beginPath();
    for (let k = 0; k < lone.length; k += 2) {
      const [x = 0, y = 0] = [lone[k], lone[k + 1]];
      g.moveTo(x + 2, y);
      g.arc(x, y, 2, 0, Math.PI * 2);
    }
    g.fill();
  }

  private fillBand(
    g: CanvasRenderingContext2D,
    model: LineModel,
    s: LineSeries,
    band: {readonly lo: Float64Array; readonly hi: Float64Array},
  ): void {
    const toY = this.yScale(model);
    const floor = this.height - bottom;
    // Below zero a log axis has nothing: the band ends at the floor.
    const y = (v: number): number => {
      const py = toY(v);
      return Number.isNaN(py) ? floor : Math.min(1e5, Math.max(-1e5, py));
    };
    g.beginPath();
    for (let i = 0; i < s.x.length; i++) {
      if (Number.isFinite(at(band.hi, i))) g.lineTo(this.pixelX(at(s.x, i)), y(at(band.hi, i)));
    }
    for (let i = s.x.length - 1; i >= 0; i--) {
      if (Number.isFinite(at(band.lo, i))) g.lineTo(this.pixelX(at(s.x, i)), y(at(band.lo, i)));
    }
    g.globalAlpha = bandAlpha;
    g.fill();
    g.globalAlpha = 1;
  }

  /** A triangle where values that are none begin: at the last finite value, or at the edge that an infinity left by. */
  private markNonFinite(g: CanvasRenderingContext2D, model: LineModel, s: LineSeries): void {
    const values = s.columns.values;
    const toY = this.yScale(model);
    let lastFinite = Number.NaN;
    let wasFinite = true;
    for (let i = 0; i < values.length; i++) {
      const v = at(values, i);
      if (Number.isFinite(v)) {
        lastFinite = at(s.drawn, i);
        wasFinite = true;
        continue;
      }
      if (wasFinite) {
        const x = this.pixelX(at(s.x, i));
        const edgeTop = top + 5;
        const edgeBottom = this.height - bottom - 5;
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
        g.beginPath();
        g.moveTo(x, y + tip);
        g.lineTo(x + 4, y - tip);
        g.lineTo(x - 4, y - tip);
        g.closePath();
        g.fill();
      }
      wasFinite = false;
    }
  }

  private drawOverlay(palette: Palette): void {
    const g = this.overlay.getContext('2d');
    if (g === null) return;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.width, this.height);
    const model = this.model;
    if (model === undefined) return;
    if (this.brush !== undefined) {
      this.drawBrush(g, this.brush, palette);
      return;
    }
    if (this.cursorX === undefined || this.cursorX < model.x.lo || this.cursorX > model.x.hi)
      return;
    const x = Math.round(this.pixelX(this.cursorX)) + 0.5;
    g.strokeStyle = palette.lineStrong;
    g.lineWidth = 1;
    g.setLineDash([3, 3]);
    g.beginPath();
    g.moveTo(x, top);
    g.lineTo(x, this.height - bottom);
    g.stroke();
    g.setLineDash([]);
    g.lineWidth = 1.5;
    g.strokeStyle = palette.surface;
    const toY = this.yScale(model);
    const rows = this.readoutAt(this.cursorX);
    // Many dots with rims would grow into a white bar.
    const isCrowded = rows.length > 14;
    for (const row of rows) {
      const y = toY(row.drawn);
      if (!Number.isFinite(y) || y < top - 4 || y > this.height - bottom + 4) continue;
      g.fillStyle = palette.run(row.colour);
      g.beginPath();
      g.arc(this.pixelX(row.x), y, isCrowded ? 2 : 3.2, 0, Math.PI * 2);
      g.fill();
      if (!isCrowded) g.stroke();
    }
  }

  private drawBrush(g: CanvasRenderingContext2D, brush: Brush, palette: Palette): void {
    const left = Math.max(this.gutter, Math.min(brush.x0, brush.x1));
    const rightEdge = Math.min(this.width - right, Math.max(brush.x0, brush.x1));
    const upper = brush.isBox ? Math.max(top, Math.min(brush.y0, brush.y1)) : top;
    const lower = brush.isBox
      ? Math.min(this.height - bottom, Math.max(brush.y0, brush.y1))
      : this.height - bottom;
    g.globalAlpha = 0.14;
    g.fillStyle = palette.accent;
    g.fillRect(left, upper, rightEdge - left, lower - upper);
    g.globalAlpha = 1;
    g.strokeStyle = palette.accent;
    g.lineWidth = 1;
    g.strokeRect(
      Math.round(left) + 0.5,
      Math.round(upper) + 0.5,
      Math.round(rightEdge - left),
      Math.round(lower - upper),
    );
  }
}
