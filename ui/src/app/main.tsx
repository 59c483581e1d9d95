import {render} from 'preact';
import './styles/tokens.css';
import './styles/page.css';
import {Api} from '../api/client';
import {Board} from '../state/board';
import {describeError} from '../widgets/describe_error';
import {Page} from './frame';
import {followAppearance} from './theme';

followAppearance();
const board = new Board(new Api(new URL('.', document.baseURI).href), describeError);
board.start();
const root = document.getElementById('app');
if (root !== null) render(<Page board={board} />, root);
