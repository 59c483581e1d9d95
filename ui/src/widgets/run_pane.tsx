// The runs: colour, name, a metric or two, and which of them are drawn. Only the rows in view exist.

import {useComputed, useSignal} from '@preact/signals';
import {useMemo, useRef, useState} from 'preact/hooks';
import type {RefObject} from 'preact';
import type {RunStatus} from '../api/types';
import {compareNatural} from '../base/natural';
import {tagPrefix} from '../base/sections';
import {formatCount, formatDuration, formatFull, formatValue, formatWallTime} from '../base/format';
import {firstRunsShown, mostRunsUnasked, type Board, type BoardRun} from '../state/board';
import {
  leastPaneWidth,
  mostPaneWidth,
  paneWidth,
  readStored,
  usualPaneWidth,
  writeStored,
} from '../state/prefs';
import {everyRun, isShown, noRun} from '../state/view';
import {cssColour} from '../base/run_colours';
import {words} from '../words/words';
import type {Words} from '../words/en';
import {useBoard} from './context';
import {FilterField, MenuItem} from './controls';
import {useScrollTop, useSize} from './hooks';
import {ChevronIcon} from './icons';
import {PopoverButton} from './popover';
import {useLastValues, type LastValues} from './last_values';

const rowHeight = 30;
const groupHeight = 28;
const mostMetrics = 2;

type Sort = {readonly column: number | 'name'; readonly isDescending: boolean};
type Grouping = 'none' | 'status' | 'folder';

type PaneRow =
  | {readonly kind: 'run'; readonly run: BoardRun; readonly top: number}
  | {
      readonly kind: 'group';
      readonly name: string;
      readonly label: string;
      readonly count: number;
      readonly isOpen: boolean;
      readonly top: number;
    };

export function RunPane({filterRef}: {readonly filterRef: RefObject<HTMLInputElement | null>}) {
  const board = useBoard();
  const t = words.value;
  const view = board.view.value;
  const runs = board.filteredRuns.value;
  const all = board.runs.value;
  const drawn = board.drawnRuns.value;
  const [metrics, setMetrics] = useMetrics(board);
  const values = useLastValues(board, metrics);
  const [sort, setSort] = useState<Sort>({column: 'name', isDescending: false});
  const [grouping, setGrouping] = useState<Grouping>(readGrouping);
  const [closedGroups, setClosedGroups] = useState<ReadonlySet<string>>(new Set());
  const list = useRef<HTMLDivElement>(null);
  const [sizeRef, size] = useSize<HTMLDivElement>();
  const scrollTop = useScrollTop(list.current, rowHeight * 4);
  const anchor = useSignal<number | undefined>(undefined);

  const sorted = useMemo(
    () => sortRuns(runs, sort, metrics, values),
    [runs, sort, metrics, values],
  );
  const {rows, height} = useMemo(
    () => layoutRows(sorted, grouping, closedGroups, t),
    [sorted, grouping, closedGroups, t],
  );
  const from = scrollTop - rowHeight * 6;
  const to = scrollTop + (size?.height ?? 800) + rowHeight * 10;
  const visible = rows.filter((row) => row.top + rowHeight > from && row.top < to);
  const order = useMemo(() => rows.flatMap((row) => (row.kind === 'run' ? [row.run] : [])), [rows]);

  const choose = (run: BoardRun, event: MouseEvent): void => {
    const chosen = board.chosen.value;
    if (event.shiftKey && anchor.value !== undefined) {
      const a = order.findIndex((r) => r.id === anchor.value);
      const b = order.findIndex((r) => r.id === run.id);
      if (a >= 0 && b >= 0) {
        board.chosen.value = new Set(
          order.slice(Math.min(a, b), Math.max(a, b) + 1).map((r) => r.id),
        );
        return;
      }
    }
    anchor.value = run.id;
    if (event.ctrlKey || event.metaKey) {
      const next = new Set(chosen);
      if (!next.delete(run.id)) next.add(run.id);
      board.chosen.value = next;
      return;
    }
    board.chosen.value = chosen.size === 1 && chosen.has(run.id) ? new Set() : new Set([run.id]);
  };

  const moveFocus = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const element = document.activeElement;
    const id = Number(element?.closest('[data-run]')?.getAttribute('data-run') ?? Number.NaN);
    const at = order.findIndex((run) => run.id === id);
    if (at < 0) return;
    const run = order[at];
    if (run !== undefined && event.key === ' ' && element?.classList.contains('fl-run-name')) {
      event.preventDefault();
      board.setRunShown([run.name], !isShown(board.shown.value, run.name));
      return;
    }
    const next = order[at + step];
    if (step === 0 || next === undefined) return;
    event.preventDefault();
    const row = rows.find((r) => r.kind === 'run' && r.run.id === next.id);
    if (row !== undefined && list.current !== null) {
      const {scrollTop: top, clientHeight} = list.current;
      if (row.top < top) list.current.scrollTop = row.top;
      else if (row.top + rowHeight > top + clientHeight)
        list.current.scrollTop = row.top + rowHeight - clientHeight;
    }
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-run="${next.id}"] .fl-run-name`)?.focus(),
    );
  };

  const isLoading = board.server.runs.value.kind === 'loading';
  return (
    <aside
      class="fl-pane"
      aria-label={t.runsLabel}
      data-testid="run-pane"
      style={{'--pane-width': `${paneWidth.value}px`}}
    >
      <div class="fl-pane-head">
        <FilterField
          label={t.filterRuns}
          value={view.runFilter}
          change={(runFilter) => board.update({runFilter})}
          testId="run-filter"
          inputRef={filterRef}
        />
      </div>
      <div
        role="table"
        aria-label={t.runsLabel}
        aria-rowcount={order.length + 1}
        class="fl-run-table"
        style={{display: 'contents'}}
      >
        <div role="rowgroup">
          <div class="fl-run-columns fl-run-head" role="row">
            <span role="columnheader">
              <span class="fl-hidden">{t.shownOf(drawn.length, all.length)}</span>
            </span>
            <span role="columnheader" aria-sort={sortOf(sort, 'name')}>
              <button
                type="button"
                title={t.sortBy(t.run)}
                onClick={() => setSort(nextSort(sort, 'name'))}
              >
                {t.run} {arrow(sort, 'name')}
              </button>
            </span>
            {metrics.map((metric, i) => (
              <span key={i} role="columnheader" class="fl-metric-head" aria-sort={sortOf(sort, i)}>
                <MetricHead
                  board={board}
                  metrics={metrics}
                  index={i}
                  set={setMetrics}
                  sort={sort}
                  setSort={setSort}
                  label={shortTag(metric, metrics)}
                />
              </span>
            ))}
          </div>
        </div>
        <div
          class="fl-run-list"
          role="rowgroup"
          ref={(element) => {
            list.current = element;
            sizeRef.current = element;
          }}
          onKeyDown={moveFocus}
          onPointerLeave={() => (board.pointed.value = undefined)}
          data-testid="run-list"
        >
          <div style={{height: `${height}px`}} role="none" />
          {isLoading && all.length === 0 ? <Skeleton /> : undefined}
          {visible.map((row) =>
            row.kind === 'run' ? (
              <RunRow
                key={`r${row.run.id}`}
                run={row.run}
                top={row.top}
                index={order.indexOf(row.run)}
                values={metrics.map((metric) => values.get(metric)?.get(row.run.id))}
                choose={choose}
              />
            ) : (
              <div
                key={`g${row.name}`}
                role="row"
                style={{position: 'absolute', insetInline: 0, top: `${row.top}px`}}
              >
                <span role="cell">
                  <button
                    type="button"
                    class={`fl-group ${row.isOpen ? 'fl-open' : ''}`}
                    aria-expanded={row.isOpen}
                    onClick={() => setClosedGroups(toggle(closedGroups, row.name))}
                  >
                    <ChevronIcon />
                    {row.label}
                    <span class="fl-grow" />
                    {formatCount(row.count)}
                  </button>
                </span>
              </div>
            ),
          )}
        </div>
      </div>
      {!isLoading && all.length > 0 && runs.length === 0 && (
        <p class="fl-pane-foot">{t.noRunMatches}</p>
      )}
      {all.length > mostRunsUnasked && view.shown === everyRun && (
        <p class="fl-pane-foot">{t.manyRuns(firstRunsShown)}</p>
      )}
      <div class="fl-pane-foot">
        <span data-testid="shown-count">{t.shownOf(drawn.length, all.length)}</span>
        {all.length > 0 && (
          <>
            <button
              type="button"
              class="fl-link"
              onClick={() =>
                view.runFilter === ''
                  ? board.showAll()
                  : board.setRunShown(
                      runs.map((r) => r.name),
                      true,
                    )
              }
            >
              {t.all}
            </button>
            <button
              type="button"
              class="fl-link"
              onClick={() =>
                view.runFilter === ''
                  ? board.update({shown: noRun})
                  : board.setRunShown(
                      runs.map((r) => r.name),
                      false,
                    )
              }
            >
              {t.none}
            </button>
          </>
        )}
        <span class="fl-grow" />
        <PopoverButton label={t.groupBy} class="fl-link" role="menu" face={t.groupBy}>
          {(close) => (
            <div class="fl-menu">
              {(['none', 'status', 'folder'] as const).map((choice) => (
                <MenuItem
                  key={choice}
                  isChecked={choice === grouping}
                  run={() => {
                    setGrouping(choice);
                    writeStored('group', choice === 'none' ? undefined : choice);
                    close();
                  }}
                >
                  {choice === 'none'
                    ? t.groupNone
                    : choice === 'status'
                      ? t.groupStatus
                      : t.groupFolder}
                </MenuItem>
              ))}
            </div>
          )}
        </PopoverButton>
      </div>
      <Grip label={t.paneWidth} />
    </aside>
  );
}

function toggle(set: ReadonlySet<string>, item: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(item)) next.add(item);
  return next;
}

interface RunRowProps {
  readonly run: BoardRun;
  readonly top: number;
  readonly index: number;
  readonly values: readonly (number | undefined)[];
  readonly choose: (run: BoardRun, event: MouseEvent) => void;
}

function RunRow({run, top, index, values, choose}: RunRowProps) {
  const board = useBoard();
  const t = words.value;
  const isChosen = useComputed(() => board.chosen.value.has(run.id));
  const shown = isShown(board.shown.value, run.name);
  const colour = {'--run': cssColour(run.colour)};
  // What tells runs apart is mostly at the end: the middle gives way when a name is too long.
  const slash = run.name.lastIndexOf('/');
  const [head, tail] =
    slash > 0 ? [run.name.slice(0, slash), run.name.slice(slash)] : [run.name, ''];
  const length =
    run.startS === undefined || run.lastWallTimeS === undefined
      ? undefined
      : run.lastWallTimeS - run.startS;
  const details =
    run.startS === undefined || length === undefined
      ? ''
      : `\n${t.runDetails(formatWallTime(run.startS), formatDuration(length), formatCount(run.lastStep ?? 0))}`;
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      class={`fl-run fl-run-columns ${shown ? '' : 'fl-dim'} ${isChosen.value ? 'fl-chosen' : ''}`}
      style={{top: `${top}px`}}
      data-run={run.id}
      data-testid="run"
      onPointerEnter={(event) => {
        if (event.pointerType === 'mouse' && shown) board.pointed.value = run.id;
        else board.pointed.value = undefined;
      }}
      onDblClick={() => board.showOnly([run.name])}
    >
      <span role="cell">
        <button
          type="button"
          role="checkbox"
          class={`fl-run-dot ${run.colour.dash > 0 ? 'fl-dashed' : ''}`}
          style={colour}
          aria-checked={shown}
          aria-label={t.showRun(run.name)}
          onClick={() => board.setRunShown([run.name], !shown)}
          onDblClick={(event) => event.stopPropagation()}
        >
          <i />
        </button>
      </span>
      <span role="cell" style={{display: 'contents'}}>
        <button
          type="button"
          class="fl-run-name"
          aria-pressed={isChosen.value}
          title={`${run.name}\n${statusWord(t, run.status)}${details}`}
          onClick={(event) => choose(run, event)}
        >
          <span dir="auto">
            <bdi>{head}</bdi>
            {tail !== '' && <bdi>{tail}</bdi>}
          </span>
        </button>
      </span>
      {values.map((value, i) => (
        <span
          key={i}
          role="cell"
          class="fl-run-value"
          title={value === undefined ? undefined : formatFull(value)}
        >
          {value === undefined ? '' : formatValue(value, 3)}
        </span>
      ))}
      <span role="cell" style={{display: 'contents'}}>
        <button
          type="button"
          class="fl-run-only"
          aria-label={t.onlyRun(run.name)}
          onClick={() => board.showOnly([run.name])}
        >
          {t.only}
        </button>
      </span>
    </div>
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

interface MetricHeadProps {
  readonly board: Board;
  readonly metrics: readonly string[];
  readonly index: number;
  readonly label: string;
  readonly set: (metrics: readonly string[]) => void;
  readonly sort: Sort;
  readonly setSort: (sort: Sort) => void;
}

function MetricHead({board, metrics, index, label, set, sort, setSort}: MetricHeadProps) {
  const t = words.value;
  const metric = metrics[index] ?? '';
  const tags = board.tagsOf('scalars');
  return (
    <PopoverButton
      label={`${t.chooseMetric}: ${metric}`}
      title={metric}
      class=""
      face={
        <>
          {label} {arrow(sort, index)}
        </>
      }
      role="menu"
    >
      {(close) => (
        <div class="fl-menu">
          <MenuItem run={() => (setSort({column: index, isDescending: false}), close())}>
            {t.sortBy(`${label} ↑`)}
          </MenuItem>
          <MenuItem run={() => (setSort({column: index, isDescending: true}), close())}>
            {t.sortBy(`${label} ↓`)}
          </MenuItem>
          <hr />
          {metrics.length < mostMetrics && tags[0] !== undefined && (
            <MenuItem run={() => (set([...metrics, tags[0]?.tag ?? metric]), close())}>
              + {t.chooseMetric}
            </MenuItem>
          )}
          <MenuItem
            run={() => (
              set(metrics.filter((_, i) => i !== index)),
              setSort({column: 'name', isDescending: false}),
              close()
            )}
          >
            {t.noMetric}
          </MenuItem>
          {tags.slice(0, 200).map((tag) => (
            <MenuItem
              key={tag.tag}
              isChecked={tag.tag === metric}
              run={() => (set(metrics.map((m, i) => (i === index ? tag.tag : m))), close())}
            >
              {tag.tag}
            </MenuItem>
          ))}
        </div>
      )}
    </PopoverButton>
  );
}

function Grip({label}: {readonly label: string}) {
  const start = useRef<{x: number; width: number} | undefined>(undefined);
  const set = (width: number): void => {
    paneWidth.value = Math.round(Math.max(leastPaneWidth, Math.min(mostPaneWidth, width)));
  };
  return (
    <div
      class="fl-pane-grip"
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={paneWidth.value}
      aria-valuemin={leastPaneWidth}
      aria-valuemax={mostPaneWidth}
      tabIndex={0}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        start.current = {x: event.clientX, width: paneWidth.value};
      }}
      onPointerMove={(event) => {
        if (start.current !== undefined) set(start.current.width + event.clientX - start.current.x);
      }}
      onPointerUp={() => (start.current = undefined)}
      onDblClick={() => set(usualPaneWidth)}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft') set(paneWidth.value - 16);
        else if (event.key === 'ArrowRight') set(paneWidth.value + 16);
      }}
    />
  );
}

function readGrouping(): Grouping {
  const text = readStored('group');
  return text === 'status' || text === 'folder' ? text : 'none';
}

/** The part of a tag that tells it from the other columns: `loss/train` beside `accuracy/train` is `loss`. */
function shortTag(tag: string, metrics: readonly string[]): string {
  const prefix = tagPrefix(tag);
  const isAlone = metrics.every((other) => other === tag || tagPrefix(other) !== prefix);
  return isAlone ? prefix : tag.slice(tag.lastIndexOf('/') + 1);
}

/** The metrics shown as columns: those the person chose, else a loss and an accuracy when there are such tags. */
function useMetrics(board: Board): [readonly string[], (metrics: readonly string[]) => void] {
  const [chosen, setChosen] = useState<readonly string[] | undefined>(readMetrics);
  const known = board.server.tags.value;
  const metrics = useMemo(() => {
    const tags =
      known.kind === 'ready'
        ? known.value.filter((tag) => tag.kind === 'scalars').map((tag) => tag.tag)
        : [];
    const kept = chosen?.filter((tag) => tags.includes(tag));
    if (kept !== undefined && (kept.length > 0 || chosen?.length === 0)) return kept;
    const found = [/(^|[^a-z])loss/i, /(^|[^a-z])(acc|precision)/i]
      .map((pattern) => tags.find((tag) => pattern.test(tag)))
      .filter((tag) => tag !== undefined);
    return found.length > 0 ? found : tags.slice(0, 1);
  }, [known, chosen]);
  const set = (next: readonly string[]): void => {
    setChosen(next);
    writeStored('metrics', JSON.stringify(next));
  };
  return [metrics, set];
}

function readMetrics(): readonly string[] | undefined {
  try {
    const value: unknown = JSON.parse(readStored('metrics') ?? 'null');
    return Array.isArray(value)
      ? value.filter((tag): tag is string => typeof tag === 'string').slice(0, mostMetrics)
      : undefined;
  } catch {
    return undefined;
  }
}

function nextSort(sort: Sort, column: Sort['column']): Sort {
  return {column, isDescending: sort.column === column && !sort.isDescending};
}

function sortOf(sort: Sort, column: Sort['column']): 'ascending' | 'descending' | 'none' {
  return sort.column !== column ? 'none' : sort.isDescending ? 'descending' : 'ascending';
}

function arrow(sort: Sort, column: Sort['column']): string {
  return sort.column !== column ? '' : sort.isDescending ? '↓' : '↑';
}

function sortRuns(
  runs: readonly BoardRun[],
  sort: Sort,
  metrics: readonly string[],
  values: LastValues,
): readonly BoardRun[] {
  const sign = sort.isDescending ? -1 : 1;
  if (sort.column === 'name') return sort.isDescending ? [...runs].reverse() : runs;
  const column = values.get(metrics[sort.column] ?? '');
  if (column === undefined) return runs;
  // Runs without a value, or with NaN, come last whichever way it is sorted.
  return [...runs].sort((a, b) => {
    const x = column.get(a.id);
    const y = column.get(b.id);
    const hasX = x !== undefined && !Number.isNaN(x);
    const hasY = y !== undefined && !Number.isNaN(y);
    if (!hasX || !hasY) return Number(hasY) - Number(hasX);
    return x === y ? compareNatural(a.name, b.name) : sign * (x < y ? -1 : 1);
  });
}

function statusWord(t: Words, status: RunStatus): string {
  switch (status) {
    case 'live':
      return t.statusLive;
    case 'finished':
      return t.statusFinished;
    case 'failed':
      return t.statusFailed;
    case 'stalled':
      return t.statusStalled;
  }
}

const statusOrder: readonly RunStatus[] = ['live', 'stalled', 'failed', 'finished'];

function layoutRows(
  runs: readonly BoardRun[],
  grouping: Grouping,
  closed: ReadonlySet<string>,
  t: Words,
): {rows: readonly PaneRow[]; height: number} {
  const rows: PaneRow[] = [];
  let top = 0;
  const push = (run: BoardRun): void => {
    rows.push({kind: 'run', run, top});
    top += rowHeight;
  };
  if (grouping === 'none') {
    runs.forEach(push);
    return {rows, height: top};
  }
  const groups = new Map<string, BoardRun[]>();
  for (const run of runs) {
    const slash = run.name.indexOf('/');
    const name = grouping === 'status' ? run.status : slash > 0 ? run.name.slice(0, slash) : '.';
    const known = groups.get(name);
    if (known === undefined) groups.set(name, [run]);
    else known.push(run);
  }
  const names =
    grouping === 'status'
      ? statusOrder.filter((s) => groups.has(s))
      : [...groups.keys()].sort(compareNatural);
  for (const name of names) {
    const members = groups.get(name) ?? [];
    const isOpen = !closed.has(name);
    const label =
      grouping === 'status'
        ? statusWord(t, statusOrder.find((s) => s === name) ?? 'stalled')
        : name;
    rows.push({kind: 'group', name, label, count: members.length, isOpen, top});
    top += groupHeight;
    if (isOpen) members.forEach(push);
  }
  return {rows, height: top};
}
