import {useCallback, useMemo} from 'preact/hooks';
import type {RefObject} from 'preact';
import type {Tag} from '../../api/types';
import {sectionsOf, ungrouped} from '../../base/sections';
import {matchesFilter, parseTextFilter} from '../../base/text_filter';
import type {BoardRun} from '../../state/board';
import type {HistogramMode} from '../../state/view';
import {CardGrid, type CardSection} from '../../widgets/card_grid';
import {useBoard} from '../../widgets/context';
import {FilterField, Segments} from '../../widgets/controls';
import {EmptyState, Snippet, histogramSnippets} from '../../widgets/states';
import {words} from '../../words/words';
import {HistogramCard} from './histogram_card';

const cardHeight = 272;
const wideHeight = 502;

/** One card for each histogram tag and shown run. */
export function Histograms({filterRef}: {readonly filterRef: RefObject<HTMLInputElement | null>}) {
  const board = useBoard();
  const t = words.value;
  const loadable = board.server.tags.value;
  const view = board.view.value;
  const drawn = board.drawnRuns.value;
  const tagFilter = board.settledTagFilter.value;
  const tags = useMemo(
    () =>
      (loadable.kind === 'ready' ? loadable.value : []).filter((tag) => tag.kind === 'histograms'),
    [loadable],
  );
  const {sections, cards} = useMemo(() => {
    const byTag = new Map(tags.map((tag) => [tag.tag, tag]));
    const found = new Map<string, {tag: Tag; run: BoardRun}>();
    const filter = parseTextFilter(tagFilter);
    const list: CardSection[] = [];
    for (const section of sectionsOf(
      [...byTag.keys()].filter((tag) => matchesFilter(filter, tag)),
    )) {
      const keys: string[] = [];
      for (const name of section.tags) {
        const tag = byTag.get(name);
        if (tag === undefined) continue;
        const has = new Set(tag.runs);
        for (const run of drawn) {
          if (!has.has(run.id)) continue;
          const key = `h:${run.name}|${name}`;
          found.set(key, {tag, run});
          keys.push(key);
        }
      }
      if (keys.length > 0)
        list.push({
          key: `h:${section.name}`,
          label: section.name === ungrouped ? t.histograms : section.name,
          cards: keys,
        });
    }
    return {sections: list, cards: found};
  }, [tags, drawn, tagFilter, t]);
  const render = useCallback(
    (key: string) => {
      const card = cards.get(key);
      return card === undefined ? null : (
        <HistogramCard key={key} tag={card.tag} run={card.run} cardKey={key} />
      );
    },
    [cards],
  );
  const isWide = useCallback((key: string) => view.wide.has(key), [view.wide]);
  const modes: readonly (readonly [HistogramMode, string])[] = [
    ['offset', t.offset],
    ['overlay', t.overlay],
  ];

  if (loadable.kind === 'ready' && tags.length === 0) {
    return (
      <EmptyState title={t.emptyTabTitle(t.histograms)}>
        <p>{t.histogramsHelp}</p>
        <Snippet snippets={histogramSnippets} />
      </EmptyState>
    );
  }
  return (
    <>
      <div class="fl-bar" role="toolbar" aria-label={t.histograms}>
        <FilterField
          label={t.filterTags}
          value={view.tagFilter}
          change={(tagFilter) => board.update({tagFilter})}
          class="fl-tag-filter"
          testId="tag-filter"
          hint="/"
          inputRef={filterRef}
        />
        <Segments
          label={t.histogramMode}
          value={view.histogramMode}
          options={modes}
          choose={(histogramMode) => board.update({histogramMode})}
        />
      </div>
      {loadable.kind === 'ready' && sections.length === 0 ? (
        drawn.length === 0 ? (
          <EmptyState title={t.noRunShown} testId="no-run">
            <p>{t.noRunShownWhy}</p>
          </EmptyState>
        ) : (
          <EmptyState title={t.noTagMatches} testId="no-match">
            <p>{t.noTagMatchesWhy(view.tagFilter)}</p>
          </EmptyState>
        )
      ) : (
        <CardGrid
          sections={sections}
          cardHeight={cardHeight}
          wideHeight={wideHeight}
          isWide={isWide}
          render={render}
        />
      )}
    </>
  );
}
