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

export function sectionsOf(tags: readonly string[]): Section[] {
  const byName = new Map<string, string[]>();
  for (const tag of tags) {
    const name = tagPrefix(tag);
    const known = byName.get(name);
    if (known === undefined) byName.set(name, [tag]);
    else known.push(tag);
  }
  return [...byName]
    .sort(([a], [b]) => compareNatural(a, b))
    .map(([name, list]) => ({name, tags: list.sort(compareNatural)}));
}
