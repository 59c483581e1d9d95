import type {Board} from '../state/board';
import {copyText} from '../widgets/copy_text';
import {describeError} from '../widgets/describe_error';
import {words} from '../words/words';

/** Puts a short link to what is shown on the clipboard, and says so. */
export async function copyLink(board: Board): Promise<void> {
  const t = words.peek();
  try {
    const link = await board.shortLink();
    await copyText(link);
    board.notices.tell(t.linkCopied(link));
  } catch (error) {
    board.notices.tell(t.linkFailed(describeError(error)), 'failed');
  }
}
