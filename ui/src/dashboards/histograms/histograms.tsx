import {useCallback, useMemo} from 'preact/hooks';
import type {RefObject} from 'preact';
import {compareNatural} from '../../base/natural';
import {parseTextFilter} from '../../base/text_filter';
import {areTablesTall, cardWidth} from '../../state/chart_prefs';
import {CardGrid} from '../../widgets/card_grid';
import {useBoard} from '../../widgets/context';
import {EmptyState, Snippet, histogramSnippets} from '../../widgets/states';
import {words} from '../../words/words';
import {chartOf, gridSectionsOf, useCardOrder} from '../timeseries/card_order';
import {chartSections} from '../timeseries/chart_sections';
import {HistogramCard} from './histogram_card';
import type {HistogramSpec} from './histogram_drawing';
import {useHistogramSpecs} from './histogram_specs';
import {HistogramBar} from './histogram_bar';

const cardHeight = 272;
const wideHeight = 502;
const tableHeight = 132;
const tallTableHeight = 320;

/** Cards of histograms, one for each tag and run or one for all runs of a tag, in sections by prefix; pinned ones first. */
export function Histograms({filterRef}: {readonly filterRef: RefObject<HTMLInputElement | null>}) {
  const board = useBoard();
  const t = words.value;
  const loadable = board.server.tags.value;
  const {wide, pinned, histogramRuns, selection, axis, tagFilter} = board.view.value;
  const drawn = board.drawnRuns.value;
  const settledFilter = board.settledTagFilter.value;
  const {order, follow, move, drop} = useCardOrder();
  const tags = useMemo(
    () =>
      (loadable.kind === 'ready' ? loadable.value : []).filter((tag) => tag.kind === 'histograms'),
    [loadable],
  );
  const tagNames = useMemo(() => tags.map((tag) => tag.tag).sort(compareNatural), [tags]);
  const specs = useHistogramSpecs(tags, drawn, histogramRuns);
  const sections = useMemo(
    () =>
      chartSections({
        tags: [],
        histograms: specs.names,
        custom: [],
        pinned,
        filter: parseTextFilter(settledFilter),
        order,
      }),
    [specs, pinned, settledFilter, order],
  );
  follow(sections);
  const gridSections = useMemo(
    () =>
      gridSectionsOf(sections, {
        words: t,
        ungrouped: t.histograms,
        unpinAll: () =>
          board.update({
            pinned: board.view.peek().pinned.filter((key) => specs.of(key) === undefined),
          }),
      }),
    [sections, specs, t],
  );
  const render = useCallback(
    (card: string, width: number) => {
      const spec = specs.of(chartOf(card));
      return spec === undefined ? null : (
        <HistogramCard key={card} spec={spec} cardKey={card} width={width} move={move} />
      );
    },
    [specs, move],
  );
  const isWide = useCallback((card: string) => wide.has(card), [wide]);
  const charts = useCallback((): readonly HistogramSpec[] => {
    const keys = new Set(sections.flatMap((section) => section.charts));
    return [...keys].flatMap((key) => specs.of(key) ?? []);
  }, [sections, specs]);

  if (loadable.kind === 'ready' && tags.length === 0) {
    return (
      <EmptyState title={t.emptyTabTitle(t.histograms)}>
        <p>{t.histogramsHelp}</p>
        <Snippet snippets={histogramSnippets} />
      </EmptyState>
    );
  }
  const extra =
    selection === undefined || axis !== 'step'
      ? 0
      : areTablesTall.value
        ? tallTableHeight
        : tableHeight;
  return (
    <div class={areTablesTall.value ? 'fl-tall-tables' : ''}>
      <HistogramBar filterRef={filterRef} names={tagNames} charts={charts} />
      {loadable.kind === 'ready' && sections.length === 0 ? (
        drawn.length === 0 ? (
          <EmptyState title={t.noRunShown} testId="no-run">
            <p>{t.noRunShownWhy}</p>
          </EmptyState>
        ) : (
          <EmptyState title={t.noTagMatches} testId="no-match">
            <p>{t.noTagMatchesWhy(tagFilter)}</p>
            <button type="button" class="fl-button" onClick={() => board.update({tagFilter: ''})}>
              {t.clearFilter}
            </button>
          </EmptyState>
        )
      ) : (
        <CardGrid
          sections={gridSections}
          leastWidth={cardWidth.value}
          cardHeight={cardHeight + extra}
          wideHeight={wideHeight + extra}
          isWide={isWide}
          render={render}
          drop={drop}
        />
      )}
    </div>
  );
}
