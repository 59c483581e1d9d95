import {render} from 'preact';
import './styles/tokens.css';
import './styles/page.css';
import {Api} from '../api/client';
import {Board} from '../state/board';
import {describeError} from '../widgets/describe_error';
import {Page} from './frame';
import {followAppearance} from './theme';

const mostWaitMs = 100;

async function start(): Promise<void> {
  const board = new Board(new Api(new URL('.', document.baseURI).href), describeError);
  followAppearance(board.isPrinting);
  const isListed = board.start();
  // The lists are mostly here before this script is: then the page is made once, with everything in it.
  await Promise.race([isListed, new Promise((done) => setTimeout(done, mostWaitMs))]);
  const root = document.getElementById('app');
  if (root !== null) render(<Page board={board} />, root);
}

void start();
