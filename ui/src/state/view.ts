// A view of the page: small, immutable, and the same as its address. Reading an address and writing it are the two
// pure functions below; keys that others put into the address are kept.
//
// TensorBoard's own addresses open the same view: #scalars and #timeseries, #histograms and #distributions, tagFilter, runFilter, runColorGroup,
// smoothing, pinnedCards, darkMode, and the older `#scalars&tagFilter=…&regexInput=…&_smoothingWeight=…`.

import {
  chartKeys,
  initialChartView,
  readChartView,
  writeChartView,
  type ChartView,
} from './chart_view';
import {
  histogramKeys,
  initialHistogramView,
  readHistogramView,
  writeHistogramView,
  type HistogramView,
} from './histogram_view';
import {initialRunView, readRunView, runKeys, writeRunView, type RunView} from './run_view';

export type Tab = 'timeseries' | 'histograms' | 'graphs';

export interface View extends ChartView, RunView, HistogramView {
  readonly tab: Tab;
  readonly tagFilter: string;
  readonly node: string; // Chosen in the graph.
  readonly graphRun: string;
  readonly graphTag: string; // Which of the run's graphs: "ops:" or "conceptual:" and its tag.
  /** Pairs of the address that are not ours. */
  readonly others: readonly (readonly [string, string])[];
}

export const initialView: View = {
  ...initialChartView,
  ...initialRunView,
  ...initialHistogramView,
  tab: 'timeseries',
  tagFilter: '',
  node: '',
  graphRun: '',
  graphTag: '',
  others: [],
};

export function toggled<T>(set: ReadonlySet<T>, item: T): ReadonlySet<T> {
  const changed = new Set(set);
  if (!changed.delete(item)) changed.add(item);
  return changed;
}

const tabsByHash: Readonly<Record<string, Tab>> = {
  timeseries: 'timeseries',
  scalars: 'timeseries',
  images: 'timeseries',
  histograms: 'histograms',
  distributions: 'histograms',
  graphs: 'graphs',
};

const ownKeys = new Set([
  ...chartKeys,
  ...runKeys,
  ...histogramKeys,
  'tagFilter',
  'node',
  'run',
  'graph',
]);

/** Reads the view of an address. What cannot be read takes its default. */
export function viewFromUrl(search: string, hash: string): View {
  const query = new URLSearchParams(search);
  const [tabName = '', ...hashPairs] = hash.replace(/^#/, '').split('&');
  const old = new URLSearchParams(hashPairs.join('&'));
  return {
    ...readChartView(query, old),
    ...readRunView(query, old),
    ...readHistogramView(query, tabName === 'distributions'),
    ...(tabName === 'images' && {kinds: 'images'}),
    tab: tabsByHash[tabName] ?? 'timeseries',
    tagFilter: query.get('tagFilter') ?? old.get('tagFilter') ?? '',
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
  writeRunView(view, query);
  writeChartView(view, query);
  const isDistributions = view.tab === 'histograms' && view.histogramMode === 'percentiles';
  writeHistogramView(view, query, isDistributions);
  if (view.node !== '') query.set('node', view.node);
  if (view.graphRun !== '') query.set('run', view.graphRun);
  if (view.graphTag !== '') query.set('graph', view.graphTag);
  const text = query.toString();
  return `${text === '' ? '' : `?${text}`}#${isDistributions ? 'distributions' : view.tab}`;
}
