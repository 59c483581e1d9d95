import {useMemo, useState} from 'preact/hooks';
import type {Tag} from '../../api/types';
import {matchesFilter, parseTextFilter} from '../../base/text_filter';
import {customKey, withCustom, type CustomChart} from '../../state/chart_view';
import {toggled} from '../../state/view';
import {useBoard} from '../../widgets/context';
import {FilterField} from '../../widgets/controls';
import {PopoverButton} from '../../widgets/popover';
import {words} from '../../words/words';

const mostListed = 200;

/** A button that makes a chart of several tags. */
export function NewChart({tags}: {readonly tags: readonly Tag[]}) {
  const t = words.value;
  return (
    <PopoverButton
      label={t.newChart}
      class="fl-button"
      face={t.newChart}
      hasWords
      testId="new-chart"
    >
      {(close) => <ChartBuilder tags={tags} close={close} />}
    </PopoverButton>
  );
}

interface ChartBuilderProps {
  readonly tags: readonly Tag[];
  readonly chart?: CustomChart; // The one that changes; a new one when left out.
  readonly close: () => void;
}

export function ChartBuilder({tags, chart, close}: ChartBuilderProps) {
  const board = useBoard();
  const t = words.value;
  const [name, setName] = useState(chart?.name ?? '');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(() => new Set(chart?.tags ?? []));
  const [text, setText] = useState('');
  const found = useMemo(() => {
    const filter = parseTextFilter(text);
    return tags.map((tag) => tag.tag).filter((tag) => matchesFilter(filter, tag));
  }, [tags, text]);
  const usualName = [...chosen].slice(0, 3).join(', ') + (chosen.size > 3 ? ', …' : '');

  const save = (): void => {
    if (chosen.size === 0) return;
    const made = {name: name.trim() === '' ? usualName : name.trim(), tags: [...chosen]};
    const change = withCustom(board.view.peek(), chart?.name, made);
    board.update(change);
    if (chart === undefined) {
      const last = change.custom?.at(-1);
      board.update({tagFilter: ''});
      if (last !== undefined) board.jump.value = customKey(last.name);
    }
    close();
  };

  return (
    <form
      class="fl-builder"
      data-testid="chart-builder"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <input
        type="text"
        class="fl-input"
        placeholder={usualName === '' ? t.chartName : usualName}
        aria-label={t.chartName}
        value={name}
        data-testid="chart-name"
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <FilterField label={t.filterTags} value={text} change={setText} testId="builder-filter" />
      <ul>
        {found.slice(0, mostListed).map((tag) => (
          <li key={tag}>
            <label class="fl-check-option">
              <input
                type="checkbox"
                checked={chosen.has(tag)}
                onChange={() => setChosen(toggled(chosen, tag))}
              />
              <bdi>{tag}</bdi>
            </label>
          </li>
        ))}
      </ul>
      {found.length > mostListed && <p class="fl-quiet">{t.moreTags(found.length - mostListed)}</p>}
      <div class="fl-builder-foot">
        <span class="fl-quiet">{t.tagsChosen(chosen.size)}</span>
        <button
          type="button"
          class="fl-link"
          disabled={text === '' || found.length === 0 || found.length > mostListed}
          onClick={() => setChosen(new Set([...chosen, ...found]))}
        >
          {t.addMatching}
        </button>
        <button
          type="submit"
          class="fl-button fl-primary"
          disabled={chosen.size === 0}
          data-testid="save-chart"
        >
          {chart === undefined ? t.addChart : t.saveChart}
        </button>
      </div>
    </form>
  );
}
