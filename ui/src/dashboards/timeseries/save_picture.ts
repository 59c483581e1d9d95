// Charts as picture files.

import {palette} from '../../charts/current_palette';
import {paintPicture, pictureSize, type Picture} from '../../charts/picture';
import type {Palette} from '../../charts/palette';
import {SvgInk} from '../../charts/svg_ink';
import {words} from '../../words/words';
import {saveFile} from '../../widgets/save_file';

export type PictureFormat = 'png' | 'svg';

export const pictureWidth = 640; // Of one chart, in pixels.

/** Saves charts side by side. */
export function savePicture(
  pictures: readonly Picture[],
  name: string,
  format: PictureFormat,
): void {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', {willReadFrequently: true});
  if (pen === null) return;
  const more = words.peek().more;
  const measure = (text: string, font: string): number => {
    pen.font = font;
    return pen.measureText(text).width;
  };
  const size = pictureSize(pictures, pictureWidth, measure);
  if (format === 'svg') {
    const ink = new SvgInk(size.width, size.height, measure);
    // Programs that open SVG files know no OKLCH.
    paintPicture(ink, pictures, pictureWidth, plainColours(palette.peek(), pen), measure, more);
    saveFile(`${name}.svg`, new Blob([ink.text()], {type: 'image/svg+xml'}));
    return;
  }
  const ratio = 2;
  canvas.width = size.width * ratio;
  canvas.height = size.height * ratio;
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  paintPicture(pen, pictures, pictureWidth, palette.peek(), measure, more);
  canvas.toBlob((blob) => {
    if (blob !== null) saveFile(`${name}.png`, blob);
  }, 'image/png');
}

/** The palette in #rrggbb. */
function plainColours(colours: Palette, pen: CanvasRenderingContext2D): Palette {
  const plain = (colour: string): string => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0] = pen.getImageData(0, 0, 1, 1).data;
    return `#${[r, g, b].map((v) => v.toString(16).padStart(2, '0')).join('')}`;
  };
  return {
    text: plain(colours.text),
    text2: plain(colours.text2),
    text3: plain(colours.text3),
    grid: plain(colours.grid),
    lineStrong: plain(colours.lineStrong),
    surface: plain(colours.surface),
    accent: plain(colours.accent),
    run: (colour) => plain(colours.run(colour)),
    shade: (colour, t) => plain(colours.shade(colour, t)),
  };
}
