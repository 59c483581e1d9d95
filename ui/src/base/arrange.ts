// The order of a list whose items a person has moved about: those in `order` as it says, new ones after the item that
// stands before them by nature.

export function arranged(natural: readonly string[], order: readonly string[]): string[] {
  if (order.length === 0) return [...natural];
  const here = new Set(natural);
  const result = order.filter((item) => here.has(item));
  const known = new Set(result);
  let before: string | undefined;
  for (const item of natural) {
    if (!known.has(item)) {
      const at = before === undefined ? 0 : result.indexOf(before) + 1;
      result.splice(at, 0, item);
      known.add(item);
    }
    before = item;
  }
  return result;
}

/** The list with `item` where `target` stands; the others close up. */
export function movedTo(list: readonly string[], item: string, target: string): string[] {
  const from = list.indexOf(item);
  const to = list.indexOf(target);
  if (from < 0 || to < 0 || from === to) return [...list];
  const result = list.filter((other) => other !== item);
  result.splice(to, 0, item);
  return result;
}

/** The list with `item` moved by so many places, as far as it goes. */
export function movedBy(list: readonly string[], item: string, places: number): string[] {
  const from = list.indexOf(item);
  if (from < 0) return [...list];
  const target = list[Math.max(0, Math.min(list.length - 1, from + places))];
  return target === undefined ? [...list] : movedTo(list, item, target);
}
