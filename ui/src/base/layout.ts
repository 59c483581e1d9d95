// Which cards lie where on the page: one flat list of rows whose heights are known before any card is drawn, so
// that only the rows in view exist, and nothing moves when data arrive.

export type GridRow =
  | {
      readonly kind: 'header';
      readonly section: string;
      readonly top: number;
      readonly height: number;
    }
  | {
      readonly kind: 'cards';
      readonly section: string;
      readonly cards: readonly string[];
      readonly top: number;
      readonly height: number;
    };

export interface GridSection {
  readonly key: string;
  readonly cards: readonly string[];
  readonly isOpen: boolean;
}

export interface GridMetrics {
  readonly columns: number;
  readonly headerHeight: number;
  readonly rowHeight: number; // With the gap below it.
  readonly wideRowHeight: number; // Of a card that takes the whole width.
  readonly sectionGap: number;
}

/** As many columns as fit when each is at least `least` wide. */
export function columnsFor(width: number, least: number, gap: number): number {
  return Math.max(1, Math.floor((width + gap) / (least + gap)));
}

export function layoutGrid(
  sections: readonly GridSection[],
  metrics: GridMetrics,
  isWide: (card: string) => boolean,
): GridRow[] {
  const rows: GridRow[] = [];
  let top = 0;
  for (const section of sections) {
    rows.push({kind: 'header', section: section.key, top, height: metrics.headerHeight});
    top += metrics.headerHeight;
    if (section.isOpen) {
      let line: string[] = [];
      const push = (cards: readonly string[], height: number): void => {
        rows.push({kind: 'cards', section: section.key, cards, top, height});
        top += height;
      };
      for (const card of section.cards) {
        if (isWide(card)) {
          if (line.length > 0) push(line, metrics.rowHeight);
          line = [];
          push([card], metrics.wideRowHeight);
          continue;
        }
        line.push(card);
        if (line.length === metrics.columns) {
          push(line, metrics.rowHeight);
          line = [];
        }
      }
      if (line.length > 0) push(line, metrics.rowHeight);
    }
    top += metrics.sectionGap;
  }
  return rows;
}

/** Height of everything. */
export function gridHeight(rows: readonly GridRow[], metrics: GridMetrics): number {
  const last = rows.at(-1);
  return last === undefined ? 0 : last.top + last.height + metrics.sectionGap;
}

/** The rows that touch [from, to). */
export function rowsBetween(rows: readonly GridRow[], from: number, to: number): GridRow[] {
  let lo = 0;
  let hi = rows.length;
  while (lo < hi) {
    const mid = (lo + hi) >>> 1;
    const row = rows[mid];
    if (row !== undefined && row.top + row.height <= from) lo = mid + 1;
    else hi = mid;
  }
  const found: GridRow[] = [];
  for (let i = lo; i < rows.length; i++) {
    const row = rows[i];
    if (row === undefined || row.top >= to) break;
    found.push(row);
  }
  return found;
}
