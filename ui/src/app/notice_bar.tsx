import {words} from '../words/words';
import {useBoard} from '../widgets/context';
import {CloseIcon} from '../widgets/icons';

/** What was just done, and the way back. */
export function NoticeBar() {
  const board = useBoard();
  const t = words.value;
  const notice = board.notices.now.value;
  return (
    <div class="fl-notices" role="status" aria-live="polite">
      {notice !== undefined && (
        <div
          key={notice.id}
          class={`fl-notice ${notice.kind === 'failed' ? 'fl-bad' : ''}`}
          data-testid="notice"
          onPointerEnter={() => board.notices.hold()}
          onPointerLeave={() => board.notices.release()}
        >
          <span>{notice.text}</span>
          {notice.undo !== undefined && (
            <button
              type="button"
              class="fl-link"
              data-testid="undo"
              onClick={() => board.notices.undo()}
            >
              {t.undo} <kbd class="fl-key">Ctrl Z</kbd>
            </button>
          )}
          <button
            type="button"
            class="fl-icon-button"
            aria-label={t.dismiss}
            onClick={() => board.notices.close()}
          >
            <CloseIcon />
          </button>
        </div>
      )}
    </div>
  );
}
