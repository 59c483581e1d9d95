// Draws a LineModel on two canvases: lines and axes below, cursor and brush above, so that moving the pointer never
// redraws a line. No component, no signals: whoever owns it calls `setModel` and `setCursor`, and the next frame draws.
//
//   ┌ gutter ┬───────────── plot ─────────────┐
//   │ labels │ lines                          │
//   └────────┴──────── x labels ──────────────┘

import type {Range} from '../base/extent';
import type {Ink, PlotBox} from './ink';
import {paintAxes, widestLabel} from './line_axes';
import {readout, xScaleOf, yScaleOf, type LineModel, type ReadoutRow} from './line_model';
import {paintBrush, paintCursor, type Brush} from './line_overlay';
import {paintLines} from './line_paint';
import {HairlinePen} from './line_pen';
import type {Palette} from './palette';
import {forgetDraw, requestDraw, type Drawable} from './redraw';
import {projection, rangeOfParts, valueAt} from './scale';

const leastGutter = 40;
const gutterGrain = 8;
const margin = {top: 6, right: 6, bottom: 18};
const readoutReachPx = 12;

/** What a test or a person asks a chart about itself. */
export interface ChartFacts {
  readonly x: Range;
  readonly y: Range;
  readonly points: number;
  readonly lines: number;
  readonly segments: number; // Line pieces of the last draw.
  readonly draws: number;
  readonly plot: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
}

/** Draws what lies between the axes and the lines. */
export type Underlay = (ink: Ink, model: LineModel, box: PlotBox, palette: Palette) => void;

/** The box of the lines in a chart of this size. */
export function plotBox(width: number, height: number, gutter: number): PlotBox {
  return {
    width,
    height,
    left: gutter,
    top: margin.top,
    right: width - margin.right,
    bottom: height - margin.bottom,
  };
}

/** A gutter wide enough for the labels, in grains, at least `least`. */
export function gutterFor(ink: Ink, model: LineModel, height: number, least = leastGutter): number {
  const widest = widestLabel(ink, model, height - margin.top - margin.bottom);
  return Math.max(least, Math.ceil((widest + 12) / gutterGrain) * gutterGrain);
}

export class LineChart implements Drawable {
  private model: LineModel | undefined;
  private underlay: Underlay | undefined;
  private palette: Palette | undefined;
  private box: PlotBox = plotBox(0, 0, leastGutter);
  private ratio = 1;
  private cursorX: number | undefined;
  private brush: Brush | undefined;
  private chosen: ReadonlySet<number> = new Set();
  pieces = 0;
  private segments = 0;
  private draws = 0;
  private needsLines = true;

  constructor(
    private readonly base: HTMLCanvasElement,
    private readonly overlay: HTMLCanvasElement,
    /** Told when data lie elsewhere on the screen than before. */
    private readonly moved: () => void = () => {},
  ) {}

  setModel(model: LineModel | undefined, underlay?: Underlay): void {
    this.model = model;
    this.underlay = underlay;
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
    if (width === this.box.width && height === this.box.height && ratio === this.ratio) return;
    this.box = plotBox(width, height, this.box.left);
    this.ratio = ratio;
    this.fit(this.base);
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
    const {model, box} = this;
    if (model === undefined) return undefined;
    return {
      x: model.x,
      y: model.y,
      points: model.series.reduce((n, s) => n + s.x.length, 0),
      lines: model.series.length,
      segments: this.segments,
      draws: this.draws,
      plot: {left: box.left, top: box.top, width: this.plotWidth, height: this.plotHeight},
    };
  }

  /** The rows below the cursor at data `x`. */
  readoutAt(x: number): ReadoutRow[] {
    if (this.model === undefined) return [];
    const toX = projection(xScaleOf(this.model), this.box.left, this.box.right);
    return readout(this.model, x, toX, readoutReachPx);
  }

  xAt(px: number): number {
    return this.model === undefined ? 0 : valueAt(xScaleOf(this.model), this.partX(px));
  }

  yAt(py: number): number {
    return this.model === undefined ? 0 : valueAt(yScaleOf(this.model), this.partY(py));
  }

  /** The x range that zooming by `factor` about the pixel `px` shows. */
  xZoomed(px: number, factor: number): Range {
    const t = this.partX(px);
    return this.xOfParts(t - t * factor, t + (1 - t) * factor);
  }

  /** The x range that the parts from `t0` to `t1` of the plot show; 0 to 1 is what it shows now. */
  xOfParts(t0: number, t1: number): Range {
    return this.model === undefined ? {lo: 0, hi: 1} : rangeOfParts(xScaleOf(this.model), t0, t1);
  }

  yOfParts(t0: number, t1: number): Range {
    return this.model === undefined ? {lo: 0, hi: 1} : rangeOfParts(yScaleOf(this.model), t0, t1);
  }

  /** Which part of the plot's width lies left of a pixel. */
  partX(px: number): number {
    return (px - this.box.left) / Math.max(1, this.plotWidth);
  }

  /** Which part of the plot's height lies below a pixel. */
  partY(py: number): number {
    return 1 - (py - this.box.top) / Math.max(1, this.plotHeight);
  }

  pixelX(x: number): number {
    return this.model === undefined
      ? 0
      : projection(xScaleOf(this.model), this.box.left, this.box.right)(x);
  }

  pixelY(y: number): number {
    return this.model === undefined
      ? 0
      : projection(yScaleOf(this.model), this.box.bottom, this.box.top)(y);
  }

  get plotLeft(): number {
    return this.box.left;
  }

  get plotBottom(): number {
    return this.box.bottom;
  }

  /** Whether a point of the chart lies in the plot, not on its axes. */
  isInPlot(px: number, py: number): boolean {
    const {left, right, top, bottom} = this.box;
    return px >= left && px <= right && py >= top && py <= bottom;
  }

  draw(): void {
    this.pieces = 0;
    if (this.palette === undefined || this.box.width === 0) return;
    if (this.needsLines) {
      this.needsLines = false;
      this.drawLines(this.palette);
      this.pieces = this.segments;
    }
    this.drawOverlay(this.palette);
  }

  private invalidate(): void {
    this.needsLines = true;
    requestDraw(this);
  }

  private get plotWidth(): number {
    return this.box.right - this.box.left;
  }

  private get plotHeight(): number {
    return this.box.bottom - this.box.top;
  }

  private drawLines(palette: Palette): void {
    const ink = this.cleared(this.base);
    if (ink === null) return;
    this.draws++;
    this.segments = 0;
    const {model, box} = this;
    if (model === undefined) return;
    // The gutter never shrinks, so that live data do not shake the plot.
    const gutter = gutterFor(ink, model, box.height, box.left);
    if (gutter < box.width / 2) this.box = plotBox(box.width, box.height, gutter);
    paintAxes(ink, model, this.box, palette);
    this.underlay?.(ink, model, this.box, palette);
    const pen = new HairlinePen(ink, this.ratio);
    this.segments = paintLines(ink, pen, model, this.box, palette, this.chosen);
    this.moved();
  }

  private drawOverlay(palette: Palette): void {
    const {model, box, brush, cursorX, overlay} = this;
    const hasCursor =
      model !== undefined &&
      cursorX !== undefined &&
      cursorX >= model.x.lo &&
      cursorX <= model.x.hi;
    // Each canvas costs the browser something in every frame of a scroll, even an empty one.
    overlay.hidden = model === undefined || (brush === undefined && !hasCursor);
    if (overlay.hidden || model === undefined) return;
    this.fit(overlay);
    const ink = this.cleared(overlay);
    if (ink === null) return;
    if (brush !== undefined) paintBrush(ink, box, brush, palette);
    else if (cursorX !== undefined)
      paintCursor(ink, model, box, palette, cursorX, this.readoutAt(cursorX));
  }

  /** Gives a canvas a pixel for each of the screen. A canvas that gets another size is empty. */
  private fit(canvas: HTMLCanvasElement): void {
    const width = Math.round(this.box.width * this.ratio);
    const height = Math.round(this.box.height * this.ratio);
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
  }

  private cleared(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
    const ink = canvas.getContext('2d');
    ink?.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ink?.clearRect(0, 0, this.box.width, this.box.height);
    return ink;
  }
}
