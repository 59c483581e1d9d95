// The histograms of one card, read when the card comes into view and again when its series grew.

import {useComputed} from '@preact/signals';
import {useEffect, useState} from 'preact/hooks';
import type {HistogramAnswer} from '../../api/types';
import {failed, loading, ready, type Loadable} from '../../base/loadable';
import type {Board} from '../../state/board';
import {describeError} from '../../widgets/describe_error';

const mostSteps = 50;
const leastIntervalMs = 500;

export interface HistogramData {
  readonly answer: Loadable<HistogramAnswer>;
  readonly retry: () => void;
}

export function useHistogramData(board: Board, run: number, tag: string): HistogramData {
  const [answer, setAnswer] = useState<Loadable<HistogramAnswer>>(loading);
  const [attempt, setAttempt] = useState(0);
  const points = useComputed(() => board.growth.value.get(`${run}|${tag}`)).value;
  const epoch = board.epoch.value;
  const isPaused = board.isPaused.value;

  useEffect(() => {
    const abort = new AbortController();
    const read = async (): Promise<void> => {
      try {
        setAnswer(ready(await board.api.histograms(run, tag, mostSteps, abort.signal)));
      } catch (error) {
        if (abort.signal.aborted) return;
        setAnswer((known) => (known.kind === 'ready' ? known : failed(describeError(error))));
      }
    };
    // The first answer comes at once; a card that grows many times a second is read at most twice.
    const isFirst = answer.kind !== 'ready';
    if (isPaused && !isFirst) return;
    const timer = setTimeout(() => void read(), isFirst ? 0 : leastIntervalMs);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
    // oxlint-disable-next-line exhaustive-deps -- `answer` only tells whether there was one.
  }, [board, run, tag, points, epoch, attempt, isPaused]);

  return {
    answer,
    retry: () => {
      setAnswer(loading);
      setAttempt((n) => n + 1);
    },
  };
}
