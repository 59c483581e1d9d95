// The shapes of /api/v1 as the page uses them, after `decode.ts` has checked them.

import type {SeriesColumns} from '../base/columns';
import type {GraphNode} from '../base/graph_rows';
import type {Bucket} from '../base/rebin';

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

export type Axis = 'step' | 'relative' | 'wall';

export interface SeriesId {
  readonly run: number;
  readonly tag: string;
}

/** What a chart asks of a series. */
export interface Window {
  readonly axis: Axis;
  readonly from: number | undefined; // Open when undefined.
  readonly to: number | undefined;
  readonly width: number; // Pixels.
  readonly smoothing: number;
}

export interface SeriesAnswer {
  readonly columns: SeriesColumns;
  readonly isFound: boolean;
  readonly isDecimated: boolean;
  readonly total: number;
  readonly inWindow: number;
}

export interface ColumnsAnswer {
  readonly change: number;
  readonly series: readonly SeriesAnswer[]; // In the request's order.
}

export interface HistogramPoint {
  readonly step: number;
  readonly wallTimeS: number;
  readonly buckets: readonly Bucket[];
}

export interface HistogramAnswer {
  readonly total: number;
  readonly points: readonly HistogramPoint[];
}

export interface GraphAnswer {
  readonly nodes: readonly GraphNode[];
}

/** What one message of the event stream says. */
export interface Change {
  readonly change: number;
  readonly runs: boolean;
  readonly tags: boolean;
  /** [run id, tag, points now]; undefined: take everything as changed. */
  readonly series: readonly (readonly [number, string, number])[] | undefined;
  readonly status: Status;
}
