import {useMemo, useState} from 'preact/hooks';
import type {RefObject} from 'preact';
import {matchesFilter, parseTextFilter} from '../../base/text_filter';
import {useBoard} from '../../widgets/context';
import {FilterField} from '../../widgets/controls';
import {words} from '../../words/words';

const mostSuggested = 25;

interface TagFilterProps {
  readonly tags: readonly string[]; // In the order they are offered.
  readonly filterRef: RefObject<HTMLInputElement | null>;
}

/** The filter above the cards, with the tags that match below it while it has the focus. */
export function TagFilter({tags, filterRef}: TagFilterProps) {
  const board = useBoard();
  const t = words.value;
  const text = board.view.value.tagFilter;
  const [isOpen, setOpen] = useState(false);
  const [chosen, choose] = useState(-1);
  const matches = useMemo(() => {
    if (text === '' || !isOpen) return [];
    const filter = parseTextFilter(text);
    return tags.filter((tag) => matchesFilter(filter, tag));
  }, [tags, text, isOpen]);
  const shown = matches.slice(0, mostSuggested);
  // A list that only repeats what is typed helps nobody.
  const isListed =
    isOpen && shown.length > 0 && !(shown.length === 1 && quoted(shown[0] ?? '') === text);

  const set = (tagFilter: string): void => {
    board.update({tagFilter});
    board.scroller.peek()?.scrollTo(0, 0);
  };
  const take = (tag: string): void => {
    set(quoted(tag));
    setOpen(false);
    choose(-1);
  };

  return (
    <div
      class="fl-suggest"
      onFocusOut={(event) => {
        const next = event.relatedTarget;
        if (!(next instanceof Node) || !event.currentTarget.contains(next)) setOpen(false);
      }}
      onKeyDownCapture={(event) => {
        if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
          event.preventDefault();
          setOpen(true);
          const step = event.key === 'ArrowDown' ? 1 : -1;
          choose(Math.max(-1, Math.min(shown.length - 1, chosen + step)));
        } else if (event.key === 'Enter' && isListed) {
          const tag = shown[chosen];
          if (tag !== undefined) take(tag);
          setOpen(false);
        } else if (event.key === 'Escape' && isListed) {
          // Browsers empty a search field by this key.
          event.preventDefault();
          event.stopPropagation();
          setOpen(false);
        }
      }}
    >
      <FilterField
        label={t.filterTags}
        value={text}
        change={(value) => {
          setOpen(true);
          choose(-1);
          set(value);
        }}
        class="fl-tag-filter"
        testId="tag-filter"
        hint="/"
        inputRef={filterRef}
      />
      {isListed && (
        <ul
          class="fl-suggestions"
          role="listbox"
          tabIndex={0}
          aria-label={t.tagsThatMatch}
          data-testid="suggestions"
        >
          {shown.map((tag, i) => (
            <li
              key={tag}
              role="option"
              aria-selected={i === chosen}
              class={i === chosen ? 'fl-chosen' : ''}
              // Before the field loses its focus.
              onPointerDown={(event) => {
                event.preventDefault();
                take(tag);
              }}
            >
              <bdi>{tag}</bdi>
            </li>
          ))}
          {matches.length > shown.length && (
            <li class="fl-quiet" role="presentation">
              {t.moreTags(matches.length - shown.length)}
            </li>
          )}
        </ul>
      )}
    </div>
  );
}

/** An expression that matches exactly this text. */
function quoted(tag: string): string {
  return `^${tag.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`;
}
