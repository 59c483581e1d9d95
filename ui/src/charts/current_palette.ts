// The palette of the theme the document wears now, for canvases.

import {signal, type ReadonlySignal} from '@preact/signals';
import {readPalette, type Palette} from './palette';

const current = signal<Palette>(readPalette(document.documentElement));

export const palette: ReadonlySignal<Palette> = current;

/** After the document's theme changed. */
export function refreshPalette(): void {
  current.value = readPalette(document.documentElement);
}
