// A run's colour is the same on every visit and in every chart. Eight colours of the theme come first; further runs
// take hues between them, told apart by a dash as well, and always by name.

export interface RunColour {
  /** A custom property of the theme, 1 to 8; 0 means `hue`. */
  readonly slot: number;
  readonly hue: number; // Degrees of OKLCH; lightness and chroma come from the theme.
  readonly dash: number; // 0 is a solid line; others index `dashes`.
}

/** Patterns in pixels, by RunColour.dash. */
export const dashes: readonly (readonly number[])[] = [[], [7, 3], [2, 3], [9, 3, 2, 3]];

/** The slot of what is no run, such as the mean of all. */
export const neutralSlot = -1;

const themeColours = 8;
// The golden angle: any number of hues in a row stay far from their neighbours.
const goldenAngle = 137.50776405;

/** The colour of the run that was `index`th to be seen. */
export function runColour(index: number): RunColour {
  if (index < themeColours) return {slot: index + 1, hue: 0, dash: 0};
  const n = index - themeColours;
  return {slot: 0, hue: (25 + n * goldenAngle) % 360, dash: 1 + (Math.floor(n / 8) % 3)};
}

/** Colours for `names`: those known keep theirs, new ones take the next free number, in the order given. */
export function assignColours(
  known: ReadonlyMap<string, number>,
  names: readonly string[],
): Map<string, number> {
  const result = new Map(known);
  let next = result.size === 0 ? 0 : Math.max(...result.values()) + 1;
  for (const name of names) {
    if (!result.has(name)) result.set(name, next++);
  }
  return result;
}

/** How a run's colour is written in a style: a token, so that a change of theme needs no new style. */
export function cssColour(colour: RunColour): string {
  if (colour.slot === neutralSlot) return 'var(--text-2)';
  return colour.slot > 0
    ? `var(--c${colour.slot})`
    : `oklch(var(--c-l) var(--c-c) ${colour.hue.toFixed(1)})`;
}
