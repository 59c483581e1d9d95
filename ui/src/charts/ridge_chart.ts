// Draws a RidgeModel on two canvases: ridges and axes below, cursor and brush above, so that moving the pointer never redraws a
// ridge. Whoever owns it calls `setModel` and `setCursor`, and the next frame draws.

import type {Range} from '../base/extent';
import type {PlotBox} from './ink';
import type {Palette} from './palette';
import {forgetDraw, requestDraw, type Drawable} from './redraw';
import {
  baselineAt,
  binAt,
  binX,
  nearestRidge,
  outlineY,
  ridgeReadout,
  ridgesNear,
  valueAt,
  xAtBaseline,
  type RidgeModel,
  type RidgeReadout,
} from './ridge_model';
import {
  paintOutlines,
  paintRidgeAxes,
  paintRidgeBrush,
  paintRidgeCursor,
  paintRidges,
  ridgeBox,
  type RidgeBrush,
  type RidgeEmphasis,
} from './ridge_paint';

export interface RidgeCursor {
  readonly ridge: number; // Its place in the model.
  readonly bin: number;
}

/** What a test or a person asks a chart about itself. */
export interface RidgeFacts {
  readonly ridges: number;
  readonly faded: number;
  readonly bins: number;
  readonly x: Range;
  readonly values: Range | undefined;
  readonly most: number;
  readonly draws: number;
  readonly plot: PlotBox;
}

const noEmphasis: RidgeEmphasis = {runs: new Set(), ridges: undefined};

export class RidgeChart implements Drawable {
  private model: RidgeModel | undefined;
  private emphasis = noEmphasis;
  private palette: Palette | undefined;
  private box: PlotBox = ridgeBox(0, 0, undefined);
  private ratio = 1;
  private cursor: RidgeCursor | undefined;
  private sharedX: number | undefined;
  private brush: RidgeBrush | undefined;
  private needsRidges = true;
  private draws = 0;

  constructor(
    private readonly base: HTMLCanvasElement,
    private readonly overlay: HTMLCanvasElement,
  ) {}

  setModel(model: RidgeModel | undefined, emphasis: RidgeEmphasis): void {
    if (model !== this.model && (model === undefined || this.cursorIsGone(model)))
      this.cursor = undefined;
    this.model = model;
    this.emphasis = emphasis;
    this.box = ridgeBox(this.box.width, this.box.height, model);
    this.invalidate();
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
    this.invalidate();
  }

  setSize(width: number, height: number, ratio: number): void {
    if (width === this.box.width && height === this.box.height && ratio === this.ratio) return;
    this.box = ridgeBox(width, height, this.model);
    this.ratio = ratio;
    for (const canvas of [this.base, this.overlay]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    // A resized canvas is empty; drawing it in this very frame keeps it from flickering.
    this.needsRidges = true;
    forgetDraw(this);
    this.draw();
  }

  setCursor(cursor: RidgeCursor | undefined): void {
    this.cursor = cursor;
    requestDraw(this);
  }

  /** Where another chart has its cursor, on the axis of the ridges. */
  setShared(x: number | undefined): void {
    if (x === this.sharedX) return;
    this.sharedX = x;
    requestDraw(this);
  }

  setBrush(brush: RidgeBrush | undefined): void {
    this.brush = brush;
    requestDraw(this);
  }

  dispose(): void {
    forgetDraw(this);
    for (const canvas of [this.base, this.overlay]) canvas.width = canvas.height = 0;
  }

  facts(): RidgeFacts | undefined {
    const {model, emphasis} = this;
    if (model === undefined) return undefined;
    const chosen = emphasis.ridges?.size ?? model.ridges.length;
    return {
      ridges: model.ridges.length,
      faded: model.ridges.length - chosen,
      bins: model.bins,
      x: model.x,
      values: model.values,
      most: model.most,
      draws: this.draws,
      plot: this.box,
    };
  }

  /** The ridge whose outline is nearest to a place in the chart, and the bin below it. */
  cursorAt(px: number, py: number): RidgeCursor | undefined {
    const {model, box} = this;
    if (model?.values === undefined || px < box.left || px > box.right) return undefined;
    const bin = binAt(model, box, px);
    const ridge = nearestRidge(model, box, bin, py);
    return ridge === undefined ? undefined : {ridge, bin};
  }

  readoutAt({ridge, bin}: RidgeCursor, px?: number): RidgeReadout | undefined {
    const {model, box} = this;
    if (model?.values === undefined) return undefined;
    return ridgeReadout(model, ridge, bin, px === undefined ? undefined : valueAt(model, box, px));
  }

  /** Where a cursor's point is drawn. */
  pixelOf({ridge, bin}: RidgeCursor): {readonly x: number; readonly y: number} | undefined {
    const {model, box} = this;
    const found = model?.ridges[ridge];
    if (model === undefined || found === undefined) return undefined;
    return {x: binX(model, box, bin), y: outlineY(model, box, found, bin)};
  }

  /** The pixel of the baseline at x. */
  baselineOf(x: number): number {
    return this.model === undefined ? 0 : baselineAt(this.model, this.box, x);
  }

  xAt(py: number): number {
    return this.model === undefined ? 0 : xAtBaseline(this.model, this.box, py);
  }

  valueAt(px: number): number {
    return this.model === undefined ? 0 : valueAt(this.model, this.box, px);
  }

  get plot(): PlotBox {
    return this.box;
  }

  draw(): void {
    if (this.palette === undefined || this.box.width === 0) return;
    if (this.needsRidges) {
      this.needsRidges = false;
      this.drawRidges(this.palette);
    }
    this.drawOverlay(this.palette);
  }

  private cursorIsGone(model: RidgeModel): boolean {
    return this.cursor !== undefined && this.cursor.ridge >= model.ridges.length;
  }

  private invalidate(): void {
    this.needsRidges = true;
    requestDraw(this);
  }

  private drawRidges(palette: Palette): void {
    const ink = this.cleared(this.base);
    if (ink === null || this.model === undefined) return;
    this.draws++;
    paintRidgeAxes(ink, this.model, this.box, palette);
    paintRidges(ink, this.model, this.box, palette, this.emphasis);
    if (this.emphasis.ridges !== undefined && this.emphasis.ridges.size < 4)
      paintOutlines(ink, this.model, this.box, this.emphasis.ridges, palette.accent);
  }

  private drawOverlay(palette: Palette): void {
    const ink = this.cleared(this.overlay);
    const {model, box} = this;
    if (ink === null || model === undefined) return;
    if (this.brush !== undefined) paintRidgeBrush(ink, box, palette, this.brush);
    else if (this.cursor !== undefined) paintRidgeCursor(ink, model, box, palette, this.cursor);
    else if (this.sharedX !== undefined && this.sharedX >= model.x.lo && this.sharedX <= model.x.hi)
      paintOutlines(ink, model, box, ridgesNear(model, this.sharedX), palette.text);
  }

  private cleared(canvas: HTMLCanvasElement): CanvasRenderingContext2D | null {
    const ink = canvas.getContext('2d');
    ink?.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ink?.clearRect(0, 0, this.box.width, this.box.height);
    return ink;
  }
}
