// The heads of the run table: a click sorts, a drag moves, the edge resizes, the menu does all of it by key.

import {useRef} from 'preact/hooks';
import {columnWidths} from '../../state/prefs';
import {columnId, stats, type Column} from '../../state/run_columns';
import {words} from '../../words/words';
import {useBoard} from '../context';
import {MenuItem} from '../controls';
import {ChevronIcon} from '../icons';
import {PopoverButton} from '../popover';
import {
  columnHead,
  columnTitle,
  columnWidth,
  isRightAligned,
  leastColumnWidth,
  mostColumnWidth,
} from './column_look';

const dragSlackPx = 5;
const widthStep = 20;

export function RunHead() {
  const board = useBoard();
  const t = words.value;
  const columns = board.table.columns.value;
  const sort = board.view.value.sort;
  const byName = sort?.column.kind === 'fact' && sort.column.fact === 'name' ? sort : undefined;
  return (
    <div class="fl-run-columns fl-run-head" role="row" aria-rowindex={1}>
      <span role="columnheader" class="fl-stick fl-stick-dot">
        <span class="fl-hidden">{t.colour}</span>
      </span>
      <span
        role="columnheader"
        class="fl-stick fl-stick-name"
        aria-sort={
          sort === undefined ? 'ascending' : byName?.isDescending === true ? 'descending' : 'none'
        }
      >
        <button
          type="button"
          title={t.sortBy(t.run)}
          onClick={() =>
            board.update({
              sort:
                sort === undefined
                  ? {column: {kind: 'fact', fact: 'name'}, isDescending: true}
                  : undefined,
            })
          }
        >
          {t.run} {sort === undefined ? '↑' : byName?.isDescending === true ? '↓' : ''}
        </button>
      </span>
      {columns.map((column, i) => (
        <ColumnHead key={columnId(column)} column={column} place={i} />
      ))}
      <span role="columnheader">
        <span class="fl-hidden">{t.runMenu}</span>
      </span>
    </div>
  );
}

function ColumnHead({column, place}: {readonly column: Column; readonly place: number}) {
  const board = useBoard();
  const t = words.value;
  const titles = board.server.hparamTitles.value;
  const columns = board.table.columns.value;
  const sort = board.view.value.sort;
  const isSorted = sort !== undefined && columnId(sort.column) === columnId(column);
  const isDescending = isSorted && sort.isDescending;
  const title = columnTitle(t, column, titles);
  const head = board.view.value.isWide ? title : columnHead(t, column, columns, titles);
  const drag = useRef<{x: number; isMoving: boolean} | undefined>(undefined);
  const width = columnWidth(column, columnWidths.value, board.view.value.isWide);
  const set = (next: readonly Column[]): void => board.update({columns: next});
  const move = (to: number): void => {
    const others = columns.filter((_, i) => i !== place);
    set([...others.slice(0, to), column, ...others.slice(to)]);
  };
  const resize = (next: number): void => {
    const widths = new Map(columnWidths.peek());
    widths.set(
      columnId(column),
      Math.round(Math.max(leastColumnWidth, Math.min(mostColumnWidth, next))),
    );
    columnWidths.value = widths;
  };
  const sortBy = (descending: boolean): void =>
    board.update({sort: {column, isDescending: descending}});
  const placeUnder = (x: number, head: HTMLElement): number => {
    const heads = [...(head.parentElement?.querySelectorAll('[data-column]') ?? [])];
    const centres = heads
      .map((other) => other.getBoundingClientRect())
      .map((box) => (box.left + box.right) / 2);
    return centres.filter((centre, i) => i !== place && centre < x).length;
  };
  return (
    <span
      role="columnheader"
      class={`fl-column-head ${isRightAligned(column, board.table.numericHParams.value) ? 'fl-right' : ''}`}
      data-column={columnId(column)}
      aria-sort={isSorted ? (isDescending ? 'descending' : 'ascending') : 'none'}
    >
      <button
        type="button"
        class="fl-column-sort"
        title={title}
        aria-label={head === title ? undefined : `${head}: ${t.sortBy(title)}`}
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          drag.current = {x: event.clientX, isMoving: false};
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const now = drag.current;
          const cell = event.currentTarget.parentElement;
          if (now === undefined || cell === null) return;
          const by = event.clientX - now.x;
          now.isMoving ||= Math.abs(by) > dragSlackPx;
          if (now.isMoving) cell.style.translate = `${by}px`;
        }}
        onPointerUp={(event) => {
          const now = drag.current;
          drag.current = undefined;
          const cell = event.currentTarget.parentElement;
          if (now?.isMoving !== true || cell === null) return;
          cell.style.translate = '';
          event.currentTarget.dataset['moved'] = 'yes'; // The click that follows is not one.
          move(placeUnder(event.clientX, cell));
        }}
        onClick={(event) => {
          if (event.currentTarget.dataset['moved'] === 'yes') {
            delete event.currentTarget.dataset['moved'];
            return;
          }
          if (isDescending) board.update({sort: undefined});
          else sortBy(isSorted);
        }}
      >
        <bdi>{head}</bdi>
        {isSorted && <span>{isDescending ? '↓' : '↑'}</span>}
      </button>
      <PopoverButton
        label={`${t.column}: ${title}`}
        class="fl-column-more"
        role="menu"
        face={<ChevronIcon />}
      >
        {(close) => (
          <div class="fl-menu">
            <div class="fl-menu-title">{title}</div>
            <MenuItem run={() => (sortBy(false), close())}>{t.sortUp}</MenuItem>
            <MenuItem run={() => (sortBy(true), close())}>{t.sortDown}</MenuItem>
            {column.kind === 'metric' && <hr />}
            {column.kind === 'metric' &&
              stats.map((stat) => (
                <MenuItem
                  key={stat}
                  isChecked={stat === column.stat}
                  run={() => (
                    set(columns.map((c) => (c === column ? {...column, stat} : c))),
                    close()
                  )}
                >
                  {t.stat[stat]}
                </MenuItem>
              ))}
            {column.kind === 'hparam' && <hr />}
            {column.kind === 'hparam' && (
              <MenuItem
                run={() => (board.update({grouping: {kind: 'hparam', name: column.name}}), close())}
              >
                {t.groupByThis}
              </MenuItem>
            )}
            {column.kind === 'hparam' && (
              <MenuItem
                run={() => (
                  board.update({colouring: {kind: 'hparam', name: column.name}}),
                  close()
                )}
              >
                {t.colourByThis}
              </MenuItem>
            )}
            <hr />
            {place > 0 && <MenuItem run={() => (move(place - 1), close())}>{t.moveLeft}</MenuItem>}
            {place < columns.length - 1 && (
              <MenuItem run={() => (move(place + 1), close())}>{t.moveRight}</MenuItem>
            )}
            <MenuItem run={() => resize(width + widthStep)}>{t.wider}</MenuItem>
            <MenuItem run={() => resize(width - widthStep)}>{t.narrower}</MenuItem>
            <hr />
            <MenuItem
              run={() => {
                close();
                board.withUndo(t.columnHidden(title), () =>
                  set(columns.filter((c) => c !== column)),
                );
              }}
            >
              {t.hideColumn}
            </MenuItem>
          </div>
        )}
      </PopoverButton>
      <span
        class="fl-column-edge"
        aria-hidden="true"
        onPointerDown={(event) => {
          event.preventDefault();
          drag.current = {x: event.clientX - width, isMoving: false};
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (drag.current !== undefined) resize(event.clientX - drag.current.x);
        }}
        onPointerUp={() => (drag.current = undefined)}
        onDblClick={() => {
          const widths = new Map(columnWidths.peek());
          widths.delete(columnId(column));
          columnWidths.value = widths;
        }}
      />
    </span>
  );
}
