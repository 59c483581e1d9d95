// The order of cards: in their section by drag or keys, kept by log directory; pinned ones in the address.

import {useCallback, useEffect, useRef, useState} from 'preact/hooks';
import {movedBy, movedTo} from '../../base/arrange';
import {readOrder, writeOrder} from '../../state/chart_prefs';
import {customKey} from '../../state/chart_view';
import type {CardSection} from '../../widgets/card_grid';
import {useBoard} from '../../widgets/context';
import type {Words} from '../../words/en';
import type {ChartSection} from './chart_sections';

// A pinned chart has two cards: keys say which, whatever the tag is called.
const pinnedPrefix = 'p:';
const plainPrefix = 't:';

export const cardOfTag = (tag: string): string => plainPrefix + tag;
export const chartOf = (card: string): string => card.slice(pinnedPrefix.length);

export interface CardOrder {
  readonly order: ReadonlyMap<string, readonly string[]>; // By section.
  /** Tells what is on the page now. */
  readonly follow: (sections: readonly ChartSection[]) => void;
  readonly move: (card: string, places: number) => void;
  readonly drop: (card: string, target: string) => void;
}

export function useCardOrder(): CardOrder {
  const board = useBoard();
  const logdir = board.server.status.value?.logdir ?? '';
  const [order, setOrder] = useState(() => readOrder(logdir));
  useEffect(() => setOrder(readOrder(logdir)), [logdir]);
  const latest = useRef({sections: [] as readonly ChartSection[], order, logdir});
  latest.current = {...latest.current, order, logdir};
  const rearrange = useCallback(
    (card: string, change: (list: readonly string[], key: string) => string[]) => {
      const key = chartOf(card);
      const isPin = card.startsWith(pinnedPrefix);
      const section = latest.current.sections.find(
        (s) => (s.kind === 'pinned') === isPin && s.charts.includes(key),
      );
      if (section === undefined || section.kind === 'found') return;
      const list = change(section.charts, key);
      const view = board.view.peek();
      if (section.kind === 'pinned') {
        // Pins that wait for their tag keep their place at the end.
        board.update({pinned: [...list, ...view.pinned.filter((p) => !list.includes(p))]});
      } else if (section.kind === 'custom') {
        const byKey = new Map(view.custom.map((chart) => [customKey(chart.name), chart]));
        board.update({custom: list.flatMap((k) => byKey.get(k) ?? [])});
      } else {
        const changed = new Map(latest.current.order).set(section.key, list);
        setOrder(changed);
        writeOrder(latest.current.logdir, changed);
      }
    },
    [board],
  );
  return {
    order,
    follow: (sections) => (latest.current = {...latest.current, sections}),
    move: useCallback(
      (card: string, places: number) => rearrange(card, (list, key) => movedBy(list, key, places)),
      [rearrange],
    ),
    drop: useCallback(
      (card: string, target: string) =>
        rearrange(card, (list, key) => movedTo(list, key, chartOf(target))),
      [rearrange],
    ),
  };
}

/** The sections as the grid takes them. */
export function gridSectionsOf(
  sections: readonly ChartSection[],
  labels: {readonly words: Words; readonly ungrouped: string; readonly unpinAll: () => void},
): CardSection[] {
  const {words, ungrouped, unpinAll} = labels;
  return sections.map((section) => ({
    key: section.key,
    label: labelOf(section, words, ungrouped),
    cards: section.charts.map(
      (key) => (section.kind === 'pinned' ? pinnedPrefix : plainPrefix) + key,
    ),
    ...(section.kind === 'pinned' && {
      action: {text: words.unpinAll, run: unpinAll, testId: 'unpin-all'},
    }),
  }));
}

function labelOf(section: ChartSection, t: Words, ungrouped: string): string {
  switch (section.kind) {
    case 'pinned':
      return t.pinned;
    case 'custom':
      return t.ownCharts;
    case 'found':
      return t.matching;
    case 'tags':
      return section.name === '' ? ungrouped : section.name;
  }
}
