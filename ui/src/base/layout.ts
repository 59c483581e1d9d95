// Which cards lie where on the page: every place is known before any card is drawn, so that only cards in view exist, a
// card keeps its place when others come and go, and nothing moves when data arrive.

export interface GridSection {
  readonly key: string;
  readonly cards: readonly string[];
  readonly isOpen: boolean;
}

export interface GridMetrics {
  readonly columns: number;
  readonly cardWidth: number;
  readonly cardHeight: number;
  readonly wideHeight: number; // Of a card that takes the whole width.
  readonly headerHeight: number;
  readonly gap: number;
  readonly sectionGap: number;
}

export type GridItem =
  | {
      readonly kind: 'header';
      readonly section: string;
      readonly top: number;
      readonly height: number;
    }
  | {
      readonly kind: 'card';
      readonly card: string;
      readonly left: number;
      readonly top: number;
      readonly width: number;
      readonly height: number;
    };

export interface GridLayout {
  readonly items: readonly GridItem[]; // From the top down.
  readonly height: number;
  readonly highest: number; // Of any item: tops are in order, bottoms are not quite.
}

/** As many columns as fit when each is at least `least` wide. */
export function columnsFor(width: number, least: number, gap: number): number {
  return Math.max(1, Math.floor((width + gap) / (least + gap)));
}

export function layoutGrid(
  sections: readonly GridSection[],
  metrics: GridMetrics,
  isWide: (card: string) => boolean,
): GridLayout {
  const {columns, cardWidth, cardHeight, wideHeight, headerHeight, gap, sectionGap} = metrics;
  const wholeWidth = columns * cardWidth + (columns - 1) * gap;
  const items: GridItem[] = [];
  let top = 0;
  for (const section of sections) {
    items.push({kind: 'header', section: section.key, top, height: headerHeight});
    top += headerHeight;
    if (section.isOpen) {
      let column = 0;
      for (const card of section.cards) {
        const wide = isWide(card);
        if (column > 0 && (wide || column === columns)) {
          column = 0;
          top += cardHeight + gap;
        }
        if (wide) {
          items.push({kind: 'card', card, left: 0, top, width: wholeWidth, height: wideHeight});
          top += wideHeight + gap;
          continue;
        }
        const left = column * (cardWidth + gap);
        items.push({kind: 'card', card, left, top, width: cardWidth, height: cardHeight});
        column++;
      }
      if (column > 0) top += cardHeight + gap;
    }
    top += sectionGap;
  }
  return {items, height: top, highest: Math.max(headerHeight, cardHeight, wideHeight)};
}

/** The items that touch [from, to). */
export function itemsBetween(layout: GridLayout, from: number, to: number): GridItem[] {
  const {items} = layout;
  let lo = 0;
  let hi = items.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    if ((items[mid]?.top ?? 0) + layout.highest <= from) lo = mid + 1;
    else hi = mid;
  }
  const found: GridItem[] = [];
  for (let i = lo; i < items.length; i++) {
    const item = items[i];
    if (item === undefined || item.top >= to) break;
    if (item.top + item.height > from) found.push(item);
  }
  return found;
}
