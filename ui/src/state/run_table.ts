// The runs as the page shows them: what the server has, what people say of them, the filter, the order, the columns, and
// which of them are drawn. All of it is computed from the view and the server's lists.

import {computed, effect, type ReadonlySignal} from '@preact/signals';
import type {HParamValue, Mark, Run, Tag} from '../api/types';
import type {RunColour} from '../base/run_colours';
import type {Loadable} from '../base/loadable';
import {ColourNumbers, colourRuns} from './run_colouring';
import {
  sortRuns,
  type Column,
  type KnownNames,
  type MarkedRun,
  type Summaries,
} from './run_columns';
import {matchesQuery, parseRunQuery, type RunQuery} from './run_query';
import {isShown, only, type RunView, type Shown} from './run_view';

export interface BoardRun extends MarkedRun {
  readonly colour: RunColour;
}

/** Above this many runs not all are drawn unasked. */
export const mostRunsUnasked = 500;
export const firstRunsShown = 50;

interface Inputs {
  readonly view: ReadonlySignal<RunView>;
  readonly runs: ReadonlySignal<Loadable<readonly Run[]>>;
  readonly tags: ReadonlySignal<Loadable<readonly Tag[]>>;
  readonly logdir: ReadonlySignal<string | undefined>;
  readonly marks: ReadonlySignal<ReadonlyMap<string, Mark>>;
  readonly summaries: ReadonlySignal<Summaries>;
  /** Asks for the statistics of these tags. */
  readonly want: (tags: readonly string[]) => void;
}

const noMark: Mark = {};

export class RunTable {
  readonly all: ReadonlySignal<readonly BoardRun[]>;
  readonly known: ReadonlySignal<KnownNames>;
  readonly query: ReadonlySignal<RunQuery>;
  /** Those that pass the filter and are not archived, in order of name. */
  readonly filtered: ReadonlySignal<readonly BoardRun[]>;
  /** The same in the order of the table, pinned ones first. */
  readonly sorted: ReadonlySignal<readonly BoardRun[]>;
  readonly archivedCount: ReadonlySignal<number>;
  readonly columns: ReadonlySignal<readonly Column[]>;
  readonly shown: ReadonlySignal<Shown>;
  readonly drawn: ReadonlySignal<readonly BoardRun[]>;
  /** Hyper-parameters of any run, those whose values differ first. */
  readonly hparams: ReadonlySignal<readonly string[]>;

  /** Hyper-parameters that are numbers wherever they are given. */
  readonly numericHParams: ReadonlySignal<ReadonlySet<string>>;

  private readonly colours = new ColourNumbers();

  constructor(inputs: Inputs) {
    const {view, summaries} = inputs;
    const part = <K extends keyof RunView>(key: K): ReadonlySignal<RunView[K]> =>
      computed(() => view.value[key]);
    const colouring = part('colouring');
    const runFilter = part('runFilter');
    const showsArchived = part('showsArchived');
    const sort = part('sort');
    const chosenColumns = part('columns');
    const isWide = part('isWide');
    const chosenShown = part('shown');

    this.all = computed(() => {
      const runs = inputs.runs.value;
      const logdir = inputs.logdir.value;
      // Colours are remembered by log directory: until it is known there is no run to colour.
      if (runs.kind !== 'ready' || logdir === undefined) return [];
      const marks = inputs.marks.value;
      const marked = runs.value.map((run) => {
        const mark = marks.get(run.name) ?? noMark;
        return {...run, mark, label: mark.title ?? run.name};
      });
      const numbers = this.colours.of(
        marked.map((run) => run.name),
        logdir,
      );
      return colourRuns(marked, numbers, colouring.value);
    });
    const scalarTags = computed(() => {
      const tags = inputs.tags.value;
      return tags.kind === 'ready'
        ? tags.value.filter((tag) => tag.kind === 'scalars').map((tag) => tag.tag)
        : [];
    });
    this.hparams = computed(() => {
      const runs = inputs.runs.value;
      return runs.kind === 'ready' ? orderHParams(runs.value) : [];
    });
    this.numericHParams = computed(() => {
      const runs = inputs.runs.value;
      const list = runs.kind === 'ready' ? runs.value : [];
      return new Set(
        this.hparams.value.filter((name) =>
          list.every((run) => typeof (run.hparams.get(name) ?? 0) === 'number'),
        ),
      );
    });
    this.known = computed(() => ({hparams: new Set(this.hparams.value), tags: scalarTags.value}));
    // A short name means the metric that stands in the table under it.
    const shownTags = computed(() =>
      this.columns.value.flatMap((column) => (column.kind === 'metric' ? [column.tag] : [])),
    );
    this.query = computed(() =>
      parseRunQuery(runFilter.value, {...this.known.value, shownTags: shownTags.value}),
    );
    this.archivedCount = computed(
      () => this.all.value.filter((run) => run.mark.archived === true).length,
    );
    this.filtered = computed(() => {
      const query = this.query.value;
      // Statistics that the filter does not read do not run it again.
      const values =
        query.kind === 'expression' && query.tags.length > 0 ? summaries.value : noSummaries;
      return this.all.value.filter(
        (run) =>
          (showsArchived.value || run.mark.archived !== true) && matchesQuery(query, run, values),
      );
    });
    this.sorted = computed(() => {
      const by = sort.value;
      const values = by?.column.kind === 'metric' ? summaries.value : noSummaries;
      const sorted = sortRuns(this.filtered.value, by, values);
      const pinned = sorted.filter((run) => run.mark.pinned === true);
      return pinned.length === 0
        ? sorted
        : [...pinned, ...sorted.filter((run) => run.mark.pinned !== true)];
    });
    this.columns = computed(() => {
      const chosen = chosenColumns.value;
      const {hparams, tags} = this.known.value;
      // Columns chosen for other logs do not stand here empty.
      const here = chosen?.filter(
        (column) =>
          column.kind === 'fact' ||
          (column.kind === 'hparam' ? hparams.has(column.name) : tags.includes(column.tag)),
      );
      return here !== undefined && (here.length > 0 || chosen?.length === 0)
        ? here
        : usualColumns(tags, this.hparams.value, isWide.value);
    });
    const hidden = computed(
      () =>
        new Set(this.all.value.filter((run) => run.mark.hidden === true).map((run) => run.name)),
    );
    this.shown = computed(() => {
      const shown = chosenShown.value;
      if (shown.kind === 'only') return shown;
      const names = this.all.value.map((run) => run.name);
      if (shown.names.size === 0 && names.length > mostRunsUnasked)
        return only(names.filter((name) => !hidden.value.has(name)).slice(0, firstRunsShown));
      return hidden.value.size === 0
        ? shown
        : {kind: 'all-but', names: new Set([...shown.names, ...hidden.value])};
    });
    this.drawn = computed(() =>
      this.filtered.value.filter((run) => isShown(this.shown.value, run.name)),
    );
    effect(() => {
      const tags: string[] =
        this.query.value.kind === 'expression' ? [...this.query.value.tags] : [];
      for (const column of [...this.columns.value, sort.value?.column])
        if (column?.kind === 'metric') tags.push(column.tag);
      const there = new Set(scalarTags.value);
      inputs.want(tags.filter((tag) => there.has(tag)));
    });
  }
}

const noSummaries: Summaries = new Map();

function orderHParams(runs: readonly Run[]): readonly string[] {
  const first = new Map<string, HParamValue>();
  const differing = new Set<string>();
  const withAny = runs.filter((run) => run.hparams.size > 0);
  for (const run of withAny) {
    for (const [name, value] of run.hparams) {
      const known = first.get(name);
      if (known === undefined) first.set(name, value);
      else if (known !== value) differing.add(name);
    }
  }
  for (const name of first.keys())
    if (withAny.some((run) => !run.hparams.has(name))) differing.add(name);
  const names = [...first.keys()];
  return [...names.filter((n) => differing.has(n)), ...names.filter((n) => !differing.has(n))];
}

const mostUsualHParams = 8;
const mostUsualMetrics = 3;

/** Beside the charts: a loss and an accuracy. As a table of its own: what tells runs apart. */
function usualColumns(
  tags: readonly string[],
  hparams: readonly string[],
  isWide: boolean,
): readonly Column[] {
  const found = [/(^|[^a-z])loss/i, /(^|[^a-z])(acc|precision)/i]
    .map((pattern) => tags.find((tag) => pattern.test(tag)))
    .filter((tag) => tag !== undefined);
  const metric = (tag: string): Column => ({kind: 'metric', tag, stat: 'last'});
  const few = (found.length > 0 ? found : tags.slice(0, 1)).map(metric);
  if (!isWide) return few;
  const others = tags.filter((tag) => !found.includes(tag)).map(metric);
  return [
    {kind: 'fact', fact: 'status'},
    {kind: 'fact', fact: 'step'},
    {kind: 'fact', fact: 'duration'},
    ...hparams.slice(0, mostUsualHParams).map((name): Column => ({kind: 'hparam', name})),
    ...[...few, ...others].slice(0, mostUsualMetrics),
    {kind: 'fact', fact: 'tags'},
    {kind: 'fact', fact: 'note'},
  ];
}
