// Ridges in a card: the canvases, the chosen steps on their axis.

import {useSignalEffect} from '@preact/signals';
import {useEffect, useLayoutEffect, useMemo, useRef} from 'preact/hooks';
import type {ComponentChildren} from 'preact';
import {formatCount} from '../../base/format';
import {palette} from '../../charts/current_palette';
import {RidgeChart} from '../../charts/ridge_chart';
import {baselineAt, ridgesOf, type RidgeModel} from '../../charts/ridge_model';
import {ridgeBox} from '../../charts/ridge_paint';
import type {Selection, Zoom} from '../../state/chart_view';
import {useBoard} from '../../widgets/context';
import {useSize} from '../../widgets/hooks';
import {CloseIcon} from '../../widgets/icons';
import {words} from '../../words/words';
import {useRidgePointer} from './ridge_pointer';

interface RidgeViewProps {
  readonly label: string;
  readonly chartKey: string;
  readonly cardKey: string;
  readonly model: RidgeModel | undefined;
  readonly zoom: Zoom | undefined;
  readonly selection: Selection | undefined;
  readonly state: string;
  readonly children: ComponentChildren; // What stands over the chart.
}

export function RidgeView(props: RidgeViewProps) {
  const {label, chartKey, cardKey, model, zoom, selection, state, children} = props;
  const board = useBoard();
  const [frame, size] = useSize<HTMLDivElement>();
  const base = useRef<HTMLCanvasElement>(null);
  const overlay = useRef<HTMLCanvasElement>(null);
  const chart = useRef<RidgeChart | undefined>(undefined);
  const highlighted = board.highlighted.value;
  const emphasis = useMemo(
    () => ({
      runs: (model?.sources.length ?? 0) > 1 ? highlighted : new Set<number>(),
      ridges: model === undefined ? undefined : ridgesOf(model, selection),
    }),
    [model, highlighted, selection],
  );
  useLayoutEffect(() => {
    if (base.current === null || overlay.current === null) return;
    const made = new RidgeChart(base.current, overlay.current);
    chart.current = made;
    // A test, or a person at the console, can ask a chart what it drew.
    Object.defineProperty(base.current, 'fanlightFacts', {
      value: () => made.facts(),
      configurable: true,
    });
    return () => {
      made.dispose();
      chart.current = undefined;
    };
  }, []);
  useLayoutEffect(() => {
    if (size !== undefined) chart.current?.setSize(size.width, size.height, devicePixelRatio);
  }, [size]);
  useLayoutEffect(() => chart.current?.setModel(model, emphasis), [model, emphasis]);
  useSignalEffect(() => chart.current?.setPalette(palette.value));
  useSignalEffect(() => chart.current?.setShared(board.cursor.value?.x));
  const pointer = useRidgePointer({board, chart, frame, chartKey, cardKey, model, zoom});
  useEffect(() => pointer.refresh(), [model]);
  return (
    <div
      ref={frame}
      class="fl-chart"
      role="application"
      aria-label={label}
      tabIndex={0}
      data-testid="chart"
      data-state={state}
      {...pointer.handlers}
    >
      <canvas ref={base} />
      <canvas ref={overlay} />
      {model !== undefined && size !== undefined && selection !== undefined && (
        <StepMarks model={model} selection={selection} width={size.width} height={size.height} />
      )}
      {children}
    </div>
  );
}

interface StepMarksProps {
  readonly model: RidgeModel;
  readonly selection: Selection;
  readonly width: number;
  readonly height: number;
}

/** The chosen steps at the end of the step axis, each with what takes it back. */
function StepMarks({model, selection, width, height}: StepMarksProps) {
  const board = useBoard();
  const t = words.value;
  if (model.axis !== 'step' || model.isOverlay) return null;
  const {lo, hi} = selection;
  const box = ridgeBox(width, height, model);
  const remove = (step: number): void => {
    const rest = step === lo ? hi : lo;
    board.update({
      selection: hi === undefined || rest === undefined ? undefined : {lo: rest, hi: undefined},
    });
  };
  return (
    <>
      {[lo, ...(hi === undefined ? [] : [hi])].map(
        (step) =>
          step >= model.x.lo &&
          step <= model.x.hi && (
            <span
              key={step}
              class="fl-fob-label fl-step-mark"
              style={{right: 0, top: `${baselineAt(model, box, step) - 8}px`}}
              data-testid="step-mark"
              onPointerDown={(event) => event.stopPropagation()}
            >
              <span>{formatCount(step)}</span>
              <button
                type="button"
                aria-label={t.removeStep(formatCount(step))}
                title={t.removeStep(formatCount(step))}
                onClick={() => remove(step)}
              >
                <CloseIcon />
              </button>
            </span>
          ),
      )}
    </>
  );
}
