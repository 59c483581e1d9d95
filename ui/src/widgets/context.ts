import {createContext} from 'preact';
import {useContext} from 'preact/hooks';
import {check} from '../base/assert';
import type {Board} from '../state/board';

const BoardContext = createContext<Board | undefined>(undefined);

export const BoardProvider = BoardContext.Provider;

/** The board that `app` built. */
export function useBoard(): Board {
  const board = useContext(BoardContext);
  check(board !== undefined, 'a component outside of the page');
  return board;
}
