// Which columns the run table has: facts, hyper-parameters, metrics; a few letters find one among thousands.

import {useState} from 'preact/hooks';
import {search} from '../../base/search';
import {columnFacts, columnId, type Column} from '../../state/run_columns';
import {words} from '../../words/words';
import {useBoard} from '../context';
import {CheckIcon, SearchIcon} from '../icons';
import {columnTitle} from './column_look';

const mostListed = 60;

export function ColumnsMenu() {
  const board = useBoard();
  const t = words.value;
  const [query, setQuery] = useState('');
  const columns = board.table.columns.value;
  const titles = board.server.hparamTitles.value;
  const {tags} = board.table.known.value;
  const chosen = new Set(columns.map(columnId));
  const parts: readonly (readonly [string, readonly Column[]])[] = [
    [t.facts, columnFacts.map((fact) => ({kind: 'fact', fact}))],
    [t.hparams, board.table.hparams.value.map((name) => ({kind: 'hparam', name}))],
    [t.metrics, tags.map((tag) => chosenStat(columns, tag))],
  ];
  const toggle = (column: Column): void => {
    const id = columnId(column);
    board.update({
      columns: chosen.has(id) ? columns.filter((c) => columnId(c) !== id) : [...columns, column],
    });
  };
  return (
    <div class="fl-columns-menu" data-testid="columns-menu">
      <div class="fl-field">
        <SearchIcon />
        <input
          type="text"
          value={query}
          aria-label={t.searchColumns}
          placeholder={t.searchColumns}
          autocomplete="off"
          spellcheck={false}
          data-autofocus
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      </div>
      {parts.map(([name, list]) => {
        const found = search(list, query, (column) => columnTitle(t, column, titles), mostListed);
        return (
          found.length > 0 && (
            <div key={name} role="group" aria-label={name}>
              <div class="fl-menu-title">{name}</div>
              {found.map((column) => (
                <button
                  key={columnId(column)}
                  type="button"
                  class="fl-menu-item"
                  role="checkbox"
                  aria-checked={chosen.has(columnId(column))}
                  onClick={() => toggle(column)}
                >
                  <span class="fl-check">{chosen.has(columnId(column)) && <CheckIcon />}</span>
                  <bdi>{columnTitle(t, column, titles)}</bdi>
                </button>
              ))}
              {query === '' && list.length > found.length && (
                <p class="fl-menu-title">{t.more(list.length - found.length)}</p>
              )}
            </div>
          )
        );
      })}
      <button type="button" class="fl-button" onClick={() => board.update({columns: undefined})}>
        {t.columnsUsual}
      </button>
    </div>
  );
}

/** The column of a tag that is there, whatever it tells of it; else its last value. */
function chosenStat(columns: readonly Column[], tag: string): Column {
  return (
    columns.find((c) => c.kind === 'metric' && c.tag === tag) ?? {kind: 'metric', tag, stat: 'last'}
  );
}
