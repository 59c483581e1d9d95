// Sections and colours of runs: by status, folder, a regular expression on names, or a hyper-parameter.

import {useState} from 'preact/hooks';
import {groupingText, noGrouping, type Grouping} from '../../state/run_groups';
import {words} from '../../words/words';
import type {Words} from '../../words/en';
import {useBoard} from '../context';
import {CheckIcon} from '../icons';

const mostHParams = 30;

export function GroupMenu() {
  const board = useBoard();
  const t = words.value;
  const {grouping, colouring} = board.view.value;
  return (
    <div class="fl-group-menu" data-testid="group-menu">
      <Choices
        t={t}
        title={t.groupBy}
        none={t.groupNone}
        value={grouping}
        choose={(value) => board.update({grouping: value})}
      />
      <Choices
        t={t}
        title={t.colourBy}
        none={t.colourRun}
        value={colouring}
        choose={(value) => board.update({colouring: value})}
      />
    </div>
  );
}

interface ChoicesProps {
  readonly t: Words;
  readonly title: string;
  readonly none: string;
  readonly value: Grouping;
  readonly choose: (grouping: Grouping) => void;
}

function Choices({t, title, none, value, choose}: ChoicesProps) {
  const board = useBoard();
  const [pattern, setPattern] = useState(value.kind === 'regex' ? value.pattern : '');
  const now = groupingText(value);
  const option = (grouping: Grouping, text: string) => (
    <button
      key={groupingText(grouping)}
      type="button"
      class="fl-menu-item"
      role="radio"
      aria-checked={now === groupingText(grouping)}
      onClick={() => choose(grouping)}
    >
      <span class="fl-check">{now === groupingText(grouping) && <CheckIcon />}</span>
      <bdi>{text}</bdi>
    </button>
  );
  return (
    <div>
      <div class="fl-menu-title">{title}</div>
      <div role="radiogroup" aria-label={title}>
        {option(noGrouping, none)}
        {option({kind: 'status'}, t.statusLabel)}
        {option({kind: 'folder'}, t.groupFolder)}
        {board.table.hparams.value
          .slice(0, mostHParams)
          .map((name) =>
            option({kind: 'hparam', name}, board.server.hparamTitles.value.get(name) ?? name),
          )}
      </div>
      <form
        class="fl-regex-form"
        onSubmit={(event) => {
          event.preventDefault();
          choose(pattern === '' ? noGrouping : {kind: 'regex', pattern});
        }}
      >
        <label>
          <span class="fl-menu-title">{t.groupRegex}</span>
          <span class="fl-field">
            <input
              type="text"
              value={pattern}
              placeholder={'^(\\w+)/'}
              aria-label={`${title}: ${t.groupRegex}`}
              aria-invalid={!isPattern(pattern)}
              spellcheck={false}
              onInput={(event) => {
                const text = event.currentTarget.value;
                setPattern(text);
                if (text !== '' && isPattern(text)) choose({kind: 'regex', pattern: text});
              }}
            />
          </span>
        </label>
      </form>
    </div>
  );
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
