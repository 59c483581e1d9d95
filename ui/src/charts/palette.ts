// The theme's colours as a canvas needs them: resolved texts, read from the tokens once for each theme.

import {dashes, neutralSlot, type RunColour} from '../base/run_colours';

export interface Palette {
  readonly text: string;
  readonly text2: string;
  readonly text3: string;
  readonly grid: string;
  readonly lineStrong: string;
  readonly surface: string;
  readonly accent: string;
  readonly run: (colour: RunColour) => string;
  /** A shade of a run's colour, from 0 (earliest) to 1 (latest). */
  readonly shade: (colour: RunColour, t: number) => string;
}

/** Reads the tokens that hold for `root` now. */
export function readPalette(root: Element): Palette {
  const style = getComputedStyle(root);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const slots = Array.from({length: 8}, (_, i) => token(`--c${i + 1}`));
  const lightness = token('--c-l');
  const chroma = token('--c-c');
  const surface = token('--surface');
  const text2 = token('--text-2');
  const run = (colour: RunColour): string =>
    colour.slot === neutralSlot
      ? text2
      : colour.slot > 0
        ? (slots[colour.slot - 1] ?? '')
        : `oklch(${lightness} ${chroma} ${colour.hue.toFixed(1)})`;
  return {
    text: token('--text'),
    text2: token('--text-2'),
    text3: token('--text-3'),
    grid: token('--grid'),
    lineStrong: token('--line-strong'),
    surface,
    accent: token('--accent'),
    run,
    shade: (colour, t) =>
      `color-mix(in oklch, ${run(colour)} ${Math.round(35 + 65 * t)}%, ${surface})`,
  };
}

export function dashOf(colour: RunColour): readonly number[] {
  return dashes[colour.dash] ?? [];
}
