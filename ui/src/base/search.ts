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
