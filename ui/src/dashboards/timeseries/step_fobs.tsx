// The chosen steps on a chart: a line with a handle on the step axis for each end, what lies outside a range in the shade.

import type {ReadonlySignal} from '@preact/signals';
import {useRef, useState} from 'preact/hooks';
import type {RefObject} from 'preact';
import {formatCount} from '../../base/format';
import type {LineChart} from '../../charts/line_chart';
import type {LineModel} from '../../charts/line_model';
import {selected, type Selection} from '../../state/chart_view';
import {useBoard} from '../../widgets/context';
import {CloseIcon} from '../../widgets/icons';
import {words} from '../../words/words';

/** Where the chart's plot is, in pixels of the chart. */
export interface PlotPlace {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface StepFobsProps {
  readonly selection: Selection;
  readonly model: LineModel;
  readonly place: ReadonlySignal<PlotPlace | undefined>;
  readonly chart: {readonly current: LineChart | undefined};
  readonly frame: RefObject<HTMLElement | null>;
}

export function StepFobs(props: StepFobsProps) {
  // Until the chart has drawn there is no place for them.
  const place = props.place.value;
  return place === undefined ? null : <Placed {...props} place={place} />;
}

function Placed({
  selection,
  model,
  place,
  chart,
  frame,
}: Omit<StepFobsProps, 'place'> & {readonly place: PlotPlace}) {
  const board = useBoard();
  const {lo, hi} = selection;
  const px = (step: number): number => chart.current?.pixelX(step) ?? 0;
  const right = place.left + place.width;
  const inside = (x: number): number => Math.max(place.left, Math.min(right, x));
  const set = (end: 'lo' | 'hi', step: number | undefined): void => {
    if (step === undefined) {
      // The other end of a range stays.
      const rest = end === 'lo' ? hi : lo;
      board.update({
        selection: hi === undefined || rest === undefined ? undefined : {lo: rest, hi: undefined},
      });
      return;
    }
    if (end === 'lo') board.update({selection: selected(step, hi)});
    else board.update({selection: {lo: Math.min(lo, step), hi: Math.max(lo, step)}});
  };
  const shade = (from: number, to: number) =>
    to > from && (
      <i
        class="fl-shade"
        style={{
          left: `${from}px`,
          width: `${to - from}px`,
          top: `${place.top}px`,
          height: `${place.height}px`,
        }}
      />
    );
  return (
    <>
      {hi !== undefined && shade(place.left, inside(px(lo)))}
      {hi !== undefined && shade(inside(px(hi)), right)}
      <Fob end="lo" step={lo} {...{model, place, chart, frame, set}} />
      {hi !== undefined && <Fob end="hi" step={hi} {...{model, place, chart, frame, set}} />}
    </>
  );
}

interface FobProps {
  readonly end: 'lo' | 'hi';
  readonly step: number;
  readonly model: LineModel;
  readonly place: PlotPlace;
  readonly chart: {readonly current: LineChart | undefined};
  readonly frame: RefObject<HTMLElement | null>;
  readonly set: (end: 'lo' | 'hi', step: number | undefined) => void;
}

function Fob({end, step, model, place, chart, frame, set}: FobProps) {
  const t = words.value;
  const [isEditing, setEditing] = useState(false);
  const isDragged = useRef(false);
  const left = chart.current?.pixelX(step) ?? 0;
  // A step outside of what the chart shows has no place on it.
  if (!(left >= place.left - 1 && left <= place.left + place.width + 1)) return null;
  const drag = (event: PointerEvent): void => {
    const box = frame.current?.getBoundingClientRect();
    const now = chart.current;
    if (!isDragged.current || box === undefined || now === undefined) return;
    const x = now.xAt(event.clientX - box.left);
    set(end, Math.round(Math.max(model.x.lo, Math.min(model.x.hi, x))));
  };
  const far = Math.max(1, Math.round((model.x.hi - model.x.lo) / 10));
  const grip = {
    onPointerDown: (event: PointerEvent & {readonly currentTarget: HTMLElement}) => {
      event.stopPropagation();
      event.currentTarget.setPointerCapture(event.pointerId);
      isDragged.current = true;
    },
    onPointerMove: (event: PointerEvent) => {
      event.stopPropagation();
      drag(event);
    },
    onPointerUp: (event: PointerEvent) => {
      event.stopPropagation();
      isDragged.current = false;
    },
  };
  return (
    <div class="fl-fob" style={{left: `${left}px`, top: `${place.top}px`}} data-testid="fob">
      <i class="fl-fob-line" style={{height: `${place.height}px`}} {...grip} />
      {isEditing ? (
        <input
          type="text"
          inputMode="numeric"
          class="fl-fob-field"
          style={{top: `${place.height}px`}}
          aria-label={t.selectedStep}
          value={String(step)}
          ref={(element) => element?.focus()}
          onPointerDown={(event) => event.stopPropagation()}
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === 'Escape') setEditing(false);
            if (event.key !== 'Enter') return;
            const typed = Number(event.currentTarget.value.replaceAll(/[\s,]/g, ''));
            if (Number.isFinite(typed)) set(end, Math.round(typed));
            setEditing(false);
          }}
          onBlur={() => setEditing(false)}
        />
      ) : (
        <span class="fl-fob-label" style={{top: `${place.height + 1}px`}}>
          <span
            role="slider"
            tabIndex={0}
            aria-label={t.selectedStep}
            aria-valuenow={step}
            aria-valuemin={Math.floor(model.x.lo)}
            aria-valuemax={Math.ceil(model.x.hi)}
            title={t.fobHelp}
            data-testid="fob-handle"
            onDblClick={(event) => {
              event.stopPropagation();
              setEditing(true);
            }}
            onKeyDown={(event) => {
              const move = {
                ArrowLeft: -1,
                ArrowRight: 1,
                ArrowDown: -1,
                ArrowUp: 1,
                PageDown: -far,
                PageUp: far,
              }[event.key];
              if (move !== undefined) set(end, step + move * (event.shiftKey ? 10 : 1));
              else if (event.key === 'Enter') setEditing(true);
              else if (event.key === 'Delete' || event.key === 'Backspace') set(end, undefined);
              else return;
              event.preventDefault();
              event.stopPropagation();
            }}
            {...grip}
          >
            {formatCount(step)}
          </span>
          <button
            type="button"
            aria-label={t.removeStep(formatCount(step))}
            data-testid="fob-remove"
            onPointerDown={(event) => event.stopPropagation()}
            onClick={() => set(end, undefined)}
          >
            <CloseIcon />
          </button>
        </span>
      )}
    </div>
  );
}
