// Cards grouped by the text before the first slash, in natural order.

import {compareNatural} from './natural';

export interface Section {
  readonly name: string;
  readonly tags: readonly string[];
}

/** The group of a tag: `loss/train` is in `loss`, `lr` in `lr`. */
export function tagPrefix(tag: string): string {
  const slash = tag.indexOf('/');
  return slash <= 0 ? tag : tag.slice(0, slash);
}

/** The name of the section of tags that have no prefix of their own and none in common with others. */
export const ungrouped = '';

export function sectionsOf(tags: readonly string[]): Section[] {
  const byName = new Map<string, string[]>();
  const alone: string[] = [];
  for (const tag of tags) {
    const name = tagPrefix(tag);
    if (name === tag) {
      alone.push(tag);
      continue;
    }
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [tag]);
    else known.push(tag);
  }
  // A tag without a slash joins the group of its name, such as `loss` beside `loss/l2`; the rest stand together first,
  // because a heading for each would be all headings.
  const rest: string[] = [];
  for (const tag of alone) (byName.get(tag) ?? rest).push(tag);
  const named = [...byName]
    .sort(([a], [b]) => compareNatural(a, b))
    .map(([name, list]) => ({name, tags: list.sort(compareNatural)}));
  return rest.length === 0 ? named : [{name: ungrouped, tags: rest.sort(compareNatural)}, ...named];
}
