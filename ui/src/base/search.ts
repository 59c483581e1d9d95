// Finds things by a few letters: every word of the query must occur in the text; at the start of a name or of one of its
// parts counts more than in the middle, a short text more than a long one.

export interface Found<T> {
  readonly item: T;
  readonly score: number;
}

function scoreWord(text: string, word: string): number {
  let best = 0;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = at === 0 ? '' : text.charAt(at - 1);
    const score = at === 0 ? 4 : /[\s/_.:-]/.test(before) ? 3 : 1;
    if (score > best) best = score;
    if (best === 4) break;
  }
  return best;
}

/** The best `most` of `items` by the text that `textOf` gives, best first; equals stay in their order. */
export function search<T>(
  items: readonly T[],
  query: string,
  textOf: (item: T) => string,
  most: number,
): T[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const found: Found<T>[] = [];
  for (const item of items) {
    const text = textOf(item).toLowerCase();
    let score = 0;
    for (const word of words) {
      const part = scoreWord(text, word);
      if (part === 0) {
        score = -1;
        break;
      }
      score += part;
    }
    if (score < 0) continue;
    found.push({item, score: score * 1000 - Math.min(999, text.length)});
  }
  // Without a query nothing is better than its order.
  if (words.length > 0) found.sort((a, b) => b.score - a.score);
  return found.slice(0, most).map((f) => f.item);
}

/** The `most` names nearest to `name` in spelling, nearest first; none that has nothing to do with it. */
export function closestNames(name: string, names: Iterable<string>, most: number): string[] {
  const wanted = name.toLowerCase();
  const near: {name: string; distance: number}[] = [];
  for (const candidate of new Set(names)) {
    const text = candidate.toLowerCase();
    const isPart = wanted.length > 1 && (text.includes(wanted) || wanted.includes(text));
    // `acr` is near `accuracy/eval`: the beginning of each part counts too.
    const parts = wanted.length < 3 ? [] : text.split('/');
    const beginnings = parts.map((part) => part.slice(0, wanted.length));
    const distance = isPart
      ? 1
      : Math.min(...[text, ...beginnings].map((part) => editDistance(wanted, part)));
    if (isPart || distance <= Math.max(1, Math.floor(wanted.length / 3)))
      near.push({name: candidate, distance});
  }
  near.sort((a, b) => a.distance - b.distance || a.name.length - b.name.length);
  return near.slice(0, most).map((n) => n.name);
}

/** Insertions, deletions and replacements that make `b` of `a`. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return 4;
  let row = Array.from({length: b.length + 1}, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(
        Math.min(
          (next[j - 1] ?? 0) + 1,
          (row[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + Number(a.charAt(i - 1) !== b.charAt(j - 1)),
        ),
      );
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
