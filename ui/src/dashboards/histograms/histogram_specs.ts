// Which cards show histograms, and what the card of a key shows.

import {useMemo} from 'preact/hooks';
import type {Tag} from '../../api/types';
import type {BoardRun} from '../../state/board';
import {histogramKey, histogramOfKey} from '../../state/chart_view';
import type {HistogramView} from '../../state/histogram_view';
import type {HistogramSpec} from './histogram_drawing';

export interface HistogramSpecs {
  /** Runs' names by tag, one for each card; an empty name means all runs together. */
  readonly names: ReadonlyMap<string, readonly string[]>;
  /** The same object for as long as it shows the same. */
  readonly of: (key: string) => HistogramSpec | undefined;
}

export function useHistogramSpecs(
  tags: readonly Tag[],
  drawn: readonly BoardRun[],
  cards: HistogramView['histogramRuns'],
): HistogramSpecs {
  return useMemo(() => {
    const names = new Map<string, readonly string[]>();
    const specs = new Map<string, HistogramSpec>();
    for (const tag of tags) {
      const has = new Set(tag.runs);
      const runs = drawn.filter((run) => has.has(run.id));
      if (runs.length === 0) continue;
      const groups = cards === 'together' ? [runs] : runs.map((run) => [run]);
      names.set(tag.tag, cards === 'together' ? [''] : runs.map((run) => run.name));
      for (const group of groups) {
        const key = histogramKey(cards === 'together' ? '' : (group[0]?.name ?? ''), tag.tag);
        specs.set(key, {key, tag, runs: group});
      }
    }
    return {
      names,
      of: (key) => (histogramOfKey(key) === undefined ? undefined : specs.get(key)),
    };
  }, [tags, drawn, cards]);
}
