// How the page stands with the server: the lamp in the top bar, the banners below it.

import {useEffect, useState} from 'preact/hooks';
import {formatBytes, formatCount, formatDuration} from '../base/format';
import {useBoard} from '../widgets/context';
import {WarnIcon} from '../widgets/icons';
import {PopoverButton} from '../widgets/popover';
import {words} from '../words/words';

const mostDamageShown = 20;

export function LiveState() {
  const board = useBoard();
  const t = words.value;
  const link = board.server.link.value;
  const status = board.server.status.value;
  const isLoading = status?.state === 'loading';
  const part =
    status === undefined || status.bytesTotal === 0 ? 0 : status.bytesRead / status.bytesTotal;
  const [lamp, word] =
    link.kind === 'lost'
      ? ['bad', t.lost]
      : link.kind === 'connecting' || status === undefined
        ? ['quiet', t.connecting]
        : status.state === 'missing'
          ? ['warn', t.missing]
          : board.isPaused.value
            ? ['quiet', t.paused]
            : isLoading
              ? ['warn', t.loadingLogs]
              : ['good', t.live];
  const face = (
    <>
      <i class={`fl-lamp fl-lamp-${lamp}`} />
      <span class="fl-words">
        {word}
        {isLoading && link.kind === 'open' ? ` ${Math.floor(part * 100)} %` : ''}
        {status !== undefined && !(status.state === 'missing') && (
          <span class="fl-more">
            {' '}
            · {t.points(status.points)} · {t.runs(status.runs)}
          </span>
        )}
      </span>
      {isLoading && link.kind === 'open' && (
        <span
          class="fl-progress"
          role="progressbar"
          aria-label={t.loadingSlow}
          aria-valuenow={Math.floor(part * 100)}
          aria-valuemin={0}
          aria-valuemax={100}
        >
          <i style={{width: `${part * 100}%`}} />
        </span>
      )}
    </>
  );
  return (
    <PopoverButton
      label={`${t.status}: ${word}`}
      title={t.status}
      class="fl-live"
      face={face}
      testId="live"
      hasWords
    >
      {() => (
        <div class="fl-details">
          {status !== undefined && (
            <>
              <code>{status.logdir}</code>
              <dl>
                <dt>{t.runsLabel}</dt>
                <dd>{formatCount(status.runs)}</dd>
                <dt>{t.series}</dt>
                <dd>{formatCount(status.series)}</dd>
                <dt>{t.pointsLabel}</dt>
                <dd>{formatCount(status.points)}</dd>
                <dt>{t.bytesRead}</dt>
                <dd>
                  {isLoading
                    ? t.readOf(formatBytes(status.bytesRead), formatBytes(status.bytesTotal))
                    : formatBytes(status.bytesRead)}
                  {status.secondsLeft === undefined
                    ? ''
                    : `, ${t.secondsLeft(formatDuration(status.secondsLeft))}`}
                </dd>
                <dt>{t.version}</dt>
                <dd>{status.version}</dd>
              </dl>
            </>
          )}
          <div class="fl-top-actions">
            <button
              type="button"
              class="fl-button"
              onClick={() => (board.isPaused.value = !board.isPaused.value)}
            >
              {board.isPaused.value ? t.resume : t.pause}
            </button>
            <button type="button" class="fl-button" onClick={() => board.server.reload()}>
              {t.reload}
            </button>
          </div>
        </div>
      )}
    </PopoverButton>
  );
}

export function DamageChip() {
  const board = useBoard();
  const t = words.value;
  const status = board.server.status.value;
  if (status === undefined || status.damageCount === 0) return null;
  const items = status.damageItems.slice(-mostDamageShown).reverse();
  return (
    <PopoverButton
      label={t.damaged(status.damageCount)}
      title={t.damageTitle}
      class="fl-damage-chip"
      testId="damage"
      hasWords
      onOpen={() => board.server.readDamage()}
      face={
        <>
          <WarnIcon />
          <span>{t.damaged(status.damageCount)}</span>
        </>
      }
    >
      {() => (
        <div class="fl-details" tabIndex={0} data-autofocus>
          <b>{t.damageTitle}</b>
          <p>
            {t.damageWhy} {t.bytesLost(formatBytes(status.damageBytes))}
          </p>
          <ul class="fl-damage-list">
            {items.map((item, i) => (
              <li key={i}>
                <code>{item.file}</code>
                <span>
                  {item.message.includes(`byte ${item.offset}`)
                    ? item.message
                    : `${item.message}, ${t.atByte(item.offset)}`}
                </span>
              </li>
            ))}
          </ul>
          {status.damageCount > items.length && (
            <p>{t.andMore(status.damageCount - items.length)}</p>
          )}
        </div>
      )}
    </PopoverButton>
  );
}

/** Told across the page: the server is away, or the log directory. */
export function Banners() {
  const board = useBoard();
  const t = words.value;
  const link = board.server.link.value;
  const status = board.server.status.value;
  const now = useSeconds(link.kind === 'lost');
  if (link.kind === 'lost') {
    return (
      <div class="fl-banner fl-bad" role="alert" data-testid="lost">
        <i class="fl-lamp fl-lamp-bad" />
        <span>{t.lostBanner}</span>
        <span class="fl-quiet" aria-hidden="true">
          {t.retryIn(Math.max(0, Math.ceil((link.retryAtMs - now) / 1000)))}
        </span>
        <button type="button" class="fl-button" onClick={() => board.server.reload()}>
          {t.retryNow}
        </button>
      </div>
    );
  }
  if (status?.state === 'missing' && status.runs > 0) {
    return (
      <div class="fl-banner" role="status" data-testid="missing-banner">
        <WarnIcon />
        <span>
          {t.missingBanner} <code>{status.logdir}</code>
        </span>
      </div>
    );
  }
  return <div />;
}

/** Date.now(), told anew each half second while it matters. */
function useSeconds(isWanted: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!isWanted) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isWanted]);
  return now;
}
