// Which charts stand in which section, in which order.

import {arranged} from '../../base/arrange';
import {sectionsOf, ungrouped} from '../../base/sections';
import {matchesFilter, type TextFilter} from '../../base/text_filter';
import {customKey, histogramKey, imageKey, type CustomChart} from '../../state/chart_view';

export interface ChartSection {
  readonly key: string; // Also names it for opening, closing and ordering.
  readonly kind: 'pinned' | 'custom' | 'tags' | 'found';
  readonly name: string; // The prefix of its tags; empty where they have none.
  readonly charts: readonly string[]; // Keys.
}

export interface SectionsInput {
  readonly tags: readonly string[];
  /** Runs' names by histogram tag; empty where histograms are not shown. */
  readonly histograms: ReadonlyMap<string, readonly string[]>;
  /** The same for images. */
  readonly images?: ReadonlyMap<string, readonly string[]>;
  readonly custom: readonly CustomChart[];
  /** Tags whose line charts would be empty: they are left out, unless pinned. */
  readonly empty?: ReadonlySet<string>;
  readonly pinned: readonly string[];
  readonly filter: TextFilter;
  readonly order: ReadonlyMap<string, readonly string[]>; // By section key.
}

export function chartSections({
  tags,
  histograms,
  images = new Map(),
  custom,
  empty = new Set(),
  pinned,
  filter,
  order,
}: SectionsInput): ChartSection[] {
  const isScalar = new Set(tags);
  const everyTag = [...new Set([...tags, ...histograms.keys(), ...images.keys()])];
  /** The cards of a tag: its line chart, then its histograms and images run by run. */
  const cardsOf = (tag: string): string[] => [
    ...(isScalar.has(tag) && !empty.has(tag) ? [tag] : []),
    ...(histograms.get(tag) ?? []).map((run) => histogramKey(run, tag)),
    ...(images.get(tag) ?? []).map((run) => imageKey(run, tag)),
  ];
  if (filter.kind !== 'all') {
    const made = custom.filter(
      (chart) =>
        matchesFilter(filter, chart.name) || chart.tags.some((tag) => matchesFilter(filter, tag)),
    );
    const found = sectionsOf(everyTag.filter((tag) => matchesFilter(filter, tag))).flatMap(
      (section) => section.tags.flatMap(cardsOf),
    );
    const charts = [...made.map((chart) => customKey(chart.name)), ...found];
    return charts.length === 0 ? [] : [{key: 'found:', kind: 'found', name: '', charts}];
  }
  const list: ChartSection[] = [];
  // A pin whose tag is not there yet waits until it is.
  const known = new Set(
    pinned.length === 0
      ? []
      : [...tags, ...everyTag.flatMap(cardsOf), ...custom.map((chart) => customKey(chart.name))],
  );
  const pins = pinned.filter((key) => known.has(key));
  if (pins.length > 0) list.push({key: 'p:', kind: 'pinned', name: '', charts: pins});
  if (custom.length > 0)
    list.push({
      key: 'c:',
      kind: 'custom',
      name: '',
      charts: custom.map((chart) => customKey(chart.name)),
    });
  for (const section of sectionsOf(everyTag)) {
    const key = `s:${section.name}`;
    const cards = section.tags.flatMap(cardsOf);
    if (cards.length === 0) continue;
    list.push({
      key,
      kind: 'tags',
      name: section.name === ungrouped ? '' : section.name,
      charts: arranged(cards, order.get(key) ?? []),
    });
  }
  return list;
}
