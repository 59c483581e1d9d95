// The histograms of one card, read when the card comes into view and again when a series of it grew. What is shown stays until
// the new answer is whole, so that a zoom or a growing run never blinks.

import {useComputed} from '@preact/signals';
import {useLayoutEffect, useRef, useState} from 'preact/hooks';
import type {HistogramsAnswer, HistogramWindow, SeriesId} from '../../api/types';
import type {Board} from '../../state/board';
import {describeError} from '../../widgets/describe_error';

const leastIntervalMs = 500;

export interface HistogramData {
  /** Maybe still of the series and window before; undefined before the first answer. */
  readonly shown: ShownHistograms | undefined;
  readonly kind: 'loading' | 'ready' | 'refreshing' | 'failed';
  readonly failure: string | undefined;
  readonly retry: () => void;
}

export interface ShownHistograms {
  readonly answer: HistogramsAnswer;
  readonly ids: readonly SeriesId[];
  readonly window: HistogramWindow;
}

export function useHistogramData(
  board: Board,
  ids: readonly SeriesId[],
  window: HistogramWindow,
): HistogramData {
  const [shown, setShown] = useState<(ShownHistograms & {readonly key: string}) | undefined>(
    undefined,
  );
  const [failure, setFailure] = useState<string | undefined>(undefined);
  const [attempt, setAttempt] = useState(0);
  const key = JSON.stringify([ids, window]);
  const growth = useComputed(() =>
    ids.map(({run, tag}) => board.growth.value.get(`${run}|${tag}`) ?? 0).join(),
  ).value;
  const epoch = board.epoch.value;
  const isPaused = board.isPaused.value;
  const readKey = useRef('');

  // Before the first paint: the histograms are on their way while the browser draws the page around them.
  useLayoutEffect(() => {
    if (ids.length === 0) return;
    const abort = new AbortController();
    const read = async (): Promise<void> => {
      try {
        const answer = await board.api.histograms(ids, window, abort.signal);
        readKey.current = key;
        setFailure(undefined);
        setShown({answer, ids, window, key});
      } catch (error) {
        if (!abort.signal.aborted) setFailure(describeError(error));
      }
    };
    // What was asked for anew comes at once; a card that grows many times a second is read at most twice.
    const isNew = readKey.current !== key;
    if (isPaused && !isNew) return;
    const timer = isNew ? undefined : setTimeout(() => void read(), leastIntervalMs);
    if (isNew) void read();
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
    // oxlint-disable-next-line exhaustive-deps -- Series and window are compared by what they hold.
  }, [board, key, growth, epoch, attempt, isPaused]);

  const isCurrent = shown !== undefined && shown.key === key;
  return {
    shown,
    kind:
      failure !== undefined && !isCurrent
        ? 'failed'
        : isCurrent
          ? 'ready'
          : shown === undefined
            ? 'loading'
            : 'refreshing',
    failure,
    retry: () => {
      setFailure(undefined);
      setAttempt((n) => n + 1);
    },
  };
}
