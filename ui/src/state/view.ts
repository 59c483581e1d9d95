// A view of the page: small, immutable, and the same as its address. Reading an address and writing it are the two
// pure functions below; keys that others put into the address are kept.
//
// TensorBoard's own addresses open the same view: #scalars and #timeseries, tagFilter, runFilter, smoothing,
// pinnedCards, and the older `#scalars&tagFilter=…&regexInput=…&_smoothingWeight=…`.

import {
  chartKeys,
  initialChartView,
  readChartView,
  writeChartView,
  type ChartView,
} from './chart_view';

export type Tab = 'timeseries' | 'histograms' | 'graphs';

/** Which runs are drawn, in a form that new runs join or not, as the person meant it. */
export type Shown =
  | {readonly kind: 'all-but'; readonly names: ReadonlySet<string>}
  | {readonly kind: 'only'; readonly names: ReadonlySet<string>};

export type HistogramMode = 'offset' | 'overlay';

export interface View extends ChartView {
  readonly tab: Tab;
  readonly tagFilter: string;
  readonly runFilter: string;
  readonly shown: Shown;
  readonly histogramMode: HistogramMode;
  readonly node: string; // Chosen in the graph.
  readonly graphRun: string;
  readonly graphTag: string; // Which of the run's graphs: "ops:" or "conceptual:" and its tag.
  /** Pairs of the address that are not ours. */
  readonly others: readonly (readonly [string, string])[];
}

export const everyRun: Shown = {kind: 'all-but', names: new Set()};
export const noRun: Shown = {kind: 'only', names: new Set()};

export const initialView: View = {
  ...initialChartView,
  tab: 'timeseries',
  tagFilter: '',
  runFilter: '',
  shown: everyRun,
  histogramMode: 'offset',
  node: '',
  graphRun: '',
  graphTag: '',
  others: [],
};

export function isShown(shown: Shown, name: string): boolean {
  return shown.names.has(name) === (shown.kind === 'only');
}

/** `shown` with `names` turned on or off. */
export function withShown(shown: Shown, names: Iterable<string>, on: boolean): Shown {
  const changed = new Set(shown.names);
  for (const name of names) {
    if (on === (shown.kind === 'only')) changed.add(name);
    else changed.delete(name);
  }
  return {kind: shown.kind, names: changed};
}

export function only(names: Iterable<string>): Shown {
  return {kind: 'only', names: new Set(names)};
}

export function toggled<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
  const changed = new Set(set);
  if (!changed.delete(item)) changed.add(item);
  return changed;
}

const tabsByHash: Readonly<Record<string, Tab>> = {
  timeseries: 'timeseries',
  scalars: 'timeseries',
  histograms: 'histograms',
  distributions: 'histograms',
  graphs: 'graphs',
};

const ownKeys = new Set([
  ...chartKeys,
  'tagFilter',
  'runFilter',
  'hide',
  'only',
  'mode',
  'node',
  'run',
  'graph',
]);

/** Reads the view of an address. What cannot be read takes its default. */
export function viewFromUrl(search: string, hash: string): View {
  const query = new URLSearchParams(search);
  const [tabName = '', ...hashPairs] = hash.replace(/^#/, '').split('&');
  const old = new URLSearchParams(hashPairs.join('&'));
  const hide = query.getAll('hide');
  const onlyThese = query.getAll('only');
  return {
    ...readChartView(query, old),
    tab: tabsByHash[tabName] ?? 'timeseries',
    tagFilter: query.get('tagFilter') ?? old.get('tagFilter') ?? '',
    runFilter: query.get('runFilter') ?? old.get('regexInput') ?? '',
    shown: query.has('only')
      ? only(onlyThese.filter((name) => name !== ''))
      : {kind: 'all-but', names: new Set(hide)},
    histogramMode: query.get('mode') === 'overlay' ? 'overlay' : 'offset',
    node: query.get('node') ?? '',
    graphRun: query.get('run') ?? old.get('run') ?? '',
    graphTag: query.get('graph') ?? '',
    others: [...query].filter(([key]) => !ownKeys.has(key)),
  };
}

/** Writes the address of a view: `?…#tab`, defaults left out. */
export function urlOfView(view: View): string {
  const query = new URLSearchParams();
  for (const [key, value] of view.others) query.append(key, value);
  if (view.tagFilter !== '') query.set('tagFilter', view.tagFilter);
  if (view.runFilter !== '') query.set('runFilter', view.runFilter);
  const names = [...view.shown.names].sort();
  if (view.shown.kind === 'all-but') for (const name of names) query.append('hide', name);
  else if (names.length === 0) query.append('only', '');
  else for (const name of names) query.append('only', name);
  writeChartView(view, query);
  if (view.histogramMode !== 'offset') query.set('mode', view.histogramMode);
  if (view.node !== '') query.set('node', view.node);
  if (view.graphRun !== '') query.set('run', view.graphRun);
  if (view.graphTag !== '') query.set('graph', view.graphTag);
  const text = query.toString();
  return `${text === '' ? '' : `?${text}`}#${view.tab}`;
}
