// The series of one card: what the chart shows while newer columns are on their way.

import {useEffect, useMemo, useRef, useState} from 'preact/hooks';
import type {SeriesAnswer, Window} from '../../api/types';
import type {Board} from '../../state/board';
import type {Watch} from '../../state/series_cache';

export interface LineData {
  readonly series: ReadonlyMap<number, SeriesAnswer>;
  readonly kind: 'loading' | 'ready' | 'refreshing' | 'failed';
  readonly failure: string | undefined;
  readonly retry: () => void;
}

const none: ReadonlyMap<number, SeriesAnswer> = new Map();

/**
 * Watches `tag` for `runs` in `window`. When the window changes, the columns of the old one stay until those of the new
 * one are whole, so that the chart never blinks.
 */
export function useLineData(
  board: Board,
  tag: string,
  runs: readonly number[],
  window: Window | undefined,
): LineData {
  const [watch, setWatch] = useState<{readonly watch: Watch; readonly window: Window} | undefined>(
    undefined,
  );
  const [version, setVersion] = useState(0);
  const shown = useRef<{series: ReadonlyMap<number, SeriesAnswer>; window: Window | undefined}>({
    series: none,
    window: undefined,
  });
  const runsKey = runs.join(',');
  const windowKey = JSON.stringify(window);

  useEffect(() => {
    if (window === undefined) return;
    const made = board.cache.watch(tag, runs, window, () => setVersion((v) => v + 1));
    setWatch({watch: made, window});
    return () => made.release();
    // oxlint-disable-next-line exhaustive-deps -- Runs and window are compared by what they hold.
  }, [board, tag, runsKey, windowKey]);

  return useMemo(() => {
    if (watch === undefined)
      return {series: none, kind: 'loading', failure: undefined, retry: () => {}};
    const data = watch.watch.data();
    if (data.isWhole || shown.current.window === watch.window) {
      // A copy: the cache's own map grows while the chart still draws.
      shown.current = {series: new Map(data.series), window: watch.window};
    }
    const hasAny = shown.current.series.size > 0;
    return {
      series: shown.current.series,
      kind:
        data.failure !== undefined
          ? 'failed'
          : data.isWhole
            ? 'ready'
            : hasAny
              ? 'refreshing'
              : 'loading',
      failure: data.failure,
      retry: watch.watch.retry,
    };
    // oxlint-disable-next-line exhaustive-deps -- `version` counts the answers.
  }, [watch, version]);
}
