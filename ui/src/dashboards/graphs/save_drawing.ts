// The whole drawing as a file, as it is open now, whatever part is in view. Looks are written into the elements: a file
// has no style sheet of ours.

import type {Scene} from '../../base/graph_scene';
import {saveFile} from '../../widgets/save_file';

const margin = 24;
const pngScale = 3;
const mostPngPixels = 100e6;
const looks = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-opacity',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'visibility',
] as const;

function withLooks(source: Element, copy: Element): void {
  const style = getComputedStyle(source);
  for (const name of looks) {
    const value = style.getPropertyValue(name);
    if (value !== '') copy.setAttribute(name, value);
  }
  for (const name of ['class', 'tabindex', 'role', 'data-testid']) copy.removeAttribute(name);
  [...source.children].forEach((child, i) => {
    const same = copy.children[i];
    if (same !== undefined) withLooks(child, same);
  });
}

function svgOf(layer: SVGGElement, scene: Scene): string {
  const copy = layer.cloneNode(true);
  if (!(copy instanceof SVGGElement)) return '';
  layer.classList.remove('fl-far');
  withLooks(layer, copy);
  copy.removeAttribute('transform');
  const ground = getComputedStyle(layer).getPropertyValue('--surface');
  const box = `${-margin} ${-margin} ${scene.width + 2 * margin} ${scene.height + 2 * margin}`;
  const text = new XMLSerializer().serializeToString(copy);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${box}" width="${scene.width + 2 * margin}" ` +
    `height="${scene.height + 2 * margin}"><rect x="${-margin}" y="${-margin}" width="100%" height="100%" ` +
    `fill="${ground}"/>${text}</svg>`
  );
}

export function saveSvg(name: string, layer: SVGGElement, scene: Scene): void {
  saveFile(`${name}.svg`, new Blob([svgOf(layer, scene)], {type: 'image/svg+xml'}));
}

export async function savePng(name: string, layer: SVGGElement, scene: Scene): Promise<void> {
  const width = scene.width + 2 * margin;
  const height = scene.height + 2 * margin;
  const scale = Math.min(pngScale, Math.sqrt(mostPngPixels / (width * height)));
  const image = new Image();
  const url = URL.createObjectURL(new Blob([svgOf(layer, scene)], {type: 'image/svg+xml'}));
  try {
    image.src = url;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.ceil(width * scale);
    canvas.height = Math.ceil(height * scale);
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'));
    if (blob !== null) saveFile(`${name}.png`, blob);
  } finally {
    URL.revokeObjectURL(url);
  }
}
