// The filters above the run list and the cards: a regular expression that matches anywhere, whatever the case.

export type TextFilter =
  | {readonly kind: 'all'}
  | {readonly kind: 'pattern'; readonly matches: (text: string) => boolean}
  | {
      readonly kind: 'invalid';
      readonly message: string;
      readonly matches: (text: string) => boolean;
    };

/**
 * What `text` filters by. An invalid expression, such as one that is still being typed, matches as plain text, so that
 * the list stays useful; the caller shows `message`.
 */
export function parseTextFilter(text: string): TextFilter {
  if (text === '') return {kind: 'all'};
  try {
    const pattern = new RegExp(text, 'i');
    return {kind: 'pattern', matches: (s) => pattern.test(s)};
  } catch (error) {
    const needle = text.toLowerCase();
    return {
      kind: 'invalid',
      message: error instanceof Error ? error.message : String(error),
      matches: (s) => s.toLowerCase().includes(needle),
    };
  }
}

export function matchesFilter(filter: TextFilter, text: string): boolean {
  return filter.kind === 'all' || filter.matches(text);
}
