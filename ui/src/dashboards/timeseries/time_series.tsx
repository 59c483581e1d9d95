import {useCallback, useEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {RefObject} from 'preact';
import type {Tag} from '../../api/types';
import {movedBy, movedTo} from '../../base/arrange';
import {compareNatural} from '../../base/natural';
import {parseTextFilter} from '../../base/text_filter';
import {
  areTablesTall,
  cardWidth,
  readOrder,
  savedPins,
  savesPins,
  writeOrder,
} from '../../state/chart_prefs';
import {customKey, customName, histogramOfKey} from '../../state/chart_view';
import {useBoard} from '../../widgets/context';
import {CardGrid, type CardSection} from '../../widgets/card_grid';
import {EmptyState, Snippet, scalarSnippets} from '../../widgets/states';
import {words} from '../../words/words';
import type {ChartSpec} from './chart_lines';
import {chartSections, type ChartSection} from './chart_sections';
import {LineCard} from './line_card';
import {ToolBar} from './tool_bar';

const chartHeight = 232;
const wideHeight = 462;
const tableHeight = 132;
const tallTableHeight = 320;
// A pinned chart has two cards: keys say which, whatever the tag is called.
const pinnedPrefix = 'p:';
const plainPrefix = 't:';

const cardOfTag = (tag: string): string => plainPrefix + tag;
const chartOf = (card: string): string => card.slice(pinnedPrefix.length);

/** One card for each scalar tag, in sections by prefix; pinned ones first. */
export function TimeSeries({filterRef}: {readonly filterRef: RefObject<HTMLInputElement | null>}) {
  const board = useBoard();
  const t = words.value;
  const loadableTags = board.server.tags.value;
  const {pinned, wide, custom, selection, axis, kinds} = board.view.value;
  const drawn = board.drawnRuns.value;
  const tagFilter = board.settledTagFilter.value;
  const logdir = board.server.status.value?.logdir ?? '';
  const [order, setOrder] = useState(() => readOrder(logdir));
  useEffect(() => setOrder(readOrder(logdir)), [logdir]);
  const tags = useMemo(
    () =>
      new Map(
        (loadableTags.kind === 'ready' ? loadableTags.value : [])
          .filter((tag) => tag.kind === 'scalars')
          .map((tag) => [tag.tag, tag]),
      ),
    [loadableTags],
  );
  const histogramTags = useMemo(
    () =>
      kinds === 'scalars' || loadableTags.kind !== 'ready'
        ? []
        : loadableTags.value.filter((tag) => tag.kind === 'histograms'),
    [loadableTags, kinds],
  );
  const histograms = useMemo(() => {
    const names = new Map<string, readonly string[]>();
    for (const tag of histogramTags) {
      const has = new Set(tag.runs);
      const runs = drawn.filter((run) => has.has(run.id)).map((run) => run.name);
      if (runs.length > 0) names.set(tag.tag, runs);
    }
    return names;
  }, [histogramTags, drawn]);
  const HistogramCard = useHistogramCard(kinds !== 'scalars');
  const natural = useMemo(
    () => [...tags.values()].sort((a, b) => compareNatural(a.tag, b.tag)),
    [tags],
  );
  const names = useMemo(() => natural.map((tag) => tag.tag), [natural]);
  const specs = useSpecs(tags, custom);
  const sections = useMemo(
    () =>
      chartSections({
        tags: kinds === 'histograms' ? [] : [...tags.keys()],
        histograms,
        custom: kinds === 'histograms' ? [] : custom,
        pinned,
        filter: parseTextFilter(tagFilter),
        order,
      }),
    [tags, histograms, kinds, custom, pinned, tagFilter, order],
  );
  const gridSections = useMemo<CardSection[]>(
    () =>
      sections.map((section) => ({
        key: section.key,
        label: labelOf(section, t),
        cards: section.charts.map(
          (key) => (section.kind === 'pinned' ? pinnedPrefix : plainPrefix) + key,
        ),
        ...(section.kind === 'pinned' && {
          action: {text: t.unpinAll, run: () => board.update({pinned: []}), testId: 'unpin-all'},
        }),
      })),
    [sections, t],
  );

  const latest = useRef({sections, order, logdir});
  latest.current = {sections, order, logdir};
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
  const move = useCallback(
    (card: string, places: number) => rearrange(card, (list, key) => movedBy(list, key, places)),
    [rearrange],
  );
  const drop = useCallback(
    (card: string, target: string) =>
      rearrange(card, (list, key) => movedTo(list, key, chartOf(target))),
    [rearrange],
  );

  const render = useCallback(
    (card: string) => {
      const histogram = histogramOfKey(chartOf(card));
      if (histogram !== undefined) {
        const run = drawn.find((r) => r.name === histogram[0]);
        const tag = histogramTags.find((h) => h.tag === histogram[1]);
        return run === undefined || tag === undefined || HistogramCard === undefined ? null : (
          <HistogramCard key={card} tag={tag} run={run} cardKey={card} />
        );
      }
      const spec = specs(chartOf(card));
      return spec === undefined ? null : (
        <LineCard key={card} spec={spec} cardKey={card} allTags={natural} move={move} />
      );
    },
    [specs, natural, move, drawn, histogramTags, HistogramCard],
  );
  const isWide = useCallback((card: string) => wide.has(card), [wide]);
  const charts = useCallback((): readonly ChartSpec[] => {
    const keys = new Set(sections.flatMap((section) => section.charts));
    return [...keys].flatMap((key) => specs(key) ?? []);
  }, [sections, specs]);
  usePinsKept();

  if (loadableTags.kind === 'ready' && tags.size === 0 && kinds === 'scalars') {
    return (
      <EmptyState title={t.emptyTabTitle(t.timeSeries)}>
        <p>{t.scalarsHelp}</p>
        <Snippet snippets={scalarSnippets} />
      </EmptyState>
    );
  }
  const extra =
    selection !== undefined && axis === 'step'
      ? areTablesTall.value
        ? tallTableHeight
        : tableHeight
      : 0;
  return (
    <div class={areTablesTall.value ? 'fl-tall-tables' : ''}>
      <ToolBar filterRef={filterRef} tags={natural} names={names} charts={charts} />
      {loadableTags.kind === 'ready' && sections.length === 0 ? (
        <EmptyState title={t.noTagMatches} testId="no-match">
          <p>{t.noTagMatchesWhy(tagFilter)}</p>
          <button type="button" class="fl-button" onClick={() => board.update({tagFilter: ''})}>
            {t.clearFilter}
          </button>
        </EmptyState>
      ) : (
        <CardGrid
          sections={gridSections}
          leastWidth={cardWidth.value}
          cardHeight={chartHeight + extra}
          wideHeight={wideHeight + extra}
          isWide={isWide}
          cardOfTag={cardOfTag}
          render={render}
          drop={drop}
        />
      )}
    </div>
  );
}

function labelOf(section: ChartSection, t: typeof words.value): string {
  switch (section.kind) {
    case 'pinned':
      return t.pinned;
    case 'custom':
      return t.ownCharts;
    case 'found':
      return t.matching;
    case 'tags':
      return section.name === '' ? t.scalars : section.name;
  }
}

/** What the chart of a key shows; the same object for as long as it shows the same. */
function useSpecs(
  tags: ReadonlyMap<string, Tag>,
  custom: readonly {readonly name: string; readonly tags: readonly string[]}[],
): (key: string) => ChartSpec | undefined {
  return useMemo(() => {
    const known = new Map<string, ChartSpec>();
    const byName = new Map(custom.map((chart) => [customKey(chart.name), chart]));
    return (key) => {
      const before = known.get(key);
      if (before !== undefined) return before;
      const chart = byName.get(key);
      const tag = tags.get(key);
      const spec: ChartSpec | undefined =
        chart !== undefined
          ? {
              key,
              title: customName(key),
              tags: chart.tags.flatMap((name) => tags.get(name) ?? []),
              isCustom: true,
            }
          : tag !== undefined
            ? {key, title: tag.tag, tags: [tag], isCustom: false}
            : undefined;
      if (spec !== undefined) known.set(key, spec);
      return spec;
    };
  }, [tags, custom]);
}

type HistogramCardType = (typeof import('../histograms/histogram_card'))['HistogramCard'];

/** The card of histograms, whose script comes when it is first wanted. */
function useHistogramCard(isWanted: boolean): HistogramCardType | undefined {
  const [card, setCard] = useState<HistogramCardType | undefined>(undefined);
  useEffect(() => {
    if (isWanted && card === undefined)
      void import('../histograms/histogram_card').then((module) =>
        setCard(() => module.HistogramCard),
      );
  }, [isWanted, card]);
  return card;
}

/** Pins come back on the next visit, unless the address brings its own. */
function usePinsKept(): void {
  const board = useBoard();
  const {pinned} = board.view.value;
  const isFirst = useRef(true);
  useEffect(() => {
    if (!savesPins.peek()) return;
    if (isFirst.current) {
      isFirst.current = false;
      if (pinned.length === 0 && savedPins.peek().length > 0) {
        board.update({pinned: savedPins.peek()});
        return;
      }
      if (pinned.length > 0) return; // A link of someone else does not replace what was kept.
    }
    savedPins.value = pinned;
  }, [pinned]);
}
