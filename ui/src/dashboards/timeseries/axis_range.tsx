// The range of an axis, by hand.

import {useState} from 'preact/hooks';
import type {Range} from '../../base/extent';
import {formatFull} from '../../base/format';
import {words} from '../../words/words';

interface RangeFormProps {
  readonly label: string;
  readonly range: Range; // Shown now.
  readonly isLog: boolean;
  readonly set: (range: Range | undefined) => void; // Undefined: fitted again.
}

export function RangeForm({label, range, isLog, set}: RangeFormProps) {
  const t = words.value;
  const [lo, setLo] = useState(() => formatFull(Number(range.lo.toPrecision(6))));
  const [hi, setHi] = useState(() => formatFull(Number(range.hi.toPrecision(6))));
  const [from, to] = [parsed(lo), parsed(hi)];
  const problem =
    Number.isNaN(from) || Number.isNaN(to)
      ? t.rangeNumbers
      : from >= to
        ? t.rangeOrder
        : isLog && from <= 0
          ? t.rangePositive
          : undefined;
  return (
    <form
      class="fl-range"
      data-testid="axis-range"
      onSubmit={(event) => {
        event.preventDefault();
        if (problem === undefined) set({lo: from, hi: to});
      }}
    >
      <div class="fl-menu-title">{label}</div>
      <div class="fl-range-fields">
        <input
          type="text"
          class="fl-input"
          inputMode="decimal"
          aria-label={t.least}
          value={lo}
          data-autofocus
          onInput={(event) => setLo(event.currentTarget.value)}
        />
        <span>–</span>
        <input
          type="text"
          class="fl-input"
          inputMode="decimal"
          aria-label={t.greatest}
          value={hi}
          onInput={(event) => setHi(event.currentTarget.value)}
        />
      </div>
      {problem !== undefined && (
        <p class="fl-menu-note fl-bad" role="alert">
          {problem}
        </p>
      )}
      <div class="fl-builder-foot">
        <button type="button" class="fl-link" onClick={() => set(undefined)}>
          {t.fitAgain}
        </button>
        <button type="submit" class="fl-button fl-primary" disabled={problem !== undefined}>
          {t.apply}
        </button>
      </div>
    </form>
  );
}

function parsed(text: string): number {
  const plain = text.trim().replace('−', '-').replace(',', '.');
  const value = plain === '' ? Number.NaN : Number(plain);
  return Number.isFinite(value) ? value : Number.NaN;
}
