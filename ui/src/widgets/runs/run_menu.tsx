// What can be done with the chosen runs: pin, rename, note, tags, colour, hide, archive. Kept by the server, with a way back.

import {useState} from 'preact/hooks';
import type {MarkChange} from '../../api/types';
import {cssColour, runColour} from '../../base/run_colours';
import type {Board, BoardRun} from '../../state/board';
import {isShown} from '../../state/run_view';
import {words} from '../../words/words';
import {useBoard} from '../context';
import {MenuItem} from '../controls';
import {copyText} from '../copy_text';

type Form = 'menu' | 'title' | 'note' | 'tags' | 'colour';

interface RunMenuProps {
  readonly runs: readonly BoardRun[]; // At least one.
  readonly close: () => void;
  readonly first?: Form;
}

export function RunMenu({runs, close, first = 'menu'}: RunMenuProps) {
  const board = useBoard();
  const t = words.value;
  const [form, setForm] = useState<Form>(first);
  const [run] = runs;
  if (run === undefined) return null;
  const mark = (change: MarkChange, text: string): void => {
    close();
    markRuns(board, runs, change, text);
  };
  const toggle = (key: 'pinned' | 'hidden' | 'archived', on: string, off: string) => {
    const isOn = runs.every((r) => r.mark[key] === true);
    const change: MarkChange = {[key]: isOn ? null : true};
    return (
      <MenuItem
        testId={`mark-${key}`}
        run={() => mark(change, `${isOn ? off : on}: ${t.runs(runs.length)}`)}
      >
        {isOn ? off : on}
      </MenuItem>
    );
  };
  const text = (key: 'title' | 'note', label: string) => (
    <TextForm
      label={label}
      value={run.mark[key] ?? (key === 'title' ? run.name : '')}
      isLong={key === 'note'}
      save={(value) =>
        mark(
          {[key]: value === '' || (key === 'title' && value === run.name) ? null : value},
          `${label}: ${run.label}`,
        )
      }
    />
  );
  switch (form) {
    case 'title':
      return text('title', t.rename);
    case 'note':
      return text('note', t.note);
    case 'tags':
      return (
        <TextForm
          label={t.runTags}
          hint={t.runTagsHint}
          value={(run.mark.tags ?? []).join(', ')}
          save={(value) => mark({tags: splitTags(value)}, `${t.runTags}: ${t.runs(runs.length)}`)}
        />
      );
    case 'colour':
      return (
        <Colours
          run={run}
          choose={(colour) => mark({colour}, `${t.colour}: ${t.runs(runs.length)}`)}
        />
      );
    case 'menu':
      return (
        <div class="fl-menu" data-testid="run-menu">
          <div class="fl-menu-title">{runs.length === 1 ? run.label : t.runs(runs.length)}</div>
          <MenuItem
            run={() => {
              close();
              board.withUndo(t.shownOnly(runs.length), () =>
                board.showOnly(runs.map((r) => r.name)),
              );
            }}
          >
            {t.only}
          </MenuItem>
          <MenuItem
            run={() => {
              close();
              toggleShown(board, runs);
            }}
            hint="␣"
          >
            {runs.every((r) => isShown(board.shown.peek(), r.name))
              ? t.hideInCharts
              : t.showInCharts}
          </MenuItem>
          <hr />
          {toggle('pinned', t.pin, t.unpin)}
          {runs.length === 1 && (
            <MenuItem run={() => setForm('title')} hint="F2" testId="rename">
              {t.rename}
            </MenuItem>
          )}
          {runs.length === 1 && (
            <MenuItem run={() => setForm('note')} testId="note">
              {t.note}
            </MenuItem>
          )}
          <MenuItem run={() => setForm('tags')} testId="run-tags">
            {t.runTags}
          </MenuItem>
          <MenuItem run={() => setForm('colour')} testId="colour">
            {t.colour}
          </MenuItem>
          <hr />
          {toggle('hidden', t.hideForGood, t.unhide)}
          {toggle('archived', t.archive, t.unarchive)}
          {runs.length === 1 && (
            <MenuItem
              run={() => {
                close();
                void copyText(run.name);
              }}
            >
              {t.copyName}
            </MenuItem>
          )}
        </div>
      );
  }
}

export function markRuns(
  board: Board,
  runs: readonly BoardRun[],
  change: MarkChange,
  text: string,
): void {
  void board.mark(new Map(runs.map((run) => [run.name, change])), text);
}

/** All off when all are on, else all on. */
export function toggleShown(board: Board, runs: readonly BoardRun[]): void {
  const t = words.peek();
  const isOn = runs.every((run) => isShown(board.shown.peek(), run.name));
  const change = (): void =>
    board.setRunShown(
      runs.map((run) => run.name),
      !isOn,
    );
  if (isOn && runs.length > 1) board.withUndo(t.hiddenNow(runs.length), change);
  else change();
}

function splitTags(text: string): readonly string[] {
  return [...new Set(text.split(/[,，、]/).map((tag) => tag.trim()))].filter((tag) => tag !== '');
}

interface TextFormProps {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly isLong?: boolean;
  readonly save: (value: string) => void;
}

/** Enter keeps it (with Ctrl in a long text), Esc leaves it. */
function TextForm({label, value, hint, isLong = false, save}: TextFormProps) {
  const t = words.value;
  const [text, setText] = useState(value);
  const common = {
    value: text,
    'aria-label': label,
    'data-autofocus': true,
    'data-testid': 'mark-text',
    onInput: (event: {currentTarget: {value: string}}) => setText(event.currentTarget.value),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || event.isComposing) return;
      if (isLong && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      save(text.trim());
    },
  };
  return (
    <div class="fl-form">
      <b>{label}</b>
      {isLong ? (
        <textarea rows={5} {...common} />
      ) : (
        <input
          type="text"
          spellcheck={false}
          {...common}
          ref={(element: HTMLInputElement | null) => {
            if (element !== null && document.activeElement !== element) {
              element.focus();
              element.select();
            }
          }}
        />
      )}
      {hint !== undefined && <p class="fl-quiet">{hint}</p>}
      <div class="fl-form-actions">
        <button
          type="button"
          class="fl-button fl-primary"
          onClick={() => save(text.trim())}
          data-testid="mark-save"
        >
          {t.save}
        </button>
      </div>
    </div>
  );
}

const coloursOffered = 16;

function Colours({
  run,
  choose,
}: {
  readonly run: BoardRun;
  readonly choose: (colour: number | null) => void;
}) {
  const t = words.value;
  return (
    <div class="fl-form">
      <b>{t.colour}</b>
      <div class="fl-swatches" role="radiogroup" aria-label={t.colour}>
        {Array.from({length: coloursOffered}, (_, i) => (
          <button
            key={i}
            type="button"
            role="radio"
            aria-checked={run.mark.colour === i}
            aria-label={`${t.colour} ${i + 1}`}
            class={runColour(i).dash > 0 ? 'fl-dashed' : ''}
            style={{'--run': cssColour(runColour(i))}}
            onClick={() => choose(i)}
          >
            <i />
          </button>
        ))}
      </div>
      <button type="button" class="fl-button" onClick={() => choose(null)}>
        {t.colourUsual}
      </button>
    </div>
  );
}
