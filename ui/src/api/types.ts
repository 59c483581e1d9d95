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
