import {useCallback, useMemo} from 'preact/hooks';
import type {RefObject} from 'preact';
import {sectionsOf, ungrouped} from '../../base/sections';
import {matchesFilter, parseTextFilter} from '../../base/text_filter';
import {useBoard} from '../../widgets/context';
import {CardGrid, type CardSection} from '../../widgets/card_grid';
import {EmptyState, Snippet, scalarSnippets} from '../../widgets/states';
import {words} from '../../words/words';
import {LineCard} from './line_card';
import {ToolBar} from './tool_bar';

const chartHeight = 232;
const wideHeight = 462;
// A pinned tag has two cards: keys say which, whatever the tag is called.
const pinnedPrefix = 'p:';
const plainPrefix = 't:';

const cardOfTag = (tag: string): string => plainPrefix + tag;

/** One card for each scalar tag, in sections by prefix; pinned ones first. */
export function TimeSeries({filterRef}: {readonly filterRef: RefObject<HTMLInputElement | null>}) {
  const board = useBoard();
  const t = words.value;
  const loadableTags = board.server.tags.value;
  const {pinned, wide} = board.view.value;
  const tagFilter = board.settledTagFilter.value;
  const tags = useMemo(
    () =>
      new Map(
        (loadableTags.kind === 'ready' ? loadableTags.value : [])
          .filter((tag) => tag.kind === 'scalars')
          .map((tag) => [tag.tag, tag]),
      ),
    [loadableTags],
  );
  const sections = useMemo<CardSection[]>(() => {
    const list: CardSection[] = [];
    const filter = parseTextFilter(tagFilter);
    const pins = pinned.filter((tag) => tags.has(tag));
    if (filter.kind === 'all') {
      if (pins.length > 0)
        list.push({
          key: pinnedPrefix,
          label: t.pinned,
          cards: pins.map((tag) => pinnedPrefix + tag),
        });
      for (const section of sectionsOf([...tags.keys()]))
        list.push({
          key: `s:${section.name}`,
          label: section.name === ungrouped ? t.scalars : section.name,
          cards: section.tags.map((tag) => plainPrefix + tag),
        });
      return list;
    }
    const found = sectionsOf([...tags.keys()].filter((tag) => matchesFilter(filter, tag))).flatMap(
      (s) => s.tags.map((tag) => plainPrefix + tag),
    );
    return found.length === 0 ? [] : [{key: 'found:', label: t.matching, cards: found}];
  }, [tags, tagFilter, pinned, t]);

  const render = useCallback(
    (card: string) => {
      const tag = tags.get(card.slice(pinnedPrefix.length));
      return tag === undefined ? null : <LineCard key={card} tag={tag} cardKey={card} />;
    },
    [tags],
  );
  const isWide = useCallback((card: string) => wide.has(card), [wide]);

  if (loadableTags.kind === 'ready' && tags.size === 0) {
    return (
      <EmptyState title={t.emptyTabTitle(t.timeSeries)}>
        <p>{t.scalarsHelp}</p>
        <Snippet snippets={scalarSnippets} />
      </EmptyState>
    );
  }
  return (
    <>
      <ToolBar filterRef={filterRef} />
      {loadableTags.kind === 'ready' && sections.length === 0 ? (
        <EmptyState title={t.noTagMatches} testId="no-match">
          <p>{t.noTagMatchesWhy(tagFilter)}</p>
          <button type="button" class="fl-button" onClick={() => board.update({tagFilter: ''})}>
            {t.clearFilter}
          </button>
        </EmptyState>
      ) : (
        <CardGrid
          sections={sections}
          cardHeight={chartHeight}
          wideHeight={wideHeight}
          isWide={isWide}
          cardOfTag={cardOfTag}
          render={render}
        />
      )}
    </>
  );
}
