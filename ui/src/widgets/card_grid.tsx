// Sections of cards, of which only those in view exist. All heights are known beforehand, so nothing moves when data come.

import {useEffect, useLayoutEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {VNode} from 'preact';
import {formatCount} from '../base/format';
import {columnsFor, itemsBetween, layoutGrid, type GridItem} from '../base/layout';
import {toggled} from '../state/view';
import {useBoard} from './context';
import {useIdle, useScrollTop, useSize, windowHeight} from './hooks';
import {ChevronIcon} from './icons';

export interface CardSection {
  readonly key: string; // Also names it for opening and closing.
  readonly label: string;
  readonly cards: readonly string[];
  /** What can be done with all of them, at the end of its heading. */
  readonly action?: {readonly text: string; readonly run: () => void; readonly testId: string};
}

interface CardGridProps {
  readonly sections: readonly CardSection[];
  readonly leastWidth?: number; // Of a card, in pixels.
  readonly cardHeight: number;
  readonly wideHeight: number;
  readonly isWide: (card: string) => boolean;
  /** The card to scroll to when a tag is jumped to. */
  readonly cardOfTag?: (tag: string) => string;
  /** A card that is so many pixels wide. */
  readonly render: (card: string, width: number) => VNode | null;
  /** A card was dragged by its head to where `target` stands. */
  readonly drop?: (card: string, target: string) => void;
}

const gap = 12;
const usualLeastWidth = 320;
const headerHeight = 32;
const sectionGap = 6;
const usualOverscan = 260;
const mostPrinted = 400;
const jumpMargin = 90; // Leaves the tool bar and the section's name in view.

export function CardGrid({
  sections,
  leastWidth = usualLeastWidth,
  cardHeight,
  wideHeight,
  isWide,
  cardOfTag,
  render,
  drop,
}: CardGridProps) {
  const board = useBoard();
  const scroller = board.scroller.value;
  const [ref, size] = useSize<HTMLDivElement>(true);
  const scrollTop = useScrollTop(scroller, 60);
  const [offset, setOffset] = useState(0);
  const closed = board.closedSections.value;
  // Cards just out of view come when those in view are on their way.
  const overscan = useIdle() ? usualOverscan : 0;

  useLayoutEffect(() => {
    // What stands above the grid inside the scroller: the tool bar, which may wrap.
    const element = ref.current;
    if (element !== null) setOffset(element.offsetTop);
  }, [size, scroller]);

  const width = size?.width ?? 0;
  const columns = columnsFor(width, Math.min(leastWidth, width), gap);
  const layout = useMemo(
    () =>
      layoutGrid(
        sections.map((s) => ({key: s.key, cards: s.cards, isOpen: !closed.has(s.key)})),
        {
          columns,
          cardWidth: (width - (columns - 1) * gap) / columns,
          cardHeight,
          wideHeight,
          headerHeight,
          gap,
          sectionGap,
        },
        isWide,
      ),
    [sections, closed, columns, width, cardHeight, wideHeight, isWide],
  );
  const jump = board.jump.value;
  useLayoutEffect(() => {
    if (jump === undefined || scroller === null || width === 0) return;
    const found = layout.items.find(
      (item) => item.kind === 'card' && cardOfTag?.(jump) === item.card,
    );
    if (found === undefined) return;
    board.jump.value = undefined;
    scroller.scrollTop = Math.max(0, offset + found.top - jumpMargin);
    requestAnimationFrame(() => {
      const cell = [...(ref.current?.querySelectorAll<HTMLElement>('[data-tag]') ?? [])].findLast(
        (e) => e.dataset['tag'] === jump,
      );
      cell?.querySelector<HTMLElement>('.fl-chart')?.focus();
    });
  }, [jump, layout, scroller, width, offset]);
  const byKey = useMemo(() => new Map(sections.map((s) => [s.key, s])), [sections]);
  const dragged = useRef<string | undefined>(undefined);
  const [target, setTarget] = useState<string | undefined>(undefined);
  const sectionOf = (card: string): string | undefined =>
    sections.find((s) => s.cards.includes(card))?.key;
  const mayDrop = (card: string): boolean =>
    drop !== undefined &&
    dragged.current !== undefined &&
    dragged.current !== card &&
    sectionOf(dragged.current) === sectionOf(card);
  const from = scrollTop - offset - overscan;
  const inView = (): GridItem[] =>
    width === 0 ? [] : itemsBetween(layout, from, from + windowHeight() + 2 * overscan);
  const visible = board.isPrinting.value ? layout.items.slice(0, mostPrinted) : inView();

  const made = useRef(new Map<string, {render: unknown; width: number; cell: VNode | null}>());
  /** The same element for as long as it would be: then scrolling renders only the cards that come. */
  const cellOf = (card: string, cardWidth: number): VNode | null => {
    const known = made.current.get(card);
    if (known?.render === render && known.width === cardWidth) return known.cell;
    const cell = render(card, cardWidth);
    made.current.set(card, {render, width: cardWidth, cell});
    return cell;
  };
  useEffect(() => {
    const kept = new Set(visible.flatMap((item) => (item.kind === 'card' ? [item.card] : [])));
    for (const card of made.current.keys()) if (!kept.has(card)) made.current.delete(card);
  });

  return (
    <div class="fl-grid" ref={ref} style={{height: `${layout.height + 16}px`}}>
      {visible.map((item) => {
        if (item.kind === 'card') {
          const {card, left, top, height} = item;
          return (
            <div
              key={card}
              class={`fl-cell ${target === card ? 'fl-drop-target' : ''}`}
              onDragStart={(event) => {
                dragged.current = card;
                event.dataTransfer?.setData('text/plain', card.slice(2));
              }}
              onDragEnd={() => {
                dragged.current = undefined;
                setTarget(undefined);
              }}
              onDragOver={(event) => {
                if (!mayDrop(card)) return;
                event.preventDefault();
                setTarget(card);
              }}
              onDrop={(event) => {
                if (!mayDrop(card)) return;
                event.preventDefault();
                drop?.(dragged.current ?? card, card);
                dragged.current = undefined;
                setTarget(undefined);
              }}
              style={{
                left: `${left}px`,
                top: `${top}px`,
                width: `${item.width}px`,
                height: `${height}px`,
              }}
            >
              {cellOf(card, item.width)}
            </div>
          );
        }
        const section = byKey.get(item.section);
        if (section === undefined) return null;
        const isOpen = !closed.has(section.key);
        return (
          <h2 key={`section ${section.key}`} class="fl-section-head" style={{top: `${item.top}px`}}>
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
            {section.action !== undefined && (
              <button
                type="button"
                class="fl-link fl-section-action"
                data-testid={section.action.testId}
                onClick={section.action.run}
              >
                {section.action.text}
              </button>
            )}
          </h2>
        );
      })}
    </div>
  );
}
