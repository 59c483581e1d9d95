// Sections of cards, of which only those in view exist. All heights are known beforehand, so nothing moves when data come.

import {useLayoutEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {ComponentChildren} from 'preact';
import {formatCount} from '../base/format';
import {columnsFor, gridHeight, layoutGrid, rowsBetween} from '../base/layout';
import {toggled} from '../state/view';
import {useBoard} from './context';
import {useScrollTop, useSize} from './hooks';
import {ChevronIcon} from './icons';

export interface CardSection {
  readonly key: string; // Also names it for opening and closing.
  readonly label: string;
  readonly cards: readonly string[];
}

interface CardGridProps {
  readonly sections: readonly CardSection[];
  readonly cardHeight: number;
  readonly wideHeight: number;
  readonly isWide: (card: string) => boolean;
  readonly render: (card: string) => ComponentChildren;
}

const gap = 12;
const leastCardWidth = 320;
const headerHeight = 32;
const overscan = 260;

export function CardGrid({sections, cardHeight, wideHeight, isWide, render}: CardGridProps) {
  const board = useBoard();
  const scroller = board.scroller.value;
  const [ref, size] = useSize<HTMLDivElement>();
  const scrollTop = useScrollTop(scroller, 60);
  const [offset, setOffset] = useState(0);
  const closed = board.closedSections.value;
  const viewHeight = useRef(0);
  viewHeight.current = scroller?.clientHeight ?? innerHeight;

  useLayoutEffect(() => {
    // What stands above the grid inside the scroller: the tool bar, which may wrap.
    const element = ref.current;
    if (element !== null) setOffset(element.offsetTop);
  }, [size, scroller]);

  const width = size?.width ?? 0;
  const columns = columnsFor(width, Math.min(leastCardWidth, width), gap);
  const metrics = useMemo(
    () => ({
      columns,
      headerHeight,
      rowHeight: cardHeight + gap,
      wideRowHeight: wideHeight + gap,
      sectionGap: 6,
    }),
    [columns, cardHeight, wideHeight],
  );
  const rows = useMemo(
    () =>
      layoutGrid(
        sections.map((s) => ({key: s.key, cards: s.cards, isOpen: !closed.has(s.key)})),
        metrics,
        isWide,
      ),
    [sections, closed, metrics, isWide],
  );
  const byKey = useMemo(() => new Map(sections.map((s) => [s.key, s])), [sections]);
  const visible =
    width === 0
      ? []
      : rowsBetween(
          rows,
          scrollTop - offset - overscan,
          scrollTop - offset + viewHeight.current + overscan,
        );

  return (
    <div class="fl-grid" ref={ref} style={{height: `${gridHeight(rows, metrics) + 16}px`}}>
      {visible.map((row) => {
        const section = byKey.get(row.section);
        if (section === undefined) return null;
        if (row.kind === 'header') {
          const isOpen = !closed.has(section.key);
          return (
            <h2 key={`h${section.key}`} class="fl-section-head" style={{top: `${row.top}px`}}>
              <button
                type="button"
                class={isOpen ? 'fl-open' : ''}
                aria-expanded={isOpen}
                onClick={() => (board.closedSections.value = toggled(closed, section.key))}
              >
                <ChevronIcon />
                <b dir="auto">{section.label}</b>
                <small>{formatCount(section.cards.length)}</small>
              </button>
            </h2>
          );
        }
        return (
          <div
            key={`c${section.key}|${row.cards[0] ?? ''}`}
            class="fl-card-row"
            style={{top: `${row.top}px`, '--columns': columns}}
          >
            {row.cards.map((card) => render(card))}
          </div>
        );
      })}
    </div>
  );
}
