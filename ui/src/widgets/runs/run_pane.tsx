// The pane of runs: filter, table, and what is shown of it.

import {useRef} from 'preact/hooks';
import type {RefObject} from 'preact';
import {leastPaneWidth, mostPaneWidth, paneWidth, usualPaneWidth} from '../../state/prefs';
import {firstRunsShown, mostRunsUnasked} from '../../state/run_table';
import {everyRun, noRun} from '../../state/run_view';
import {words} from '../../words/words';
import {useBoard} from '../context';
import {ColumnsIcon, NarrowIcon, WarnIcon, WideIcon} from '../icons';
import {PopoverButton} from '../popover';
import {ColumnsMenu} from './columns_menu';
import {GroupMenu} from './group_menu';
import {QueryField} from './query_field';
import {RunGrid} from './run_grid';

export function RunPane({filterRef}: {readonly filterRef: RefObject<HTMLInputElement | null>}) {
  const board = useBoard();
  const t = words.value;
  const {isWide} = board.view.value;
  const Root = isWide ? 'main' : 'aside'; // Alone on the page it is what the page is about.
  return (
    <Root
      class="fl-pane"
      aria-label={t.runsLabel}
      data-testid="run-pane"
      style={{'--pane-width': `${paneWidth.value}px`}}
    >
      <div class="fl-pane-head">
        <QueryField inputRef={filterRef} />
      </div>
      <RunGrid />
      <Hints />
      <Foot />
      {!isWide && <Grip label={t.paneWidth} />}
    </Root>
  );
}

function Hints() {
  const board = useBoard();
  const t = words.value;
  const all = board.runs.value;
  const runs = board.table.filtered.value;
  const {problem} = board.marks;
  return (
    <>
      {board.server.runs.value.kind === 'ready' && all.length > 0 && runs.length === 0 && (
        <p class="fl-pane-foot">{t.noRunMatches}</p>
      )}
      {all.length > mostRunsUnasked && board.view.value.shown === everyRun && (
        <p class="fl-pane-foot">{t.manyRuns(firstRunsShown)}</p>
      )}
      {problem.value !== '' && (
        <p class="fl-pane-foot fl-pane-problem" role="status" data-testid="marks-problem">
          <WarnIcon />
          <span>{problem.value}</span>
        </p>
      )}
    </>
  );
}

function Foot() {
  const board = useBoard();
  const t = words.value;
  const view = board.view.value;
  const {isWide} = view;
  const all = board.runs.value;
  const runs = board.table.filtered.value;
  const drawn = board.drawnRuns.value;
  const archived = board.table.archivedCount.value;
  const names = (): readonly string[] => runs.map((run) => run.name);
  return (
    <div class="fl-pane-foot">
      <span data-testid="shown-count">{t.shownOf(drawn.length, all.length)}</span>
      {all.length > 0 && (
        <>
          <button
            type="button"
            class="fl-link"
            onClick={() =>
              view.runFilter === '' ? board.showAll() : board.setRunShown(names(), true)
            }
          >
            {t.all}
          </button>
          <button
            type="button"
            class="fl-link"
            onClick={() =>
              board.withUndo(t.hiddenNow(runs.length), () =>
                view.runFilter === ''
                  ? board.update({shown: noRun})
                  : board.setRunShown(names(), false),
              )
            }
          >
            {t.none}
          </button>
        </>
      )}
      {archived > 0 && (
        <button
          type="button"
          class="fl-link"
          aria-pressed={view.showsArchived}
          data-testid="archived"
          onClick={() => board.update({showsArchived: !view.showsArchived})}
        >
          {view.showsArchived ? t.hideArchived : t.showArchived(archived)}
        </button>
      )}
      <span class="fl-pane-tools">
        <PopoverButton label={t.groupBy} class="fl-link" face={t.groupBy} testId="group-by">
          {() => <GroupMenu />}
        </PopoverButton>
        <PopoverButton
          label={t.columns}
          class="fl-icon-button"
          testId="columns"
          face={<ColumnsIcon />}
        >
          {() => <ColumnsMenu />}
        </PopoverButton>
        <button
          type="button"
          class="fl-icon-button fl-wide-only"
          aria-label={isWide ? t.tableNarrow : t.tableWide}
          title={isWide ? t.tableNarrow : t.tableWide}
          aria-pressed={isWide}
          data-testid="table-wide"
          onClick={() => board.update({isWide: !isWide})}
        >
          {isWide ? <NarrowIcon /> : <WideIcon />}
        </button>
      </span>
    </div>
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
