// An Ink that writes SVG. Every stroke and fill becomes one element; a clip or a move becomes a group.
// What `save` keeps is clip and place; colours and widths are set anew by whoever draws.

import type {Ink} from './ink';

const anchors: Readonly<Record<string, string>> = {
  left: 'start',
  start: 'start',
  center: 'middle',
  right: 'end',
  end: 'end',
};

interface Saved {
  readonly groups: number;
}

export class SvgInk implements Ink {
  fillStyle: string | CanvasGradient | CanvasPattern = '#000';
  strokeStyle: string | CanvasGradient | CanvasPattern = '#000';
  font = '11px sans-serif';
  globalAlpha = 1;
  lineJoin: CanvasLineJoin = 'miter';
  lineWidth = 1;
  textAlign: CanvasTextAlign = 'start';
  textBaseline: CanvasTextBaseline = 'alphabetic';

  private readonly parts: string[] = [];
  private path = '';
  private dash: readonly number[] = [];
  private groups = 0;
  private clips = 0;
  private readonly saved: Saved[] = [];

  constructor(
    private readonly width: number,
    private readonly height: number,
    /** Widths of texts, which only a browser knows. */
    private readonly measure: (text: string, font: string) => number,
  ) {}

  /** The whole file. */
  text(): string {
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${n(this.width)}" height="${n(this.height)}" ` +
      `viewBox="0 0 ${n(this.width)} ${n(this.height)}">\n${this.parts.join('\n')}\n</svg>\n`
    );
  }

  beginPath(): void {
    this.path = '';
  }
  moveTo(x: number, y: number): void {
    this.path += `M${n(x)} ${n(y)}`;
  }
  lineTo(x: number, y: number): void {
    this.path += `${this.path === '' ? 'M' : 'L'}${n(x)} ${n(y)}`;
  }
  closePath(): void {
    this.path += 'Z';
  }
  rect(x: number, y: number, width: number, height: number): void {
    this.path += `M${n(x)} ${n(y)}h${n(width)}v${n(height)}h${n(-width)}Z`;
  }
  /** Whole circles only: charts draw no other arcs. */
  arc(x: number, y: number, r: number): void {
    this.path += `M${n(x + r)} ${n(y)}a${n(r)} ${n(r)} 0 1 0 ${n(-2 * r)} 0a${n(r)} ${n(r)} 0 1 0 ${n(2 * r)} 0`;
  }
  setLineDash(segments: Iterable<number>): void {
    this.dash = [...segments];
  }

  stroke(): void {
    if (this.path === '') return;
    const dash = this.dash.length === 0 ? '' : ` stroke-dasharray="${this.dash.map(n).join(' ')}"`;
    this.parts.push(
      `<path d="${this.path}" fill="none" stroke="${escaped(String(this.strokeStyle))}" ` +
        `stroke-width="${n(this.lineWidth)}" stroke-linejoin="${this.lineJoin}"${dash}${this.opacity()}/>`,
    );
  }

  fill(): void {
    if (this.path === '') return;
    this.parts.push(
      `<path d="${this.path}" fill="${escaped(String(this.fillStyle))}"${this.opacity()}/>`,
    );
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.parts.push(
      `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" ` +
        `fill="${escaped(String(this.fillStyle))}"${this.opacity()}/>`,
    );
  }

  fillText(text: string, x: number, y: number): void {
    const [, weight, size, family] = /^(?:(\d+) )?([\d.]+)px (.*)$/.exec(this.font) ?? [];
    const bold = weight === undefined ? '' : ` font-weight="${weight}"`;
    const middle = this.textBaseline === 'middle' ? ' dominant-baseline="central"' : '';
    this.parts.push(
      `<text x="${n(x)}" y="${n(y)}" font-size="${size ?? '11'}" font-family="${escaped(family ?? 'sans-serif')}"${bold} ` +
        `text-anchor="${anchors[this.textAlign] ?? 'start'}"${middle} ` +
        `fill="${escaped(String(this.fillStyle))}"${this.opacity()}>${escaped(text)}</text>`,
    );
  }

  measureText(text: string): {readonly width: number} {
    return {width: this.measure(text, this.font)};
  }

  save(): void {
    this.saved.push({groups: this.groups});
  }

  clip(): void {
    const id = `clip${++this.clips}`;
    this.parts.push(
      `<clipPath id="${id}"><path d="${this.path}"/></clipPath>`,
      `<g clip-path="url(#${id})">`,
    );
    this.groups++;
  }

  translate(x: number, y: number): void {
    this.parts.push(`<g transform="translate(${n(x)} ${n(y)})">`);
    this.groups++;
  }

  restore(): void {
    const {groups} = this.saved.pop() ?? {groups: 0};
    for (; this.groups > groups; this.groups--) this.parts.push('</g>');
  }

  private opacity(): string {
    return this.globalAlpha === 1 ? '' : ` opacity="${n(this.globalAlpha)}"`;
  }
}

/** Hundredths of a pixel are enough for any screen or print. */
function n(v: number): string {
  return String(Math.round(v * 100) / 100);
}

function escaped(text: string): string {
  return (
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      // Characters that XML cannot hold at all.
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
  );
}
