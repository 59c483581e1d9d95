import {useState} from 'preact/hooks';
import type {RefObject} from 'preact';
import type {Axis} from '../../api/types';
import {mostSmoothing, withAxis, type Scale} from '../../state/chart_view';
import {useBoard} from '../../widgets/context';
import {FilterField, Segments} from '../../widgets/controls';
import {ToolsIcon} from '../../widgets/icons';
import {words} from '../../words/words';

export function ToolBar({filterRef}: {readonly filterRef: RefObject<HTMLInputElement | null>}) {
  const board = useBoard();
  const t = words.value;
  const view = board.view.value;
  const [isOpen, setOpen] = useState(false);
  const axes: readonly (readonly [Axis, string])[] = [
    ['step', t.axisStep],
    ['relative', t.axisRelative],
    ['wall', t.axisWall],
  ];
  const scales: readonly (readonly [Scale, string])[] = [
    ['linear', t.linear],
    ['log', t.log],
  ];
  return (
    <div class={`fl-bar ${isOpen ? 'fl-bar-open' : ''}`} role="toolbar" aria-label={t.timeSeries}>
      <FilterField
        label={t.filterTags}
        value={view.tagFilter}
        change={(tagFilter) => {
          board.update({tagFilter});
          board.scroller.peek()?.scrollTo(0, 0);
        }}
        class="fl-tag-filter"
        testId="tag-filter"
        hint="/"
        inputRef={filterRef}
      />
      <button
        type="button"
        class="fl-icon-button fl-bar-toggle"
        aria-label={t.showTools}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <ToolsIcon />
      </button>
      <span class="fl-bar-more">
        <Segments
          label={t.axis}
          value={view.axis}
          options={axes}
          choose={(axis) => board.update(withAxis(axis))}
        />
      </span>
      <span class="fl-bar-more">
        <Smoothing />
      </span>
      <span class="fl-bar-more">
        <Segments
          label={t.lines}
          value={view.lines}
          options={
            [
              ['runs', t.linesRuns],
              ['mean', t.linesMean],
            ] as const
          }
          choose={(lines) => board.update({lines})}
        />
      </span>
      <span class="fl-bar-more">
        <Segments
          label={t.yScale}
          value={view.yScale}
          options={scales}
          choose={(yScale) => board.update({yScale, otherScale: new Set()})}
        />
      </span>
    </div>
  );
}

function Smoothing() {
  const board = useBoard();
  const t = words.value;
  const smoothing = board.view.value.smoothing;
  const set = (text: string): void => {
    const value = Number(text.replace(',', '.'));
    if (Number.isFinite(value))
      board.update({smoothing: Math.min(mostSmoothing, Math.max(0, value))});
  };
  return (
    <div class="fl-slider">
      <label for="smoothing">{t.smoothing}</label>
      <input
        id="smoothing"
        type="range"
        min="0"
        max="0.99"
        step="0.01"
        value={smoothing}
        style={{'--value': Math.min(1, smoothing / 0.99)}}
        data-testid="smoothing"
        onInput={(event) => set(event.currentTarget.value)}
      />
      <input
        type="text"
        inputMode="decimal"
        aria-label={t.smoothing}
        value={smoothing.toFixed(smoothing * 100 === Math.round(smoothing * 100) ? 2 : 3)}
        onChange={(event) => set(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
    </div>
  );
}
