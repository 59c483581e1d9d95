// Charts side by side as one picture: each with its title, what it draws and the names that go with it.

import type {RunColour} from '../base/run_colours';
import type {Ink} from './ink';
import {gutterFor, plotBox, type Underlay} from './line_chart';
import {paintAxes} from './line_axes';
import type {LineModel} from './line_model';
import {paintLines} from './line_paint';
import {OutlinePen} from './line_pen';
import {dashOf, type Palette} from './palette';

export interface PictureName {
  readonly name: string;
  readonly colour: RunColour;
}

export interface Picture {
  readonly title: string;
  readonly names: readonly PictureName[];
  /** Draws the chart into a box of this size, from (0, 0). */
  readonly paint: (ink: Ink, width: number, height: number, palette: Palette) => void;
}

/** A line chart as a picture; `underlay` draws what lies behind its lines. */
export function linePicture(title: string, model: LineModel, underlay?: Underlay): Picture {
  return {
    title,
    names: model.series,
    paint(ink, width, height, palette) {
      const box = plotBox(width, height, gutterFor(ink, model, height));
      paintAxes(ink, model, box, palette);
      underlay?.(ink, model, box, palette);
      paintLines(ink, new OutlinePen(ink), model, box, palette, new Set());
    },
  };
}

type Measure = (text: string, font: string) => number;

const family =
  'system-ui, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const titleFont = `550 13px ${family}`;
const nameFont = `11px ${family}`;
const pad = 14;
const titleHeight = 26;
const chartHeight = 300;
const rowHeight = 17;
const swatch = 16;
const mostNames = 60;
const mostColumns = 3;

interface Name {
  readonly of: PictureName;
  readonly x: number;
  readonly row: number;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** Names in rows that are no wider than the picture. */
function namesOf(picture: Picture, width: number, measure: Measure): Name[] {
  const names: Name[] = [];
  let x = pad;
  let row = 0;
  for (const of of picture.names.slice(0, mostNames)) {
    const needed = swatch + 6 + measure(of.name, nameFont) + 14;
    if (x > pad && x + needed > width - pad) {
      x = pad;
      row++;
    }
    names.push({of, x, row});
    x += needed;
  }
  return names;
}

function heightOf(picture: Picture, width: number, measure: Measure): number {
  const names = namesOf(picture, width, measure);
  const rows = (names.at(-1)?.row ?? -1) + 1 + (picture.names.length > mostNames ? 1 : 0);
  return pad + titleHeight + chartHeight + 10 + rows * rowHeight + pad;
}

function columnsOf(pictures: readonly Picture[]): number {
  return Math.max(1, Math.min(mostColumns, pictures.length));
}

/** Rows of pictures: each as high as its highest. */
function rowsOf(
  pictures: readonly Picture[],
  width: number,
  measure: Measure,
): {pictures: readonly Picture[]; height: number}[] {
  const columns = columnsOf(pictures);
  const rows = [];
  for (let i = 0; i < pictures.length; i += columns) {
    const part = pictures.slice(i, i + columns);
    rows.push({
      pictures: part,
      height: Math.max(...part.map((p) => heightOf(p, width, measure))),
    });
  }
  return rows;
}

export function pictureSize(
  pictures: readonly Picture[],
  width: number,
  measure: Measure,
): PictureSize {
  return {
    width: columnsOf(pictures) * width,
    height: Math.max(
      1,
      rowsOf(pictures, width, measure).reduce((sum, row) => sum + row.height, 0),
    ),
  };
}

/** `width`: of one chart; `more` tells how many names were left out. */
export function paintPicture(
  ink: Ink,
  pictures: readonly Picture[],
  width: number,
  palette: Palette,
  measure: Measure,
  more: (n: number) => string,
): void {
  const size = pictureSize(pictures, width, measure);
  ink.fillStyle = palette.surface;
  ink.fillRect(0, 0, size.width, size.height);
  let top = 0;
  for (const row of rowsOf(pictures, width, measure)) {
    row.pictures.forEach((picture, column) => {
      ink.save();
      ink.translate(column * width, top);
      paintOne(ink, picture, width, palette, measure, more);
      ink.restore();
    });
    top += row.height;
  }
}

function paintOne(
  ink: Ink,
  picture: Picture,
  width: number,
  palette: Palette,
  measure: Measure,
  more: (n: number) => string,
): void {
  ink.font = titleFont;
  ink.fillStyle = palette.text;
  ink.textAlign = 'left';
  ink.textBaseline = 'alphabetic';
  ink.fillText(picture.title, pad, pad + 12);
  ink.save();
  ink.translate(pad, pad + titleHeight);
  picture.paint(ink, width - 2 * pad, chartHeight, palette);
  ink.restore();
  const names = namesOf(picture, width, measure);
  const y = (row: number): number => pad + titleHeight + chartHeight + 20 + row * rowHeight;
  ink.font = nameFont;
  ink.textAlign = 'left';
  ink.textBaseline = 'middle';
  ink.lineWidth = 2;
  for (const {of, x, row} of names) {
    ink.strokeStyle = palette.run(of.colour);
    ink.setLineDash([...dashOf(of.colour)]);
    ink.beginPath();
    ink.moveTo(x, y(row));
    ink.lineTo(x + swatch, y(row));
    ink.stroke();
    ink.setLineDash([]);
    ink.fillStyle = palette.text2;
    ink.fillText(of.name, x + swatch + 6, y(row));
  }
  const left = picture.names.length - names.length;
  if (left > 0) {
    ink.fillStyle = palette.text3;
    ink.fillText(more(left), pad, y((names.at(-1)?.row ?? -1) + 1));
  }
}
