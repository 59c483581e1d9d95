// The words of histograms.

import {formatCount} from '../base/format';
import type {HistogramMode} from '../state/histogram_view';

const modeNames: Readonly<Record<HistogramMode, string>> = {
  offset: 'Offset',
  overlay: 'Overlay',
  percentiles: 'Percentiles',
  heat: 'Heat map',
};

export const histogramsEn = {
  histogramLabel: (tag: string, run: string) =>
    `Histograms of ${tag} in ${run}. Arrow keys move through the steps.`,
  histogramMode: 'Drawing',
  histogramModeName: (mode: HistogramMode) => modeNames[mode],
  stepAxis: 'Axis of the steps',
  histogramCards: 'Cards',
  cardEach: 'Each run',
  cardTogether: 'All runs',
  count: 'count',
  countColumn: 'Count',
  bucket: 'bucket',
  median: 'Median',
  countScale: 'Scale of the counts',
  logCounts: 'Log counts in this card',
  linearCounts: 'Linear counts in this card',
  stepsShown: (shown: number, all: number) =>
    `${shown === all ? '' : `${formatCount(shown)} of `}${formatCount(all)} ${all === 1 ? 'step' : 'steps'}`,
  countsOutside: (n: number) => `${formatCount(Math.round(n))} beyond any axis`,
  stepsLeftOut: (n: number) =>
    `${formatCount(n)} more ${n === 1 ? 'step' : 'steps'}: choose a range of steps to see them`,
  stepsUnreadable: (n: number) =>
    `${formatCount(n)} ${n === 1 ? 'step' : 'steps'} could not be read`,
  downloadBucketsCsv: 'Every bucket as CSV',
  downloadBucketsJson: 'Every bucket as JSON',
};

export type HistogramWords = typeof histogramsEn;
