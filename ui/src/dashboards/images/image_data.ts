// Which images a card can show, read when it comes into view and again when its series grew.

import {useComputed} from '@preact/signals';
import {useEffect, useState} from 'preact/hooks';
import type {ImageList} from '../../api/types';
import {failed, loading, ready, type Loadable} from '../../base/loadable';
import type {Board} from '../../state/board';
import {describeError} from '../../widgets/describe_error';

export function useImages(
  board: Board,
  run: number,
  tag: string,
): {readonly answer: Loadable<ImageList>; readonly retry: () => void} {
  const [answer, setAnswer] = useState<Loadable<ImageList>>(loading);
  const [attempt, setAttempt] = useState(0);
  const points = useComputed(() => board.growth.value.get(`${run}|${tag}`)).value;
  const epoch = board.epoch.value;
  const isPaused = board.isPaused.value;
  useEffect(() => {
    if (isPaused && answer.kind === 'ready') return;
    const abort = new AbortController();
    board.api.images(run, tag, abort.signal).then(
      (list) => setAnswer(ready(list)),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setAnswer((known) => (known.kind === 'ready' ? known : failed(describeError(error))));
      },
    );
    return () => abort.abort();
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
