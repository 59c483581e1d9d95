// The field above the runs: a regular expression, or an expression whose mistakes it points at.

import type {RefObject} from 'preact';
import type {ExpressionError} from '../../base/expression';
import {quoteName} from '../../base/expression';
import type {RunQuery} from '../../state/run_query';
import {words} from '../../words/words';
import type {Words} from '../../words/en';
import {useBoard} from '../context';
import {SearchField} from '../controls';
import {PopoverButton} from '../popover';

export function QueryField({inputRef}: {readonly inputRef: RefObject<HTMLInputElement | null>}) {
  const board = useBoard();
  const t = words.value;
  const value = board.view.value.runFilter;
  const query = board.table.query.value;
  const change = (runFilter: string): void => board.update({runFilter});
  const hasProblem =
    query.kind === 'error' ||
    (query.kind === 'pattern' && query.invalid !== undefined) ||
    (query.kind === 'expression' && query.unknown.length > 0);
  return (
    <>
      <SearchField
        label={t.filterRuns}
        value={value}
        change={change}
        testId="run-filter"
        inputRef={inputRef}
        isWrong={hasProblem}
        describedBy="run-query-problem"
      >
        <PopoverButton
          label={t.filterHelp}
          class="fl-field-help"
          face={<span aria-hidden="true">?</span>}
          testId="run-filter-help"
        >
          {(close) => (
            <Examples t={t} use={(text) => (change(text), close(), inputRef.current?.focus())} />
          )}
        </PopoverButton>
      </SearchField>
      <div
        class="fl-query-problem"
        id="run-query-problem"
        role="status"
        data-testid="run-filter-problem"
      >
        <Problem t={t} query={query} text={value} change={change} />
      </div>
    </>
  );
}

interface ProblemProps {
  readonly t: Words;
  readonly query: RunQuery;
  readonly text: string;
  readonly change: (text: string) => void;
}

function Problem({t, query, text, change}: ProblemProps) {
  if (query.kind === 'pattern' && query.invalid !== undefined)
    return <p>{t.invalidFilter(query.invalid)}</p>;
  if (query.kind === 'error') {
    const {from, to} = query.error;
    return (
      <>
        <code>
          {text.slice(0, from)}
          <mark>{to > from ? text.slice(from, to) : ' '}</mark>
          {text.slice(to)}
        </code>
        <p>
          {t.atCharacter(from + 1)} {errorWords(t, query.error)}
        </p>
      </>
    );
  }
  if (query.kind !== 'expression') return null;
  return (
    <>
      {query.unknown.map(({name, closest, from, to}) => (
        <p key={`${name}${from}`}>
          {t.unknownName(name)}{' '}
          {closest.map((candidate, i) => (
            <span key={candidate}>
              {i === 0 ? t.didYouMean : ', '}{' '}
              <button
                type="button"
                class="fl-link"
                onClick={() => change(text.slice(0, from) + quoteName(candidate) + text.slice(to))}
              >
                {candidate}
              </button>
            </span>
          ))}
        </p>
      ))}
    </>
  );
}

function errorWords(t: Words, {code, got}: ExpressionError): string {
  switch (code) {
    case 'expected-value':
      return t.exprExpectedValue(got);
    case 'expected-close':
      return t.exprExpectedClose(got);
    case 'expected-list':
      return t.exprExpectedList;
    case 'unclosed':
      return t.exprUnclosed(got.charAt(0));
    case 'pattern':
      return t.exprPattern;
    case 'empty-name':
      return t.exprEmptyName;
    case 'unexpected':
      return t.exprUnexpected(got);
  }
}

function Examples({t, use}: {readonly t: Words; readonly use: (text: string) => void}) {
  const board = useBoard();
  const {hparams, tags} = board.table.known.value;
  const [hparam] = hparams;
  const [tag] = tags;
  const examples: readonly (readonly [string, string])[] = [
    ['seed[0-9]$', t.exampleRegex],
    [hparam === undefined ? 'step > 1000' : `${quoteName(hparam)} = 1e-3`, t.exampleNumber],
    [`min(${quoteName(tag ?? 'loss')}) < 0.5`, t.exampleMetric],
    ['status = "live" and duration > 2h', t.exampleAnd],
    ['tags = "paper" or pinned', t.exampleTags],
    ['name ~ "^cnn" and not archived', t.exampleName],
  ];
  return (
    <div class="fl-details">
      <b>{t.filterHelp}</b>
      <p>{t.filterHelpWhy}</p>
      <ul class="fl-examples">
        {examples.map(([text, why]) => (
          <li key={text}>
            <button type="button" class="fl-link" onClick={() => use(text)}>
              <code>{text}</code>
            </button>
            <span>{why}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
