import {useCallback, useEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {RefObject} from 'preact';
import type {Tag} from '../../api/types';
import type {BoardRun} from '../../state/board';
import {compareNatural} from '../../base/natural';
import {parseTextFilter} from '../../base/text_filter';
import {
  areTablesTall,
  cardWidth,
  hidesEmptyCharts,
  savedPins,
  savesPins,
} from '../../state/chart_prefs';
import {customKey, customName, imageOfKey} from '../../state/chart_view';
import {useBoard} from '../../widgets/context';
import {CardGrid} from '../../widgets/card_grid';
import {EmptyState, Snippet, scalarSnippets} from '../../widgets/states';
import {words} from '../../words/words';
import {useHistogramSpecs} from '../histograms/histogram_specs';
import {cardOfTag, chartOf, gridSectionsOf, useCardOrder} from './card_order';
import type {ChartSpec} from './chart_lines';
import {chartSections} from './chart_sections';
import {LineCard} from './line_card';
import {ToolBar} from './tool_bar';

const chartHeight = 232;
const wideHeight = 462;
const tableHeight = 132;
const tallTableHeight = 320;

/** One card for each scalar tag, in sections by prefix; pinned ones first. */
export function TimeSeries({filterRef}: {readonly filterRef: RefObject<HTMLInputElement | null>}) {
  const board = useBoard();
  const t = words.value;
  const loadableTags = board.server.tags.value;
  const {pinned, wide, custom, selection, axis, histogramRuns} = board.view.value;
  const drawn = board.drawnRuns.value;
  const tagFilter = board.settledTagFilter.value;
  const {order, follow, move, drop} = useCardOrder();
  const tags = useMemo(
    () =>
      new Map(
        (loadableTags.kind === 'ready' ? loadableTags.value : [])
          .filter((tag) => tag.kind === 'scalars')
          .map((tag) => [tag.tag, tag]),
      ),
    [loadableTags],
  );
  const hidesEmpty = hidesEmptyCharts.value;
  const empty = useMemo(
    () => emptyTags(hidesEmpty ? tags : new Map(), drawn),
    [hidesEmpty, tags, drawn],
  );
  const isWithoutScalars = loadableTags.kind === 'ready' && tags.size === 0;
  const hasOthers = board.tagsOf('histograms').length + board.tagsOf('images').length > 0;
  // Logs without a scalar show what there is.
  const kinds = isWithoutScalars && hasOthers ? 'all' : board.view.value.kinds;
  const shows = (kind: string): boolean => kinds === 'all' || kinds === kind;
  const histogramTags = useTagsOf('histograms', shows('histograms'));
  const imageTags = useTagsOf('images', shows('images'));
  const histograms = useHistogramSpecs(histogramTags, drawn, histogramRuns);
  const images = useMemo(() => runsByTag(imageTags, drawn), [imageTags, drawn]);
  const HistogramCard = useLazyCard(shows('histograms'), loadHistogramCard);
  const ImageCard = useLazyCard(shows('images'), loadImageCard);
  const natural = useMemo(
    () => [...tags.values()].sort((a, b) => compareNatural(a.tag, b.tag)),
    [tags],
  );
  const names = useMemo(() => natural.map((tag) => tag.tag), [natural]);
  const specs = useSpecs(tags, custom);
  const sections = useMemo(
    () =>
      chartSections({
        tags: shows('scalars') ? [...tags.keys()] : [],
        histograms: histograms.names,
        images,
        custom: shows('scalars') ? custom : [],
        empty,
        pinned,
        filter: parseTextFilter(tagFilter),
        order,
      }),
    [tags, histograms, images, kinds, custom, empty, pinned, tagFilter, order],
  );
  follow(sections);
  const gridSections = useMemo(
    () =>
      gridSectionsOf(sections, {
        words: t,
        ungrouped: t.scalars,
        unpinAll: () => board.update({pinned: []}),
      }),
    [sections, t],
  );

  const render = useCallback(
    (card: string, width: number) => {
      const histogram = histograms.of(chartOf(card));
      if (histogram !== undefined) {
        return HistogramCard === undefined ? null : (
          <HistogramCard key={card} spec={histogram} cardKey={card} width={width} move={move} />
        );
      }
      const image = imageOfKey(chartOf(card));
      if (image !== undefined) {
        const run = drawn.find((r) => r.name === image[0]);
        const tag = imageTags.find((i) => i.tag === image[1]);
        return run === undefined || tag === undefined || ImageCard === undefined ? null : (
          <ImageCard key={card} tag={tag} run={run} chartKey={chartOf(card)} cardKey={card} />
        );
      }
      const spec = specs(chartOf(card));
      return spec === undefined ? null : (
        <LineCard
          key={card}
          spec={spec}
          cardKey={card}
          width={width}
          allTags={natural}
          move={move}
        />
      );
    },
    [specs, natural, move, drawn, histograms, HistogramCard, imageTags, ImageCard],
  );
  const isWide = useCallback((card: string) => wide.has(card), [wide]);
  const charts = useCallback((): readonly ChartSpec[] => {
    const keys = new Set(sections.flatMap((section) => section.charts));
    return [...keys].flatMap((key) => specs(key) ?? []);
  }, [sections, specs]);
  usePinsKept();

  if (isWithoutScalars && kinds === 'scalars') {
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

/** The tags of another kind than line charts show; none while they are not wanted. */
function useTagsOf(kind: string, isWanted: boolean): readonly Tag[] {
  const board = useBoard();
  const tags = board.server.tags.value;
  return useMemo(() => (isWanted ? board.tagsOf(kind) : []), [tags, kind, isWanted]);
}

const none: ReadonlySet<string> = new Set();

/** The tags that no drawn run has; none while no run is drawn at all, so that the page stays what it is. */
function emptyTags(
  tags: ReadonlyMap<string, Tag>,
  drawn: readonly BoardRun[],
): ReadonlySet<string> {
  if (drawn.length === 0) return none;
  const ids = new Set(drawn.map((run) => run.id));
  // Thousands of tags share one list of runs (decodeTags).
  const known = new Map<readonly number[], boolean>();
  const empty = new Set<string>();
  for (const {tag, runs} of tags.values()) {
    let isEmpty = known.get(runs);
    if (isEmpty === undefined) known.set(runs, (isEmpty = !runs.some((id) => ids.has(id))));
    if (isEmpty) empty.add(tag);
  }
  return empty.size === 0 ? none : empty;
}

/** The names of the drawn runs that have each tag. */
function runsByTag(
  tags: readonly Tag[],
  drawn: readonly BoardRun[],
): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const tag of tags) {
    const has = new Set(tag.runs);
    const runs = drawn.filter((run) => has.has(run.id)).map((run) => run.name);
    if (runs.length > 0) names.set(tag.tag, runs);
  }
  return names;
}

const loadHistogramCard = async () => (await import('../histograms/histogram_card')).HistogramCard;
const loadImageCard = async () => (await import('../images/image_card')).ImageCard;

/** A card whose script comes when it is first wanted. */
function useLazyCard<C>(isWanted: boolean, load: () => Promise<C>): C | undefined {
  const [card, setCard] = useState<C | undefined>(undefined);
  useEffect(() => {
    if (isWanted && card === undefined) void load().then((loaded) => setCard(() => loaded));
  }, [isWanted, card, load]);
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
