// The last value of some metrics for every run: a window one pixel wide holds the last point of a series.

import {useEffect, useMemo, useState} from 'preact/hooks';
import {at} from '../base/columns';
import type {Window} from '../api/types';
import type {Board} from '../state/board';
import type {Watch} from '../state/series_cache';

/** By tag, then by run id. */
export type LastValues = ReadonlyMap<string, ReadonlyMap<number, number>>;

const onePixel: Window = {axis: 'step', from: undefined, to: undefined, width: 1, smoothing: 0};

export function useLastValues(board: Board, metrics: readonly string[]): LastValues {
  const [version, setVersion] = useState(0);
  const [watches, setWatches] = useState<ReadonlyMap<string, Watch>>(new Map());
  const tags = board.server.tags.value;
  const wanted = useMemo(() => {
    const list = tags.kind === 'ready' ? tags.value : [];
    return metrics.flatMap((metric) =>
      list.filter((tag) => tag.kind === 'scalars' && tag.tag === metric),
    );
  }, [tags, metrics]);

  useEffect(() => {
    const made = new Map(
      wanted.map((tag) => [
        tag.tag,
        board.cache.watch(tag.tag, tag.runs, onePixel, () => setVersion((v) => v + 1)),
      ]),
    );
    setWatches(made);
    return () => made.forEach((watch) => watch.release());
  }, [board, wanted]);

  return useMemo(() => {
    const values = new Map<string, Map<number, number>>();
    for (const [tag, watch] of watches) {
      const column = new Map<number, number>();
      for (const [run, {columns}] of watch.data().series) {
        if (columns.values.length > 0)
          column.set(run, at(columns.values, columns.values.length - 1));
      }
      values.set(tag, column);
    }
    return values;
    // oxlint-disable-next-line exhaustive-deps -- `version` counts the answers.
  }, [watches, version]);
}
