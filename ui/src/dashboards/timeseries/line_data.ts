// The series of one card: what the chart shows while newer columns are on their way.

import {useLayoutEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {GroupAnswer, SeriesAnswer, Window} from '../../api/types';
import type {Board} from '../../state/board';
import type {PlotData, Watch} from '../../state/series_cache';

/** A tag and the runs whose series of it are wanted, one by one or as one group. */
export interface Subject {
  readonly tag: string;
  readonly runs: readonly number[];
  readonly group: string | undefined; // The group's name; empty where all runs are one.
}

export interface SubjectData {
  readonly series: ReadonlyMap<number, SeriesAnswer>; // By run id.
  readonly group: GroupAnswer | undefined;
}

export interface LineData {
  readonly subjects: readonly SubjectData[]; // In the order asked for; fewer when those shown are still the ones before.
  readonly kind: 'loading' | 'ready' | 'refreshing' | 'failed';
  readonly failure: string | undefined;
  readonly retry: () => void;
}

interface Watching {
  readonly watches: readonly Watch[];
  readonly window: Window;
}

/**
 * Watches `subjects` in `window`. When the window changes, the columns of the old one stay until those of the new
 * one are whole, so that the chart never blinks.
 */
export function useLineData(board: Board, subjects: readonly Subject[], window: Window): LineData {
  const watching = useRef<Watching | undefined>(undefined);
  const [version, setVersion] = useState(0);
  const shown = useRef<{data: readonly SubjectData[]; window: Window | undefined}>({
    data: [],
    window: undefined,
  });
  const subjectsKey = JSON.stringify(subjects);
  const windowKey = JSON.stringify(window);

  // Before the first paint: the columns are on their way while the browser draws the page around them.
  useLayoutEffect(() => {
    const changed = (): void => setVersion((v) => v + 1);
    const watches = subjects.map(({tag, runs, group}) =>
      group !== undefined
        ? board.cache.watchGroup(tag, runs, window, changed)
        : board.cache.watch(tag, runs, window, changed),
    );
    // Nothing before and nothing now looks as it did.
    const isAnyKnown = watches.some((watch) => isKnown(watch.data()));
    if (isAnyKnown || watching.current !== undefined) setVersion((v) => v + 1);
    watching.current = {watches, window};
    return () => watches.forEach((watch) => watch.release());
    // oxlint-disable-next-line exhaustive-deps -- Subjects and window are compared by what they hold.
  }, [board, subjectsKey, windowKey]);

  return useMemo(() => {
    const now = watching.current;
    if (now === undefined)
      return {subjects: [], kind: 'loading', failure: undefined, retry: () => {}};
    const data = now.watches.map((watch) => watch.data());
    const isWhole = data.every((d) => d.isWhole);
    if (isWhole || shown.current.window === now.window) {
      shown.current = {data: data.map(copyOf), window: now.window};
    }
    const hasAny = shown.current.data.some(hasColumns);
    const failure = data.find((d) => d.failure !== undefined)?.failure;
    return {
      subjects: shown.current.data,
      kind:
        failure !== undefined ? 'failed' : isWhole ? 'ready' : hasAny ? 'refreshing' : 'loading',
      failure,
      retry: () => now.watches.forEach((watch) => watch.retry()),
    };
    // oxlint-disable-next-line exhaustive-deps -- `version` counts the answers.
  }, [version]);
}

function hasColumns({series, group}: SubjectData): boolean {
  return series.size > 0 || group !== undefined;
}

function isKnown(data: PlotData): boolean {
  return hasColumns(data) || data.isWhole || data.failure !== undefined;
}

/** The cache's own map grows while the chart still draws. */
function copyOf({series, group}: PlotData): SubjectData {
  return {series: new Map(series), group};
}
