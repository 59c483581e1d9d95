// The shapes of /api/v1 as the page uses them, after `decode.ts` has checked them.

import type {SeriesColumns} from '../base/columns';
import type {Range} from '../base/extent';
import type {GraphNode} from '../base/graph_rows';

export type LogState = 'loading' | 'watching' | 'missing';

export interface DamageItem {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
  readonly message: string;
}

export interface Status {
  readonly version: string;
  readonly change: number;
  readonly logdir: string;
  readonly windowTitle: string;
  readonly state: LogState;
  readonly bytesRead: number;
  readonly bytesTotal: number;
  readonly secondsLeft: number | undefined;
  readonly runs: number;
  readonly series: number;
  readonly points: number;
  readonly startedS: number;
  readonly damageCount: number;
  readonly damageBytes: number;
  readonly damageItems: readonly DamageItem[]; // Empty in events.
}

export type RunStatus = 'live' | 'finished' | 'failed' | 'stalled';

export interface Run {
  readonly id: number;
  readonly name: string;
  readonly startS: number | undefined;
  readonly lastWallTimeS: number | undefined;
  readonly lastStep: number | undefined;
  readonly points: number;
  readonly status: RunStatus;
  readonly hparams: ReadonlyMap<string, HParamValue>;
}

export type HParamValue = number | boolean | string;

/** What an experiment announces, besides what its runs hold. */
export interface RunList {
  readonly change: number; // Of the snapshot that it is of.
  readonly runs: readonly Run[];
  /** Names for people, by hyper-parameter. */
  readonly hparamTitles: ReadonlyMap<string, string>;
}

/** What the points of one series amount to; undefined where no value is finite. */
export interface Summary {
  readonly points: number;
  readonly last: number;
  readonly lastStep: number;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly mean: number | undefined;
}

/** What people say of a run. */
export interface Mark {
  readonly title?: string;
  readonly note?: string;
  readonly colour?: number;
  readonly tags?: readonly string[];
  readonly pinned?: boolean;
  readonly hidden?: boolean;
  readonly archived?: boolean;
}

/** `null` takes back what was said. */
export type MarkChange = {readonly [Key in keyof Mark]?: Mark[Key] | null};

export interface Marks {
  readonly problem: string; // Empty when they can be read.
  readonly byRun: ReadonlyMap<string, Mark>;
}

export interface Tag {
  readonly kind: string;
  readonly tag: string;
  readonly displayName: string;
  readonly description: string;
  readonly runs: readonly number[];
}

export interface TagList {
  readonly change: number;
  readonly tags: readonly Tag[];
}

/** What x is; `metric`: the value of another tag at the same step. */
export type Axis = 'step' | 'relative' | 'wall' | 'metric';

export interface SeriesId {
  readonly run: number;
  readonly tag: string;
}

/** Runs whose series become one line. */
export interface GroupId {
  readonly tag: string;
  readonly runs: readonly number[];
}

export type Smoothing =
  | {readonly kind: 'none'}
  | {readonly kind: 'ema' | 'tensorboard'; readonly weight: number} // [0, 1)
  | {readonly kind: 'time_ema'; readonly halfLife: number} // In units of the axis.
  | {readonly kind: 'mean' | 'median'; readonly radius: number} // Points on each side.
  | {readonly kind: 'gaussian'; readonly sigma: number}; // Points.

export type BandKind = 'std' | 'range' | 'quantiles';

/** What a chart asks of a series. */
export interface Window {
  readonly axis: Axis;
  readonly xTag: string; // For `metric`.
  readonly from: number | undefined; // Open when undefined.
  readonly to: number | undefined;
  readonly width: number; // Pixels; 0 for every point.
  readonly scale: 'linear' | 'log'; // How pixels are laid over the axis.
  /** `drawing`: as good as a screen shows it; `exact`: first, least, greatest and last point of each pixel, to the last digit. */
  readonly detail: 'drawing' | 'exact';
  readonly smoothing: Smoothing;
  readonly isOlderShown: boolean; // Also points that a restart superseded.
  readonly band: BandKind; // Of groups.
}

/** The last point of a series, exactly. */
export const lastPoint: Window = {
  axis: 'step',
  xTag: '',
  from: undefined,
  to: undefined,
  width: 1,
  scale: 'linear',
  detail: 'exact',
  smoothing: {kind: 'none'},
  isOlderShown: false,
  band: 'std',
};

export interface SeriesAnswer {
  readonly columns: SeriesColumns;
  readonly isFound: boolean;
  readonly isDecimated: boolean;
  readonly total: number;
  readonly inWindow: number;
}

export interface GroupAnswer {
  readonly runs: number; // That have the tag.
  readonly total: number;
  readonly inWindow: number;
  readonly x: Float64Array;
  readonly mean: Float64Array;
  readonly lo: Float64Array;
  readonly hi: Float64Array;
  readonly counts: Float64Array; // Of runs at each x.
}

export interface ColumnsAnswer {
  readonly change: number;
  readonly series: readonly SeriesAnswer[]; // In the request's order.
  readonly groups: readonly GroupAnswer[];
}

/** What a card asks of histogram series. */
export interface HistogramWindow {
  readonly axis: Axis; // Histograms know no metric as x: it means steps.
  readonly from: number | undefined; // Open when undefined.
  readonly to: number | undefined;
  readonly mostSteps: number; // Of each series; 0 for every step.
  readonly bins: number;
  readonly range: {readonly lo: number; readonly hi: number} | undefined; // Of the bins; that of the data when undefined.
  readonly percentiles: boolean;
  readonly buckets: boolean; // Also those that were logged.
  readonly isOlderShown: boolean;
}

/** Buckets of several steps, one after another: those of row `r` begin at `starts[r]`. */
export interface BucketColumns {
  readonly starts: Float64Array; // One more than there are rows.
  readonly left: Float64Array;
  readonly right: Float64Array;
  readonly counts: Float64Array;
}

/** One histogram series: a row is a step. */
export interface HistogramSeries {
  readonly isFound: boolean;
  readonly isDecimated: boolean; // Steps of the window were left out.
  readonly total: number;
  readonly inWindow: number;
  readonly unreadable: number;
  readonly steps: Float64Array;
  readonly wallTimesS: Float64Array;
  readonly totals: Float64Array; // Counts of all buckets of a step.
  readonly outside: Float64Array; // Of those that no bin has; empty without bins.
  readonly counts: Float64Array; // `bins` for each row.
  readonly percentiles: Float64Array; // Nine for each row, NaN where nothing was counted; empty unless asked for.
  readonly buckets: BucketColumns | undefined;
}

export interface HistogramsAnswer {
  readonly change: number;
  readonly range: Range | undefined; // Of the bins; undefined where nothing has a place.
  readonly bins: number;
  readonly series: readonly HistogramSeries[]; // In the request's order.
}

/** Which images a series has: parallel lists, by step. */
export interface ImageList {
  readonly steps: readonly number[];
  readonly wallTimesS: readonly number[];
  readonly samples: readonly number[]; // Images at each step.
}

export interface GraphAnswer {
  readonly nodes: readonly GraphNode[];
}

/** What one message of the event stream says. */
export interface Change {
  readonly change: number;
  readonly runs: boolean;
  readonly tags: boolean;
  /** [run id, tag, points now]; undefined: take each as changed. */
  readonly series: readonly (readonly [number, string, number])[] | undefined;
  readonly status: Status;
}
