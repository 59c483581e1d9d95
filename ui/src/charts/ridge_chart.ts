// Histograms over time on a canvas. Offset: one ridge a step, the first at the back, the newest in front and nearest to the
// reader. Overlay: all on one count axis. Geometry (dashboards' usual one): a ridge may be as high as H / 2.5; baselines run
// linearly in step from H / 2.5 (first) to H (last); with one step it stands halfway.

import {rebin, type Rebinned} from '../base/rebin';
import type {RunColour} from '../base/run_colours';
import {linearTicks} from '../base/ticks';
import type {HistogramPoint} from '../api/types';
import type {Palette} from './palette';
import {forgetDraw, requestDraw, type Drawable} from './redraw';

const left = 10;
const right = 46;
const top = 8;
const bottom = 20;
const ridgePart = 2.5;
const labelFont =
  '11px system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';

export interface RidgeModel {
  readonly points: readonly HistogramPoint[];
  readonly bins: Rebinned | undefined;
  readonly colour: RunColour;
  readonly isOverlay: boolean;
}

export interface RidgeCursor {
  readonly ridge: number;
  readonly bin: number;
}

export interface RidgeReadout {
  readonly step: number;
  readonly wallTimeS: number;
  readonly lo: number;
  readonly hi: number;
  readonly count: number;
  readonly total: number;
  readonly x: number; // In the chart, CSS pixels.
  readonly y: number;
}

export function ridgeModel(
  points: readonly HistogramPoint[],
  colour: RunColour,
  isOverlay: boolean,
): RidgeModel {
  return {points, bins: rebin(points.map((p) => p.buckets)), colour, isOverlay};
}

export class RidgeChart implements Drawable {
  private model: RidgeModel | undefined;
  private palette: Palette | undefined;
  private width = 0;
  private height = 0;
  private ratio = 1;
  private cursor: RidgeCursor | undefined;
  private needsRidges = true;

  constructor(
    private readonly base: HTMLCanvasElement,
    private readonly overlay: HTMLCanvasElement,
  ) {}

  setModel(model: RidgeModel | undefined): void {
    this.model = model;
    if (
      model === undefined ||
      (this.cursor !== undefined && this.cursor.ridge >= model.points.length)
    )
      this.cursor = undefined;
    this.invalidate();
  }

  setPalette(palette: Palette): void {
    this.palette = palette;
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
    this.needsRidges = true;
    forgetDraw(this);
    this.draw();
  }

  setCursor(cursor: RidgeCursor | undefined): void {
    this.cursor = cursor;
    requestDraw(this);
  }

  dispose(): void {
    forgetDraw(this);
    for (const canvas of [this.base, this.overlay]) canvas.width = canvas.height = 0;
  }

  draw(): void {
    if (this.palette === undefined || this.width === 0) return;
    if (this.needsRidges) {
      this.needsRidges = false;
      this.drawRidges(this.palette);
    }
    this.drawCursor(this.palette);
  }

  /** The ridge whose outline is nearest to a place in the chart, and the bin below it. */
  cursorAt(px: number, py: number): RidgeCursor | undefined {
    const bins = this.model?.bins;
    if (this.model === undefined || bins === undefined || px < left || px > this.width - right)
      return undefined;
    const n = bins.counts[0]?.length ?? 0;
    const bin = Math.min(n - 1, Math.max(0, Math.floor(((px - left) / this.plotWidth) * n)));
    let best: RidgeCursor | undefined;
    let distance = Infinity;
    for (let ridge = 0; ridge < bins.counts.length; ridge++) {
      const d = Math.abs(this.outlineY(ridge, bin) - py);
      if (d <= distance) {
        distance = d;
        best = {ridge, bin};
      }
    }
    return best;
  }

  readoutAt({ridge, bin}: RidgeCursor): RidgeReadout | undefined {
    const bins = this.model?.bins;
    const point = this.model?.points[ridge];
    const counts = bins?.counts[ridge];
    if (bins === undefined || point === undefined || counts === undefined) return undefined;
    const width = (bins.right - bins.left) / counts.length;
    return {
      step: point.step,
      wallTimeS: point.wallTimeS,
      lo: bins.left + bin * width,
      hi: bins.left + (bin + 1) * width,
      count: counts[bin] ?? 0,
      total: counts.reduce((a, b) => a + b, 0),
      x: this.binX(bin, counts.length),
      y: this.outlineY(ridge, bin),
    };
  }

  private invalidate(): void {
    this.needsRidges = true;
    requestDraw(this);
  }

  private get plotWidth(): number {
    return this.width - left - right;
  }

  private get plotHeight(): number {
    return this.height - top - bottom;
  }

  private binX(bin: number, n: number): number {
    return left + ((bin + 0.5) / n) * this.plotWidth;
  }

  private baseline(ridge: number): number {
    const model = this.model;
    const h = this.plotHeight;
    if (model === undefined || model.isOverlay) return top + h;
    const first = model.points[0]?.step ?? 0;
    const last = model.points.at(-1)?.step ?? 0;
    const step = model.points[ridge]?.step ?? 0;
    const t = last > first ? (step - first) / (last - first) : 0.5;
    return top + h / ridgePart + t * (h - h / ridgePart);
  }

  private outlineY(ridge: number, bin: number): number {
    const bins = this.model?.bins;
    if (this.model === undefined || bins === undefined) return 0;
    const most = this.model.isOverlay ? this.plotHeight * 0.96 : this.plotHeight / ridgePart;
    return this.baseline(ridge) - ((bins.counts[ridge]?.[bin] ?? 0) / (bins.most || 1)) * most;
  }

  private trace(g: CanvasRenderingContext2D, ridge: number, n: number): void {
    g.beginPath();
    g.moveTo(this.binX(0, n), this.baseline(ridge));
    for (let bin = 0; bin < n; bin++) g.lineTo(this.binX(bin, n), this.outlineY(ridge, bin));
    g.lineTo(this.binX(n - 1, n), this.baseline(ridge));
  }

  private drawRidges(palette: Palette): void {
    const g = this.base.getContext('2d');
    if (g === null) return;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.width, this.height);
    const model = this.model;
    if (model === undefined || model.points.length === 0) return;
    this.drawAxes(g, model, palette);
    const bins = model.bins;
    if (bins === undefined) return;
    const n = bins.counts[0]?.length ?? 0;
    const first = model.points[0]?.step ?? 0;
    const last = model.points.at(-1)?.step ?? 0;
    g.lineJoin = 'round';
    model.points.forEach((point, ridge) => {
      const shade = palette.shade(
        model.colour,
        last > first ? (point.step - first) / (last - first) : 1,
      );
      this.trace(g, ridge, n);
      if (model.isOverlay) {
        g.strokeStyle = shade;
        g.lineWidth = 1.2;
      } else {
        g.globalAlpha = 0.92;
        g.fillStyle = shade;
        g.fill();
        g.globalAlpha = 1;
        g.strokeStyle = palette.surface;
        g.lineWidth = 1;
      }
      g.stroke();
    });
  }

  private drawAxes(g: CanvasRenderingContext2D, model: RidgeModel, palette: Palette): void {
    g.font = labelFont;
    g.fillStyle = palette.text3;
    g.strokeStyle = palette.grid;
    g.lineWidth = 1;
    const edge = this.width - right;
    g.textBaseline = 'middle';
    g.textAlign = 'left';
    const label = (y: number, text: string): void => {
      const line = Math.round(y) + 0.5;
      g.beginPath();
      g.moveTo(left, line);
      g.lineTo(edge, line);
      g.stroke();
      g.fillText(text, edge + 6, line);
    };
    if (model.isOverlay) {
      const most = model.bins?.most ?? 0;
      for (const t of linearTicks(0, most / 0.96, 4))
        label(top + this.plotHeight * (1 - t.value / ((most || 1) / 0.96)), t.label);
    } else {
      const first = model.points[0]?.step ?? 0;
      const last = model.points.at(-1)?.step ?? 0;
      const h = this.plotHeight;
      if (last === first)
        label(this.baseline(0), linearTicks(first, first + 1, 1, true)[0]?.label ?? '');
      else {
        for (const t of linearTicks(first, last, 5, true)) {
          label(
            top + h / ridgePart + ((t.value - first) / (last - first)) * (h - h / ridgePart),
            t.label,
          );
        }
      }
    }
    if (model.bins === undefined) return;
    const {left: lo, right: hi} = model.bins;
    g.textAlign = 'center';
    g.textBaseline = 'alphabetic';
    let free = 0;
    for (const t of linearTicks(lo, hi, Math.max(2, Math.round(this.plotWidth / 64)))) {
      const half = g.measureText(t.label).width / 2;
      const x = Math.min(
        this.width - half - 1,
        Math.max(half + 1, left + ((t.value - lo) / (hi - lo)) * this.plotWidth),
      );
      if (x - half < free) continue;
      g.fillText(t.label, x, this.height - 4);
      free = x + half + 8;
    }
  }

  private drawCursor(palette: Palette): void {
    const g = this.overlay.getContext('2d');
    if (g === null) return;
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.clearRect(0, 0, this.width, this.height);
    const bins = this.model?.bins;
    const cursor = this.cursor;
    if (bins === undefined || cursor === undefined) return;
    const n = bins.counts[0]?.length ?? 0;
    this.trace(g, cursor.ridge, n);
    g.strokeStyle = palette.text;
    g.lineWidth = 1.4;
    g.lineJoin = 'round';
    g.stroke();
    g.fillStyle = palette.text;
    g.strokeStyle = palette.surface;
    g.lineWidth = 1.5;
    g.beginPath();
    g.arc(this.binX(cursor.bin, n), this.outlineY(cursor.ridge, cursor.bin), 3.4, 0, Math.PI * 2);
    g.fill();
    g.stroke();
  }
}
