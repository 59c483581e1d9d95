import {mostSmoothing} from '../../state/chart_view';
import {smoothingKinds} from '../../state/smoothing';
import {useBoard} from '../../widgets/context';
import {MenuItem} from '../../widgets/controls';
import {ChevronIcon} from '../../widgets/icons';
import {PopoverButton} from '../../widgets/popover';
import {words} from '../../words/words';

/** Slider, number and kind. */
export function SmoothingControl() {
  const board = useBoard();
  const t = words.value;
  const {smoothing, smoothingKind} = board.view.value;
  const set = (text: string): void => {
    const value = Number(text.replace(',', '.'));
    if (text.trim() !== '' && Number.isFinite(value))
      board.update({smoothing: Math.min(mostSmoothing, Math.max(0, value))});
  };
  return (
    <div class="fl-slider">
      <PopoverButton
        label={t.smoothingKind}
        class="fl-link fl-kind"
        role="menu"
        hasWords
        face={
          <>
            {smoothingKind === 'ema' ? t.smoothing : t.smoothingShort(smoothingKind)}
            <ChevronIcon />
          </>
        }
        testId="smoothing-kind"
      >
        {(close) => (
          <div class="fl-menu">
            <div class="fl-menu-title">{t.smoothingKind}</div>
            {smoothingKinds.map((kind) => (
              <MenuItem
                key={kind}
                isChecked={kind === smoothingKind}
                run={() => {
                  board.update({smoothingKind: kind});
                  close();
                }}
                testId={`smooth-${kind}`}
              >
                {t.smoothingName(kind)}
              </MenuItem>
            ))}
            <p class="fl-menu-note">{t.smoothingNote}</p>
          </div>
        )}
      </PopoverButton>
      <input
        type="range"
        min="0"
        max="0.99"
        step="0.01"
        value={smoothing}
        aria-label={t.smoothing}
        style={{'--value': Math.min(1, smoothing / 0.99)}}
        data-testid="smoothing"
        onInput={(event) => set(event.currentTarget.value)}
      />
      <input
        type="text"
        inputMode="decimal"
        aria-label={t.smoothingValue}
        value={smoothing.toFixed(smoothing * 100 === Math.round(smoothing * 100) ? 2 : 3)}
        data-testid="smoothing-value"
        onChange={(event) => set(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
    </div>
  );
}
