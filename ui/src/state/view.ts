// A view of the page: small, immutable, and the same as its address. Reading an address and writing it are the two
// pure functions below; keys that others put into the address are kept.
//
// TensorBoard's own addresses open the same view: #scalars and #timeseries, tagFilter, runFilter, smoothing,
// pinnedCards, and the older `#scalars&tagFilter=…&regexInput=…&_smoothingWeight=…`.

import type {Axis} from '../api/types';

export type Tab = 'timeseries' | 'histograms' | 'graphs';
export type YScale = 'linear' | 'log';

/** Which runs are drawn, in a form that new runs join or not, as the person meant it. */
export type Shown =
  | {readonly kind: 'all-but'; readonly names: ReadonlySet<string>}
  | {readonly kind: 'only'; readonly names: ReadonlySet<string>};

export interface Zoom {
  readonly x0: number;
  readonly x1: number;
  readonly y: {readonly lo: number; readonly hi: number} | undefined; // Fitted when undefined.
}

export type HistogramMode = 'offset' | 'overlay';

export interface View {
  readonly tab: Tab;
  readonly tagFilter: string;
  readonly runFilter: string;
  readonly shown: Shown;
  readonly axis: Axis;
  readonly smoothing: number; // [0, 1)
  readonly lines: 'runs' | 'mean';
  readonly yScale: YScale;
  readonly otherScale: ReadonlySet<string>; // Tags whose y scale is the other one.
  readonly histogramMode: HistogramMode;
  readonly zooms: ReadonlyMap<string, Zoom>; // By tag, in the units of `axis`.
  readonly pinned: readonly string[]; // Scalar tags, in the order they were pinned.
  readonly wide: ReadonlySet<string>; // Cards that take the whole width.
  readonly node: string; // Chosen in the graph.
  readonly graphRun: string;
  /** Pairs of the address that are not ours. */
  readonly others: readonly (readonly [string, string])[];
}

export const defaultSmoothing = 0.6;
export const mostSmoothing = 0.999;

export const everyRun: Shown = {kind: 'all-but', names: new Set()};
export const noRun: Shown = {kind: 'only', names: new Set()};

export const initialView: View = {
  tab: 'timeseries',
  tagFilter: '',
  runFilter: '',
  shown: everyRun,
  axis: 'step',
  smoothing: defaultSmoothing,
  lines: 'runs',
  yScale: 'linear',
  otherScale: new Set(),
  histogramMode: 'offset',
  zooms: new Map(),
  pinned: [],
  wide: new Set(),
  node: '',
  graphRun: '',
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
  'tagFilter',
  'runFilter',
  'hide',
  'only',
  'axis',
  'smoothing',
  'lines',
  'y',
  'yOther',
  'mode',
  'zoom',
  'pinnedCards',
  'wide',
  'node',
  'run',
]);

/** Reads the view of an address. What cannot be read takes its default. */
export function viewFromUrl(search: string, hash: string): View {
  const query = new URLSearchParams(search);
  const [tabName = '', ...hashPairs] = hash.replace(/^#/, '').split('&');
  const old = new URLSearchParams(hashPairs.join('&'));
  const axis = query.get('axis') ?? old.get('_xType');
  const smoothing = query.get('smoothing') ?? old.get('_smoothingWeight');
  const hide = query.getAll('hide');
  const onlyThese = query.getAll('only');
  return {
    tab: tabsByHash[tabName] ?? 'timeseries',
    tagFilter: query.get('tagFilter') ?? old.get('tagFilter') ?? '',
    runFilter: query.get('runFilter') ?? old.get('regexInput') ?? '',
    shown: query.has('only')
      ? only(onlyThese.filter((name) => name !== ''))
      : {kind: 'all-but', names: new Set(hide)},
    axis: axis === 'relative' || axis === 'wall' ? axis : axis === 'wall_time' ? 'wall' : 'step',
    smoothing: readSmoothing(smoothing),
    lines: query.get('lines') === 'mean' ? 'mean' : 'runs',
    yScale: query.get('y') === 'log' ? 'log' : 'linear',
    otherScale: new Set(query.getAll('yOther')),
    histogramMode: query.get('mode') === 'overlay' ? 'overlay' : 'offset',
    zooms: new Map(query.getAll('zoom').flatMap(readZoom)),
    pinned: readPins(query.get('pinnedCards')),
    wide: new Set(query.getAll('wide')),
    node: query.get('node') ?? '',
    graphRun: query.get('run') ?? old.get('run') ?? '',
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
  if (view.axis !== 'step') query.set('axis', view.axis);
  if (view.smoothing !== defaultSmoothing) query.set('smoothing', String(view.smoothing));
  if (view.lines !== 'runs') query.set('lines', view.lines);
  if (view.yScale !== 'linear') query.set('y', view.yScale);
  for (const tag of view.otherScale) query.append('yOther', tag);
  if (view.histogramMode !== 'offset') query.set('mode', view.histogramMode);
  for (const [tag, zoom] of view.zooms) query.append('zoom', writeZoom(tag, zoom));
  if (view.pinned.length > 0) {
    query.set('pinnedCards', JSON.stringify(view.pinned.map((tag) => ({plugin: 'scalars', tag}))));
  }
  for (const card of view.wide) query.append('wide', card);
  if (view.node !== '') query.set('node', view.node);
  if (view.graphRun !== '') query.set('run', view.graphRun);
  const text = query.toString();
  return `${text === '' ? '' : `?${text}`}#${view.tab}`;
}

function readSmoothing(text: string | null): number {
  if (text === null || text === '') return defaultSmoothing;
  const value = Number(text);
  return Number.isFinite(value) ? Math.min(mostSmoothing, Math.max(0, value)) : defaultSmoothing;
}

// `x0,x1,:tag` or `x0,x1,ylo,hi,:tag`: the tag comes last and after the first colon, so that it may hold anything.
function writeZoom(tag: string, zoom: Zoom): string {
  const y = zoom.y === undefined ? '' : `y${zoom.y.lo},${zoom.y.hi},`;
  return `${zoom.x0},${zoom.x1},${y}:${tag}`;
}

function readZoom(text: string): [string, Zoom][] {
  const found = /^([^,:]+),([^,:]+),(?:y([^,:]+),([^,:]+),)?:(.+)$/s.exec(text);
  if (found === null) return [];
  const [, a, b, lo, hi, tag] = found;
  const x0 = Number(a);
  const x1 = Number(b);
  const y0 = Number(lo);
  const y1 = Number(hi);
  if (tag === undefined || !(x0 < x1) || !Number.isFinite(x0) || !Number.isFinite(x1)) return [];
  return [
    [
      tag,
      {
        x0,
        x1,
        y: y0 < y1 && Number.isFinite(y0) && Number.isFinite(y1) ? {lo: y0, hi: y1} : undefined,
      },
    ],
  ];
}

function readPins(text: string | null): string[] {
  if (text === null) return [];
  try {
    const pins: unknown = JSON.parse(text);
    if (!Array.isArray(pins)) return [];
    return pins.flatMap((pin: unknown) => {
      if (typeof pin !== 'object' || pin === null || !('tag' in pin) || typeof pin.tag !== 'string')
        return [];
      return 'plugin' in pin && pin.plugin !== 'scalars' ? [] : [pin.tag];
    });
  } catch {
    return [];
  }
}
