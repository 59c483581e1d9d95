// The part of a view that says how line charts are drawn, and how it stands in the address. Every chart has a key: its tag,
// or for a chart that a person made of several tags the chart's name with a mark in front (`customKey`).

import type {Range} from '../base/extent';
import type {Axis, BandKind} from '../api/types';
import {smoothingKinds, type SmoothingKind} from './smoothing';

export type {BandKind};
export type ScaleKind = 'linear' | 'log';

export interface Zoom {
  readonly x: Range | undefined; // Whole when undefined.
  readonly y: Range | undefined; // Fitted when undefined.
}

/** One step, or all from `lo` to `hi`; what the data tables tell of. */
export interface Selection {
  readonly lo: number;
  readonly hi: number | undefined;
}

export interface CustomChart {
  readonly name: string;
  readonly tags: readonly string[];
}

/** Which cards time series show. */
export const cardKinds = ['scalars', 'histograms', 'images', 'all'] as const;
export type CardKinds = (typeof cardKinds)[number];

export interface ChartView {
  readonly kinds: CardKinds;
  readonly axis: Axis;
  readonly xTag: string; // Of the axis `metric`.
  readonly xScale: ScaleKind;
  readonly smoothing: number; // [0, 1)
  readonly smoothingKind: SmoothingKind;
  readonly lines: 'runs' | 'mean';
  readonly band: BandKind; // Around a mean.
  readonly yScale: ScaleKind;
  readonly otherScale: ReadonlySet<string>; // Charts whose y scale is the other one.
  readonly zooms: ReadonlyMap<string, Zoom>; // By chart, in the units of x.
  readonly isLinked: boolean; // One x range for all charts: `linkedX`.
  readonly linkedX: Range | undefined;
  readonly isOlderShown: boolean; // Points that a restart superseded.
  readonly isSplit: boolean; // A line of its own wherever x falls back.
  readonly selection: Selection | undefined; // On the step axis.
  readonly custom: readonly CustomChart[];
  readonly pinned: readonly string[]; // Charts, in the order they were pinned.
  readonly wide: ReadonlySet<string>; // Cards that take the whole width.
}

export const defaultSmoothing = 0.6;
export const mostSmoothing = 0.999;

export const initialChartView: ChartView = {
  kinds: 'scalars',
  axis: 'step',
  xTag: '',
  xScale: 'linear',
  smoothing: defaultSmoothing,
  smoothingKind: 'ema',
  lines: 'runs',
  band: 'std',
  yScale: 'linear',
  otherScale: new Set(),
  zooms: new Map(),
  isLinked: false,
  linkedX: undefined,
  isOlderShown: false,
  isSplit: false,
  selection: undefined,
  custom: [],
  pinned: [],
  wide: new Set(),
};

/** The keys of an address that `readChartView` understands. */
export const chartKeys: readonly string[] = [
  'kinds',
  'axis',
  'xTag',
  'x',
  'smoothing',
  'smooth',
  'lines',
  'y',
  'yOther',
  'zoom',
  'link',
  'older',
  'split',
  'steps',
  'chart',
  'pinnedCards',
  'wide',
];

const customMark = '\u0001';
const histogramMark = '\u0002';
const imageMark = '\u0003';

/** The key of a card that shows the histograms of a tag in a run; of all runs together when `run` is empty. */
export function histogramKey(run: string, tag: string): string {
  return `${histogramMark}${run}${histogramMark}${tag}`;
}

/** The run's name and the tag of such a key. */
export function histogramOfKey(key: string): readonly [string, string] | undefined {
  const [before, run, tag] = key.split(histogramMark);
  return before === '' && run !== undefined && tag !== undefined ? [run, tag] : undefined;
}

/** The key of a card that shows the images of a tag in a run. */
export function imageKey(run: string, tag: string): string {
  return `${imageMark}${run}${imageMark}${tag}`;
}

/** The run's name and the tag of such a key. */
export function imageOfKey(key: string): readonly [string, string] | undefined {
  const [before, run, tag] = key.split(imageMark);
  return before === '' && run !== undefined && tag !== undefined ? [run, tag] : undefined;
}

/** The key of a chart that a person made. */
export function customKey(name: string): string {
  return customMark + name;
}

export function isCustomKey(key: string): boolean {
  return key.startsWith(customMark);
}

export function customName(key: string): string {
  return key.slice(customMark.length);
}

/** Whole steps, the lesser one first; a range of one step is that step. */
export function selected(from: number, to: number | undefined): Selection {
  const a = Math.round(from);
  const b = to === undefined ? a : Math.round(to);
  return {lo: Math.min(a, b), hi: a === b ? undefined : Math.max(a, b)};
}

/** What of `key`'s chart is shown. */
export function zoomOf(view: ChartView, key: string): Zoom | undefined {
  const own = view.zooms.get(key);
  if (!isLinked(view, key)) return own;
  return view.linkedX === undefined && own?.y === undefined
    ? undefined
    : {x: view.linkedX, y: own?.y};
}

/** The change that gives `key`'s chart this zoom, and with linked charts all of them its x. */
export function zoomed(view: ChartView, key: string, zoom: Zoom | undefined): Partial<ChartView> {
  const zooms = new Map(view.zooms);
  const linked = isLinked(view, key);
  const own = linked ? {x: undefined, y: zoom?.y} : zoom;
  if (own === undefined || (own.x === undefined && own.y === undefined)) zooms.delete(key);
  else zooms.set(key, own);
  return linked ? {zooms, linkedX: zoom?.x} : {zooms};
}

/** Where lines have a metric as x, histograms have the step: a range of one means nothing to the other. */
function isLinked(view: ChartView, key: string): boolean {
  return view.isLinked && !(view.axis === 'metric' && histogramOfKey(key) !== undefined);
}

/** The change that puts `chart` in the place of the one called `before`, or behind the others. Names stay different. */
export function withCustom(
  view: ChartView,
  before: string | undefined,
  chart: CustomChart,
): Partial<ChartView> {
  const taken = new Set(view.custom.map((c) => c.name).filter((name) => name !== before));
  let {name} = chart;
  for (let n = 2; taken.has(name); n++) name = `${chart.name} (${n})`;
  const made = {...chart, name};
  if (before === undefined) return {custom: [...view.custom, made]};
  const renamed = (key: string): string => (key === customKey(before) ? customKey(name) : key);
  return {
    custom: view.custom.map((c) => (c.name === before ? made : c)),
    pinned: view.pinned.map(renamed),
    zooms: new Map([...view.zooms].map(([key, zoom]) => [renamed(key), zoom])),
    otherScale: new Set([...view.otherScale].map(renamed)),
  };
}

export function withoutCustom(view: ChartView, name: string): Partial<ChartView> {
  return {
    custom: view.custom.filter((c) => c.name !== name),
    pinned: view.pinned.filter((key) => key !== customKey(name)),
  };
}

/** Another meaning of x: ranges of the old one mean nothing on it. */
export function withAxis(axis: Axis, xTag = ''): Partial<ChartView> {
  return {axis, xTag, zooms: new Map(), linkedX: undefined};
}

export function readChartView(query: URLSearchParams, old: URLSearchParams): ChartView {
  const axis = query.get('axis') ?? old.get('_xType');
  const xTag = axis === 'metric' ? (query.get('xTag') ?? '') : '';
  const kind = query.get('smooth');
  const lines = query.get('lines') ?? '';
  const link = query.get('link');
  const kinds = query.get('kinds');
  return {
    kinds: cardKinds.find((k) => k === kinds) ?? 'scalars',
    axis: xTag === '' ? readAxis(axis) : 'metric',
    xTag,
    xScale: query.get('x') === 'log' ? 'log' : 'linear',
    smoothing: readSmoothing(query.get('smoothing') ?? old.get('_smoothingWeight')),
    smoothingKind: smoothingKinds.find((k) => k === kind) ?? 'ema',
    lines: lines.startsWith('mean') ? 'mean' : 'runs',
    band: lines === 'mean-range' ? 'range' : lines === 'mean-quantiles' ? 'quantiles' : 'std',
    yScale: query.get('y') === 'log' ? 'log' : 'linear',
    otherScale: new Set(query.getAll('yOther')),
    zooms: new Map(query.getAll('zoom').flatMap(readZoom)),
    isLinked: link !== null,
    linkedX: link === null ? undefined : readRange(...pair(link)),
    isOlderShown: query.get('older') === '1',
    isSplit: query.get('split') === '1',
    selection: readSelection(query.get('steps')),
    custom: query.getAll('chart').flatMap(readCustom),
    pinned: readPins(query.get('pinnedCards')),
    wide: new Set(query.getAll('wide')),
  };
}

/** Puts into `query` what is not as usual. */
export function writeChartView(view: ChartView, query: URLSearchParams): void {
  if (view.kinds !== 'scalars') query.set('kinds', view.kinds);
  if (view.axis !== 'step') query.set('axis', view.axis);
  if (view.axis === 'metric') query.set('xTag', view.xTag);
  if (view.xScale !== 'linear') query.set('x', view.xScale);
  if (view.smoothing !== defaultSmoothing) query.set('smoothing', String(view.smoothing));
  if (view.smoothingKind !== 'ema') query.set('smooth', view.smoothingKind);
  if (view.lines === 'mean') query.set('lines', view.band === 'std' ? 'mean' : `mean-${view.band}`);
  if (view.yScale !== 'linear') query.set('y', view.yScale);
  for (const key of view.otherScale) query.append('yOther', key);
  for (const [key, zoom] of view.zooms) query.append('zoom', writeZoom(key, zoom));
  if (view.isLinked)
    query.set('link', view.linkedX === undefined ? '1' : `${view.linkedX.lo},${view.linkedX.hi}`);
  if (view.isOlderShown) query.set('older', '1');
  if (view.isSplit) query.set('split', '1');
  if (view.selection !== undefined) {
    const {lo, hi} = view.selection;
    query.set('steps', hi === undefined ? String(lo) : `${lo},${hi}`);
  }
  for (const chart of view.custom) query.append('chart', JSON.stringify(chart));
  if (view.pinned.length > 0) {
    query.set('pinnedCards', JSON.stringify(view.pinned.map(pinOf)));
  }
  for (const card of view.wide) query.append('wide', card);
}

function readAxis(text: string | null): Axis {
  return text === 'relative' || text === 'wall' ? text : text === 'wall_time' ? 'wall' : 'step';
}

function readSmoothing(text: string | null): number {
  if (text === null || text === '') return defaultSmoothing;
  const value = Number(text);
  return Number.isFinite(value) ? Math.min(mostSmoothing, Math.max(0, value)) : defaultSmoothing;
}

function pair(text: string): [string | undefined, string | undefined] {
  const [a, b] = text.split(',');
  return [a, b];
}

function readRange(lo: string | undefined, hi: string | undefined): Range | undefined {
  if (lo === undefined || hi === undefined || lo === '' || hi === '') return undefined;
  const range = {lo: Number(lo), hi: Number(hi)};
  return range.lo < range.hi && Number.isFinite(range.lo) && Number.isFinite(range.hi)
    ? range
    : undefined;
}

// `x0,x1,:key`, `x0,x1,ylo,hi,:key` or `ylo,hi,:key`: the key comes last and after the first colon, so that it may hold anything.
function writeZoom(key: string, {x, y}: Zoom): string {
  const xText = x === undefined ? '' : `${x.lo},${x.hi},`;
  return `${xText}${y === undefined ? '' : `y${y.lo},${y.hi},`}:${key}`;
}

function readZoom(text: string): [string, Zoom][] {
  const found = /^(?:([^,:y]+),([^,:y]+),)?(?:y([^,:]+),([^,:]+),)?:(.+)$/s.exec(text);
  const [, x0, x1, y0, y1, key] = found ?? [];
  const x = readRange(x0, x1);
  const y = readRange(y0, y1);
  return key === undefined || (x === undefined && y === undefined) ? [] : [[key, {x, y}]];
}

function readSelection(text: string | null): Selection | undefined {
  if (text === null || text === '') return undefined;
  const [lo = Number.NaN, hi] = text.split(',').map(Number);
  if (!Number.isFinite(lo)) return undefined;
  return {lo, hi: hi !== undefined && hi > lo && Number.isFinite(hi) ? hi : undefined};
}

function readCustom(text: string): CustomChart[] {
  const chart = parsed(text);
  if (!isFields(chart)) return [];
  const {name, tags} = chart;
  if (typeof name !== 'string' || name === '' || !Array.isArray(tags)) return [];
  const known = tags.filter((tag: unknown): tag is string => typeof tag === 'string');
  return known.length === 0 ? [] : [{name, tags: known}];
}

// TensorBoard names the run of a card as experiment and run.
const experimentPrefix = 'defaultExperimentId/';

function pinOf(key: string): Readonly<Record<string, string | number>> {
  const pin = (plugin: string, run: string, tag: string) => ({
    plugin,
    tag,
    ...(run !== '' && {runId: experimentPrefix + run}),
  });
  const histogram = histogramOfKey(key);
  if (histogram !== undefined) return pin('histograms', ...histogram);
  const image = imageOfKey(key);
  return image === undefined ? pin('scalars', '', key) : {...pin('images', ...image), sample: 0};
}

function readPins(text: string | null): string[] {
  const pins = text === null ? undefined : parsed(text);
  if (!Array.isArray(pins)) return [];
  return pins.flatMap((pin: unknown) => {
    if (!isFields(pin)) return [];
    const {plugin = 'scalars', tag, runId = ''} = pin;
    if (typeof tag !== 'string' || typeof runId !== 'string') return [];
    const run = runId.startsWith(experimentPrefix) ? runId.slice(experimentPrefix.length) : runId;
    switch (plugin) {
      case 'scalars':
        return [tag];
      case 'histograms':
        return [histogramKey(run, tag)];
      case 'images':
        return [imageKey(run, tag)];
      default:
        return [];
    }
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isFields(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
