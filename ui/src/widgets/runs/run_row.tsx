import {useComputed} from '@preact/signals';
import {formatCount, formatDuration, formatWallTime} from '../../base/format';
import {cssColour} from '../../base/run_colours';
import type {BoardRun} from '../../state/board';
import {cellOf, columnId, durationOf, type Column} from '../../state/run_columns';
import {isShown} from '../../state/run_view';
import {words} from '../../words/words';
import type {Words} from '../../words/en';
import {useBoard} from '../context';
import {ArchiveIcon, MoreIcon, NoteIcon, PinIcon} from '../icons';
import {RunName} from '../run_name';
import {cellLook, statusWord} from './column_look';

interface RunRowProps {
  readonly run: BoardRun;
  readonly top: number;
  readonly index: number;
  readonly isActive: boolean;
  readonly columns: readonly Column[];
  readonly choose: (event: MouseEvent) => void;
  readonly openMenu: (id: number, from: HTMLElement) => void;
}

export function RunRow({run, top, index, isActive, columns, choose, openMenu}: RunRowProps) {
  const board = useBoard();
  const t = words.value;
  const isChosen = useComputed(() => board.chosen.value.has(run.id)).value;
  const shown = isShown(board.shown.value, run.name);
  const marks = run.mark;
  return (
    <div
      role="row"
      id={`run-row-${run.id}`}
      aria-rowindex={index + 2}
      aria-selected={isChosen}
      class={`fl-run fl-run-columns ${shown ? '' : 'fl-dim'} ${isChosen ? 'fl-chosen' : ''} ${isActive ? 'fl-active' : ''}`}
      style={{top: `${top}px`}}
      data-run={run.id}
      data-testid="run"
      onPointerEnter={(event) => {
        if (event.pointerType === 'mouse' && shown) board.pointed.value = run.id;
        else board.pointed.value = undefined;
      }}
      onClick={choose}
      onDblClick={() => board.withUndo(t.shownOnly(1), () => board.showOnly([run.name]))}
      onContextMenu={(event) => {
        event.preventDefault();
        openMenu(run.id, event.currentTarget);
      }}
    >
      <span role="gridcell" class="fl-stick fl-stick-dot">
        <button
          type="button"
          role="checkbox"
          tabIndex={-1}
          class={`fl-run-dot ${run.colour.dash > 0 ? 'fl-dashed' : ''}`}
          style={{'--run': cssColour(run.colour)}}
          aria-checked={shown}
          aria-label={t.showRun(run.label)}
          onClick={(event) => {
            event.stopPropagation();
            board.setRunShown([run.name], !shown);
          }}
          onDblClick={(event) => event.stopPropagation()}
        >
          <i />
        </button>
      </span>
      <span
        role="rowheader"
        class="fl-run-name fl-stick fl-stick-name"
        onPointerEnter={(event) => (event.currentTarget.title = detailsOf(t, run))}
      >
        <RunName name={run.label} />
        {marks.pinned === true && <Glyph label={t.pinned} icon={<PinIcon isOn />} />}
        {marks.note !== undefined && (
          <Glyph label={`${t.note}: ${marks.note}`} icon={<NoteIcon />} />
        )}
        {marks.archived === true && <Glyph label={t.archived} icon={<ArchiveIcon />} />}
      </span>
      {columns.map((column) => (
        <Cell key={columnId(column)} run={run} column={column} />
      ))}
      <span role="gridcell" class="fl-run-tools">
        <span>
          <button
            type="button"
            tabIndex={-1}
            class="fl-run-only"
            aria-label={t.onlyRun(run.label)}
            onClick={(event) => {
              event.stopPropagation();
              board.withUndo(t.shownOnly(1), () => board.showOnly([run.name]));
            }}
          >
            {t.only}
          </button>
          <button
            type="button"
            tabIndex={-1}
            class="fl-icon-button"
            aria-label={`${t.runMenu}: ${run.label}`}
            data-testid="run-more"
            onClick={(event) => {
              event.stopPropagation();
              openMenu(run.id, event.currentTarget);
            }}
          >
            <MoreIcon />
          </button>
        </span>
      </span>
    </div>
  );
}

function Glyph({label, icon}: {readonly label: string; readonly icon: preact.ComponentChildren}) {
  return (
    <i class="fl-run-glyph" role="img" aria-label={label} title={label}>
      {icon}
    </i>
  );
}

function Cell({run, column}: {readonly run: BoardRun; readonly column: Column}) {
  const board = useBoard();
  const t = words.value;
  const value = cellOf(run, column, board.summaries.values.value);
  const {text, full, isNumber} = cellLook(t, column, value);
  const isStatus = column.kind === 'fact' && column.fact === 'status';
  return (
    <span
      role="gridcell"
      class={`fl-run-value ${isNumber ? 'fl-right' : 'fl-text'}`}
      title={full === '' ? undefined : full}
      data-column={columnId(column)}
    >
      {isStatus && <i class={`fl-status fl-status-${run.status}`} aria-hidden="true" />}
      {column.kind === 'fact' && column.fact === 'tags'
        ? (run.mark.tags ?? []).map((tag) => (
            <i key={tag} class="fl-run-tag">
              {tag}
            </i>
          ))
        : text}
    </span>
  );
}

function detailsOf(t: Words, run: BoardRun): string {
  const length = durationOf(run);
  const name = run.label === run.name ? run.name : `${run.label}\n${run.name}`;
  const facts =
    run.startS === undefined || length === undefined
      ? ''
      : `\n${t.runDetails(formatWallTime(run.startS), formatDuration(length), formatCount(run.lastStep ?? 0))}`;
  const note = run.mark.note === undefined ? '' : `\n\n${run.mark.note}`;
  return `${name}\n${statusWord(t, run.status)}${facts}${note}`;
}
