// What the field above the runs asks: a regular expression on names, or an expression on everything a run is known by.

import {evaluate} from '../base/evaluate';
import {looksLikeExpression, parseExpression, type ExpressionError} from '../base/expression';
import {parseTextFilter} from '../base/text_filter';
import {
  cellOf,
  resolveName,
  type Column,
  type KnownNames,
  type MarkedRun,
  type Resolved,
  type Summaries,
} from './run_columns';

type Unknown = Extract<Resolved, {kind: 'unknown'}> & {readonly from: number; readonly to: number};

export type RunQuery =
  | {readonly kind: 'all'}
  | {
      readonly kind: 'pattern';
      readonly matches: (run: MarkedRun) => boolean;
      readonly invalid: string | undefined;
    }
  | {
      readonly kind: 'expression';
      readonly tags: readonly string[]; // Metrics it reads.
      readonly unknown: readonly Unknown[];
      readonly matches: (run: MarkedRun, summaries: Summaries) => boolean;
    }
  | {readonly kind: 'error'; readonly error: ExpressionError};

/** An expression that cannot be read, such as one that is still being typed, lets every run pass; the field says why. */
export function parseRunQuery(text: string, known: KnownNames): RunQuery {
  if (text.trim() === '') return {kind: 'all'};
  if (!looksLikeExpression(text)) {
    const filter = parseTextFilter(text);
    if (filter.kind === 'all') return filter;
    return {
      kind: 'pattern',
      matches: (run) =>
        filter.matches(run.name) || (run.label !== run.name && filter.matches(run.label)),
      invalid: filter.kind === 'invalid' ? filter.message : undefined,
    };
  }
  const parsed = parseExpression(text);
  if (parsed.kind === 'error') return parsed;
  const columns = new Map<string, Column>();
  const unknown: Unknown[] = [];
  const keyOf = (name: string, stat: string | undefined): string => `${stat ?? ''}:${name}`;
  for (const use of parsed.names) {
    const resolved = resolveName(use, known);
    if (resolved.kind === 'known') columns.set(keyOf(use.name, use.stat), resolved.column);
    else unknown.push({...resolved, from: use.from, to: use.to});
  }
  return {
    kind: 'expression',
    tags: [...columns.values()].flatMap((column) => (column.kind === 'metric' ? [column.tag] : [])),
    unknown,
    matches: (run, summaries) =>
      evaluate(parsed.expression, ({name, stat}) => {
        const column = columns.get(keyOf(name, stat));
        return column === undefined ? undefined : cellOf(run, column, summaries);
      }),
  };
}

export function matchesQuery(query: RunQuery, run: MarkedRun, summaries: Summaries): boolean {
  switch (query.kind) {
    case 'all':
    case 'error':
      return true;
    case 'pattern':
      return query.matches(run);
    case 'expression':
      return query.matches(run, summaries);
  }
}
