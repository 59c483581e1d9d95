// What the painters draw with: a canvas on the page, an SVG file when a chart is saved.

/** The part of a canvas context that charts use, so that a file can stand in for the canvas. */
export interface Ink extends Pick<
  CanvasRenderingContext2D,
  | 'arc'
  | 'beginPath'
  | 'clip'
  | 'closePath'
  | 'fill'
  | 'fillRect'
  | 'fillText'
  | 'lineTo'
  | 'moveTo'
  | 'rect'
  | 'restore'
  | 'save'
  | 'setLineDash'
  | 'stroke'
  | 'translate'
  | 'fillStyle'
  | 'font'
  | 'globalAlpha'
  | 'lineJoin'
  | 'lineWidth'
  | 'strokeStyle'
  | 'textAlign'
  | 'textBaseline'
> {
  measureText(text: string): {readonly width: number};
}

/** Where a chart's lines are, in CSS pixels of the whole. */
export interface PlotBox {
  readonly width: number; // Of the whole chart.
  readonly height: number;
  readonly left: number; // The lines' own box.
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export const labelFont =
  '11px system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
