// The table of runs as a grid: only rows in view exist; keys choose as in a list of mails.

import {useMemo, useRef, useState} from 'preact/hooks';
import {formatCount} from '../../base/format';
import {columnWidths} from '../../state/prefs';
import {groupingText} from '../../state/run_groups';
import {toggled} from '../../state/view';
import {words} from '../../words/words';
import {useBoard} from '../context';
import {useScrollTop, useSize} from '../hooks';
import {ChevronIcon} from '../icons';
import {Popover} from '../popover';
import {columnWidth, nameWidth, statusWord} from './column_look';
import {RunHead} from './run_head';
import {RunMenu, toggleShown} from './run_menu';
import {RunRow} from './run_row';
import {groupHeight, layoutRows, rowHeight, rowsBetween, select, type SelectHow} from './run_rows';

const headHeight = 30;
const dotWidth = 20;
const gap = 6;
const aside = 22; // Padding of a row.

interface OpenMenu {
  readonly anchor: HTMLElement;
  readonly form: 'menu' | 'title' | 'note';
}

export function RunGrid() {
  const board = useBoard();
  const t = words.value;
  const {grouping} = board.view.value;
  const runs = board.table.sorted.value;
  const columns = board.table.columns.value;
  const widths = columnWidths.value;
  const [closedGroups, setClosedGroups] = useState<ReadonlySet<string>>(new Set());
  const [active, setActive] = useState<number | undefined>(undefined);
  const anchor = useRef<number | undefined>(undefined);
  const [menu, setMenu] = useState<OpenMenu | undefined>(undefined);
  const list = useRef<HTMLDivElement | null>(null);
  const [sizeRef, size] = useSize<HTMLDivElement>();
  const scrollTop = useScrollTop(list.current, rowHeight * 4);
  const layout = useMemo(
    () => layoutRows(runs, grouping, closedGroups),
    [runs, grouping, closedGroups],
  );
  const visible = rowsBetween(
    layout.rows,
    scrollTop - rowHeight * 6,
    scrollTop + (size?.height ?? 800) + rowHeight * 10,
  );
  const columnPixels = columns.map((column) =>
    columnWidth(column, widths, board.view.value.isWide),
  );
  const template = [
    `${dotWidth}px`,
    `minmax(${nameWidth}px, 1fr)`,
    ...columnPixels.map((w) => `${w}px`),
    'var(--run-tools)',
  ];
  const least =
    dotWidth + nameWidth + columnPixels.reduce((n, w) => n + w + gap, 0) + 2 * gap + aside;

  const apply = (id: number, how: SelectHow): void => {
    const next = select(
      {chosen: board.chosen.peek(), anchor: anchor.current, active},
      layout.order,
      id,
      how,
    );
    board.chosen.value = next.chosen;
    anchor.current = next.anchor;
    setActive(next.active);
    reveal(id);
  };
  const reveal = (id: number): void => {
    const row = layout.rows.find((r) => r.kind === 'run' && r.run.id === id);
    const element = list.current;
    if (row === undefined || element === null) return;
    const inView = element.clientHeight - headHeight;
    if (row.top < element.scrollTop) element.scrollTop = row.top;
    else if (row.top + rowHeight > element.scrollTop + inView)
      element.scrollTop = row.top + rowHeight - inView;
  };
  /** The runs that a command is about: the chosen ones, else the one at the cursor. */
  const subjects = () => {
    const chosen = board.chosen.peek();
    const ids = chosen.size > 0 ? chosen : new Set(active === undefined ? [] : [active]);
    return layout.order.filter((run) => ids.has(run.id));
  };
  const openMenu = (form: OpenMenu['form'], from?: HTMLElement): void => {
    const row = from ?? document.getElementById(`run-row-${active}`);
    if (row !== null && subjects().length > 0) setMenu({anchor: row, form});
  };
  const openMenuOf = (id: number, from: HTMLElement): void => {
    if (!board.chosen.peek().has(id)) apply(id, 'one');
    setActive(id);
    setMenu({anchor: from, form: 'menu'});
  };

  const onKey = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget || event.altKey) return;
    const {order} = layout;
    const at = order.findIndex((run) => run.id === active);
    const page = Math.max(1, Math.floor((size?.height ?? 300) / rowHeight) - 2);
    const control = event.ctrlKey || event.metaKey;
    const to: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      Home: 0,
      End: order.length - 1,
      PageDown: at + page,
      PageUp: at - page,
    };
    const place = to[event.key];
    if (place !== undefined) {
      const next = order[Math.max(0, Math.min(order.length - 1, place))];
      if (next !== undefined) apply(next.id, event.shiftKey ? 'range' : control ? 'move' : 'one');
    } else if (event.key === ' ') {
      if (control && active !== undefined) apply(active, 'toggle');
      else toggleShown(board, subjects());
    } else if (event.key === 'Enter') {
      const names = subjects().map((run) => run.name);
      if (names.length === 0) return;
      board.withUndo(t.shownOnly(names.length), () => board.showOnly(names));
    } else if (event.key === 'Escape' && board.chosen.peek().size > 0) {
      board.chosen.value = new Set();
      event.stopPropagation();
    } else if (control && event.key.toLowerCase() === 'a') {
      board.chosen.value = new Set(order.map((run) => run.id));
    } else if (event.key === 'F2') openMenu('title');
    else if (
      event.key === 'ContextMenu' ||
      (event.key === 'F10' && event.shiftKey) ||
      event.key === 'm'
    )
      openMenu('menu');
    else return;
    event.preventDefault();
  };

  const isLoading = board.server.runs.value.kind === 'loading';
  const chosenRuns = menu === undefined ? [] : subjects();
  return (
    <>
      <div
        class="fl-run-list"
        role="grid"
        aria-label={t.runsLabel}
        aria-multiselectable="true"
        aria-rowcount={layout.rows.length + 1}
        aria-activedescendant={
          visible.some((row) => row.kind === 'run' && row.run.id === active)
            ? `run-row-${active}`
            : undefined
        }
        tabIndex={0}
        ref={(element) => {
          list.current = element;
          sizeRef.current = element;
        }}
        style={{
          '--run-columns': template.join(' '),
          '--run-least': `calc(${least}px + var(--run-tools))`,
        }}
        onKeyDown={onKey}
        onFocus={() => {
          if (active === undefined) setActive(layout.order[0]?.id);
        }}
        onPointerLeave={() => (board.pointed.value = undefined)}
        data-testid="run-list"
      >
        <div role="rowgroup" class="fl-run-headgroup">
          <RunHead />
        </div>
        <div role="rowgroup" class="fl-run-body" style={{height: `${layout.height}px`}}>
          {isLoading && runs.length === 0 ? <Skeleton /> : undefined}
          {visible.map((row) =>
            row.kind === 'run' ? (
              <RunRow
                key={`r${row.run.id}`}
                run={row.run}
                top={row.top}
                index={row.place}
                isActive={row.run.id === active}
                columns={columns}
                choose={(event) => {
                  const how = event.shiftKey
                    ? 'range'
                    : event.ctrlKey || event.metaKey
                      ? 'toggle'
                      : 'one';
                  const {chosen} = board;
                  // The only one chosen, clicked again, is let go.
                  if (how === 'one' && chosen.peek().size === 1 && chosen.peek().has(row.run.id)) {
                    chosen.value = new Set();
                    setActive(row.run.id);
                  } else apply(row.run.id, how);
                }}
                openMenu={openMenuOf}
              />
            ) : (
              <div
                key={`g${row.key}`}
                role="row"
                class="fl-group-row"
                style={{top: `${row.top}px`, height: `${groupHeight}px`}}
              >
                <span role="gridcell" aria-colspan={columns.length + 3}>
                  <button
                    type="button"
                    class={`fl-group ${row.isOpen ? 'fl-open' : ''}`}
                    aria-expanded={row.isOpen}
                    data-testid="run-group"
                    onClick={() => setClosedGroups(toggled(closedGroups, row.key))}
                  >
                    <ChevronIcon />
                    <bdi>
                      {row.key === ''
                        ? t.groupRest
                        : grouping.kind === 'status'
                          ? statusWord(t, row.key)
                          : grouping.kind === 'hparam'
                            ? `${grouping.name} = ${row.key}`
                            : row.key}
                    </bdi>
                    <span class="fl-group-count">{formatCount(row.runs.length)}</span>
                  </button>
                  <button
                    type="button"
                    class="fl-link"
                    aria-label={`${t.only}: ${row.key === '' ? t.groupRest : row.key}`}
                    onClick={() =>
                      board.withUndo(t.shownOnly(row.runs.length), () =>
                        board.showOnly(row.runs.map((run) => run.name)),
                      )
                    }
                  >
                    {t.only}
                  </button>
                </span>
              </div>
            ),
          )}
        </div>
      </div>
      {menu !== undefined && chosenRuns.length > 0 && (
        <Popover
          label={t.runMenu}
          anchor={menu.anchor}
          role={menu.form === 'menu' ? 'menu' : 'dialog'}
          close={() => {
            setMenu(undefined);
            list.current?.focus();
          }}
        >
          <RunMenu
            key={groupingText(grouping)}
            runs={chosenRuns}
            first={menu.form}
            close={() => {
              setMenu(undefined);
              list.current?.focus();
            }}
          />
        </Popover>
      )}
    </>
  );
}

function Skeleton() {
  return (
    <div role="none" style={{position: 'absolute', inset: '0 0 auto 0'}} aria-hidden="true">
      {[62, 48, 70, 55, 66].map((width, i) => (
        <div key={i} class="fl-skeleton-row">
          <i class="fl-bone" style={{width: '11px', height: '11px', borderRadius: '50%'}} />
          <i class="fl-bone" style={{width: `${width}%`}} />
        </div>
      ))}
    </div>
  );
}
