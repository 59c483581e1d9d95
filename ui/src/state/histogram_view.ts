// The part of a view that says how histograms are drawn, and how it stands in the address.

/** Ridges one before the other or on one count axis; percentiles over steps as bands; counts over steps as a heat map. */
export type HistogramMode = 'offset' | 'overlay' | 'percentiles' | 'heat';

export interface HistogramView {
  readonly histogramMode: HistogramMode;
  /** A card for each run, or one for all runs of a tag. */
  readonly histogramRuns: 'each' | 'together';
  readonly countScale: 'linear' | 'log';
  /** Cards whose count scale is the other one. */
  readonly otherCounts: ReadonlySet<string>;
}

export const initialHistogramView: HistogramView = {
  histogramMode: 'offset',
  histogramRuns: 'each',
  countScale: 'linear',
  otherCounts: new Set(),
};

export const histogramModes: readonly HistogramMode[] = [
  'offset',
  'overlay',
  'percentiles',
  'heat',
];

/** The keys of an address that `readHistogramView` understands. */
export const histogramKeys: readonly string[] = ['mode', 'cards', 'counts', 'countsOther'];

/** `isDistributions`: the address names TensorBoard's dashboard of that name, which shows percentiles. */
export function readHistogramView(query: URLSearchParams, isDistributions: boolean): HistogramView {
  const mode = query.get('mode');
  return {
    histogramMode:
      histogramModes.find((m) => m === mode) ?? (isDistributions ? 'percentiles' : 'offset'),
    histogramRuns: query.get('cards') === 'together' ? 'together' : 'each',
    countScale: query.get('counts') === 'log' ? 'log' : 'linear',
    otherCounts: new Set(query.getAll('countsOther')),
  };
}

/** Puts into `query` what is not as usual. */
export function writeHistogramView(
  view: HistogramView,
  query: URLSearchParams,
  isDistributions: boolean,
): void {
  if (view.histogramMode !== 'offset' && !isDistributions) query.set('mode', view.histogramMode);
  if (view.histogramRuns !== 'each') query.set('cards', view.histogramRuns);
  if (view.countScale !== 'linear') query.set('counts', view.countScale);
  for (const key of view.otherCounts) query.append('countsOther', key);
}

/** Whether `key`'s card has its counts on a log scale. */
export function hasLogCounts(view: HistogramView, key: string): boolean {
  return (view.countScale === 'log') !== view.otherCounts.has(key);
}
