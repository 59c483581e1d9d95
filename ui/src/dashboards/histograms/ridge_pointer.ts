// What pointer, wheel and keys do on ridges: hover reads the nearest outline; a drag downwards zooms the steps, one across the values,
// a steep one a box of both; Shift + drag moves; Ctrl or Alt + wheel zooms the steps at the pointer, with Shift or below the plot the values;
// double click comes back; on the step axis a press or drag chooses steps; arrow keys go from ridge to ridge and bin to bin, plus and
// minus zoom the steps, brackets the values. Two fingers zoom what they lie along.

import {useEffect, useMemo, useRef} from 'preact/hooks';
import type {RefObject} from 'preact';
import type {Range} from '../../base/extent';
import {formatCount} from '../../base/format';
import type {RidgeChart, RidgeCursor} from '../../charts/ridge_chart';
import type {RidgeModel} from '../../charts/ridge_model';
import type {RidgeBrush} from '../../charts/ridge_paint';
import type {Board} from '../../state/board';
import {selected, type Zoom} from '../../state/chart_view';
import {words} from '../../words/words';
import {ridgeLines, ridgeTitle} from './histogram_readout';
import {brushOf, shifted, tidyZoom, zoomedAbout, type Drag, type Place} from './ridge_zoom';

interface RidgePointerOptions {
  readonly board: Board;
  readonly chart: {readonly current: RidgeChart | undefined};
  readonly frame: RefObject<HTMLElement | null>;
  readonly chartKey: string;
  readonly cardKey: string;
  readonly model: RidgeModel | undefined;
  readonly zoom: Zoom | undefined;
}

/** Two fingers, and whether they lie across. */
interface Pinch {
  readonly a: Place;
  readonly b: Place;
  readonly isAcross: boolean;
}

const wheelFactor = 1.0025;

export function useRidgePointer(options: RidgePointerOptions) {
  const now = useRef(options);
  now.current = options;
  const drag = useRef<Drag | undefined>(undefined);
  const keyed = useRef<RidgeCursor | undefined>(undefined);
  const pointer = useRef<Place | undefined>(undefined);
  const fingers = useRef(new Map<number, Place>());
  const pinch = useRef<Pinch | undefined>(undefined);

  const actions = useMemo(() => {
    const place = (event: PointerEvent | WheelEvent): Place => {
      const box = now.current.frame.current?.getBoundingClientRect();
      return {x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0)};
    };
    const clear = (): void => {
      const {board, cardKey, chart} = now.current;
      pointer.current = undefined;
      chart.current?.setCursor(undefined);
      if (board.readout.peek()?.card !== cardKey) return;
      board.readout.value = undefined;
      board.cursor.value = undefined;
    };
    /** Tells of a ridge's bin; `px`: where the pointer is, for the logged bucket below it. */
    const show = (cursor: RidgeCursor, px: number | undefined): void => {
      const {board, chart, cardKey, frame, model} = now.current;
      const box = frame.current?.getBoundingClientRect();
      const read = chart.current?.readoutAt(cursor, px);
      const pixel = chart.current?.pixelOf(cursor);
      const source = read === undefined ? undefined : model?.sources[read.ridge.source];
      if (read === undefined || pixel === undefined || source === undefined) return;
      if (box === undefined || model === undefined) return;
      const t = words.peek();
      const isNamed = model.sources.length > 1;
      const title = ridgeTitle(read, source, {axis: model.axis, isNamed, words: t});
      const lines = ridgeLines(read, t);
      chart.current?.setCursor(cursor);
      board.cursor.value = {x: read.ridge.x};
      board.readout.value = {
        card: cardKey,
        x: box.left + pixel.x,
        y: box.top + pixel.y,
        title,
        lines,
        more: 0,
      };
      if (px === undefined) {
        board.announcement.value = `${title}. ${lines
          .map((line) => `${line.name}: ${t.count} ${line.cells.join(' ')}`)
          .join('. ')}`;
      }
    };
    const read = (x: number, y: number): void => {
      pointer.current = {x, y};
      const cursor = now.current.chart.current?.cursorAt(x, y);
      if (cursor === undefined) clear();
      else show(cursor, x);
    };
    const zoomTo = (change: Partial<Zoom>): void => {
      const {board, chartKey, zoom} = now.current;
      board.setZoom(chartKey, tidyZoom({x: zoom?.x, y: zoom?.y, ...change}));
    };
    /** Narrows or widens the steps about one. */
    const zoomSteps = (x: number, factor: number): void => {
      const {model, chartKey, zoom} = now.current;
      if (model === undefined || model.isOverlay || (zoom?.x === undefined && factor >= 1)) return;
      const range = zoomedAbout(zoom?.x ?? model.x, x, factor, whole.get(chartKey)?.steps);
      if (range === undefined || range.hi > range.lo) zoomTo({x: range});
    };
    /** Narrows or widens the values about one. */
    const zoomValues = (value: number, factor: number): void => {
      const {model, chartKey, zoom} = now.current;
      if (model?.values === undefined || (zoom?.y === undefined && factor >= 1)) return;
      zoomTo({y: zoomedAbout(model.values, value, factor, whole.get(chartKey)?.values)});
    };
    /** The ranges that are zoomed go along with the pointer. */
    const pan = (start: Drag, here: Place): void => {
      const {zoom, chart} = now.current;
      if (zoom === undefined || chart.current === undefined) return;
      const {left, right, top, bottom} = chart.current.plot;
      const {model: m} = start;
      zoomTo({
        x: zoom.x === undefined ? undefined : shifted(m.x, (start.y - here.y) / (bottom - top)),
        y:
          zoom.y === undefined || m.values === undefined
            ? undefined
            : shifted(m.values, (start.x - here.x) / (right - left)),
      });
    };
    const pinchTo = (before: Pinch, a: Place, b: Place): void => {
      const {chart} = now.current;
      const along = (p: Place): number => (before.isAcross ? p.x : p.y);
      const spread = (p: Place, q: Place): number => Math.max(24, Math.abs(along(p) - along(q)));
      const factor = spread(before.a, before.b) / spread(a, b);
      const middle = (along(a) + along(b)) / 2;
      if (before.isAcross) zoomValues(chart.current?.valueAt(middle) ?? 0, factor);
      else zoomSteps(chart.current?.xAt(middle) ?? 0, factor);
    };
    /** The step whose ridge is nearest to a pixel of the step axis. */
    const stepAt = (y: number): number => Math.round(now.current.chart.current?.xAt(y) ?? 0);
    const choose = (from: number, to: number | undefined): void =>
      now.current.board.update({selection: selected(from, to)});
    return {place, clear, show, read, zoomTo, zoomSteps, zoomValues, pan, pinchTo, stepAt, choose};
  }, []);

  const {model, zoom, chartKey} = options;
  if (model !== undefined) noteWhole(chartKey, model, zoom);

  useEffect(() => {
    const frame = now.current.frame.current;
    if (frame === null) return;
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.altKey && !event.metaKey) return;
      event.preventDefault();
      const {
        chart: {current: chart},
        model: m,
      } = now.current;
      if (chart === undefined || m === undefined) return;
      const here = actions.place(event);
      // With Shift browsers scroll sideways.
      const delta = event.deltaY === 0 ? event.deltaX : event.deltaY;
      const factor = wheelFactor ** (event.deltaMode === 0 ? delta : delta * 30);
      if (m.isOverlay || event.shiftKey || here.y > chart.plot.bottom)
        actions.zoomValues(chart.valueAt(here.x), factor);
      else actions.zoomSteps(chart.xAt(here.y), factor);
    };
    frame.addEventListener('wheel', onWheel, {passive: false});
    return () => {
      frame.removeEventListener('wheel', onWheel);
      actions.clear();
    };
  }, [actions]);

  /** A press on a ridge while steps are chosen moves the choice there; with Shift it becomes a range. */
  const press = (event: PointerEvent, here: Place, isOnAxis: boolean): void => {
    const {board, chart, model: m} = now.current;
    const known = board.view.peek().selection;
    if (m?.axis !== 'step' || (!isOnAxis && known === undefined)) return;
    const cursor = isOnAxis ? undefined : chart.current?.cursorAt(here.x, here.y);
    const step =
      cursor === undefined ? nearestStep(m, actions.stepAt(here.y)) : m.ridges[cursor.ridge]?.step;
    if (step === undefined) return;
    if (event.shiftKey && known !== undefined) actions.choose(known.lo, step);
    else actions.choose(step, undefined);
  };

  /** A drag has ended. */
  const drop = (start: Drag, brush: RidgeBrush): void => {
    const {chart, model: m} = now.current;
    if (chart.current === undefined || m === undefined) return;
    const of = (at: (px: number) => number, [a, b]: readonly [number, number]): Range => ({
      lo: at(Math.min(a, b)),
      hi: at(Math.max(a, b)),
    });
    const steps = brush.y && of((py) => chart.current?.xAt(py) ?? 0, brush.y);
    const values = brush.x && of((px) => chart.current?.valueAt(px) ?? 0, brush.x);
    if (start.kind === 'steps') {
      if (steps !== undefined && m.axis === 'step') actions.choose(steps.lo, steps.hi);
      return;
    }
    const whole =
      steps !== undefined && m.axis === 'step'
        ? {lo: Math.ceil(steps.lo), hi: Math.floor(steps.hi)}
        : steps;
    if (whole !== undefined && !(whole.hi > whole.lo)) return;
    actions.zoomTo({
      ...(whole !== undefined && {x: whole}),
      ...(values !== undefined && {y: values}),
    });
  };

  /** Whether the event is of two fingers. */
  const touch = (event: PointerEvent, here: Place): boolean => {
    if (event.pointerType !== 'touch') return false;
    if (event.type === 'pointermove' && !fingers.current.has(event.pointerId)) return false;
    fingers.current.set(event.pointerId, here);
    const [a, b] = [...fingers.current.values()];
    if (a === undefined || b === undefined) return false;
    if (pinch.current === undefined) actions.clear();
    else actions.pinchTo(pinch.current, a, b);
    const isAcross =
      pinch.current?.isAcross ??
      (now.current.model?.isOverlay === true || Math.abs(a.x - b.x) > Math.abs(a.y - b.y));
    pinch.current = {a, b, isAcross};
    return true;
  };
  const endTouch = (event: PointerEvent): void => {
    fingers.current.delete(event.pointerId);
    pinch.current = undefined;
    if (fingers.current.size === 0) actions.clear();
  };

  return {
    /** After new ridges: what stands beside the pointer is told anew. */
    refresh(): void {
      if (pointer.current !== undefined && drag.current === undefined)
        actions.read(pointer.current.x, pointer.current.y);
    },
    handlers: {
      onPointerDown(event: PointerEvent): void {
        const {chart, frame, model: m} = now.current;
        const here = actions.place(event);
        if (touch(event, here)) return;
        if (event.pointerType === 'touch') {
          actions.read(here.x, here.y);
          return;
        }
        if (chart.current === undefined || m === undefined || event.button > 1) return;
        frame.current?.setPointerCapture(event.pointerId);
        const isOnAxis = here.x > chart.current.plot.right && !m.isOverlay;
        const kind = isOnAxis ? 'steps' : event.shiftKey || event.button === 1 ? 'pan' : 'zoom';
        drag.current = {kind, ...here, model: m};
      },
      onPointerMove(event: PointerEvent): void {
        const {chart, board} = now.current;
        const here = actions.place(event);
        if (touch(event, here)) return;
        const start = drag.current;
        if (start === undefined) {
          actions.read(here.x, here.y);
          return;
        }
        const brush = brushOf(start, here);
        if (start.kind === 'pan') {
          if (brush !== undefined) actions.pan(start, here);
          return;
        }
        chart.current?.setBrush(brush);
        if (brush !== undefined) board.readout.value = undefined;
      },
      onPointerUp(event: PointerEvent): void {
        const {chart, model: m} = now.current;
        if (event.pointerType === 'touch') {
          endTouch(event);
          return;
        }
        const start = drag.current;
        drag.current = undefined;
        chart.current?.setBrush(undefined);
        if (start === undefined || m === undefined || chart.current === undefined) return;
        const here = actions.place(event);
        const brush = brushOf(start, here);
        if (brush === undefined) press(event, here, start.kind === 'steps');
        else if (start.kind !== 'pan') drop(start, brush);
      },
      onPointerCancel(event: PointerEvent): void {
        drag.current = undefined;
        endTouch(event);
        now.current.chart.current?.setBrush(undefined);
        actions.clear();
      },
      onPointerLeave(event: PointerEvent): void {
        if (event.pointerType === 'touch') endTouch(event);
        else if (drag.current === undefined) actions.clear();
      },
      onDblClick(): void {
        now.current.board.setZoom(now.current.chartKey, undefined);
      },
      onBlur(): void {
        keyed.current = undefined;
        actions.clear();
      },
      onKeyDown(event: KeyboardEvent): void {
        const {board, model: m, frame, zoom: z} = now.current;
        // Keys of what stands inside the chart are its own.
        if (m === undefined || event.target !== frame.current) return;
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const last = m.ridges.length - 1;
        const cursor =
          keyed.current === undefined
            ? undefined
            : {...keyed.current, ridge: Math.min(last, keyed.current.ridge)};
        const ridge = m.ridges[cursor?.ridge ?? last];
        switch (event.key) {
          case 'Escape':
            if (cursor !== undefined) {
              keyed.current = undefined;
              actions.clear();
            } else if (z !== undefined) board.setZoom(now.current.chartKey, undefined);
            else if (board.view.peek().selection !== undefined)
              board.update({selection: undefined});
            else return;
            event.stopPropagation();
            return;
          case '0':
            if (z !== undefined) board.setZoom(now.current.chartKey, undefined);
            return;
          case '+':
          case '=':
          case '-':
            event.preventDefault();
            if (m.isOverlay)
              actions.zoomValues(valueOf(m, cursor?.bin), event.key === '-' ? 2 : 0.5);
            else if (ridge !== undefined) actions.zoomSteps(ridge.x, event.key === '-' ? 2 : 0.5);
            return;
          case '[':
          case ']':
            event.preventDefault();
            actions.zoomValues(valueOf(m, cursor?.bin), event.key === '[' ? 2 : 0.5);
            return;
          case 's':
          case 'S': {
            if (m.axis !== 'step' || ridge === undefined) return;
            event.preventDefault();
            const known = board.view.peek().selection;
            if (event.shiftKey && known !== undefined) actions.choose(known.lo, ridge.step);
            else actions.choose(ridge.step, undefined);
            board.announcement.value = `${words.peek().selectedStep} ${formatCount(ridge.step)}`;
            return;
          }
        }
        const far = event.shiftKey ? 10 : 1;
        const move = {
          ArrowUp: [-far, 0],
          ArrowDown: [far, 0],
          ArrowLeft: [0, -far],
          ArrowRight: [0, far],
          Home: [-Infinity, 0],
          End: [Infinity, 0],
        }[event.key];
        if (move === undefined || last < 0 || m.bins === 0) return;
        event.preventDefault();
        const [down = 0, across = 0] = move;
        const from = cursor ?? {ridge: last, bin: Math.floor(m.bins / 2)};
        keyed.current = {
          ridge: Math.max(0, Math.min(last, from.ridge + down)),
          bin: Math.max(0, Math.min(m.bins - 1, from.bin + across)),
        };
        actions.show(keyed.current, undefined);
      },
    },
  };
}

/** What a chart shows without zoom, to know when zooming out has reached it. */
const whole = new Map<string, {steps: Range | undefined; values: Range | undefined}>();

function noteWhole(key: string, model: RidgeModel, zoom: Zoom | undefined): void {
  const known = whole.get(key);
  whole.set(key, {
    steps: zoom?.x === undefined ? model.x : known?.steps,
    values: zoom?.y === undefined ? model.values : known?.values,
  });
}

/** The middle of a bin, or of what is in view. */
function valueOf({binned, values, bins}: RidgeModel, bin: number | undefined): number {
  const {lo, hi} = (bin === undefined ? values : binned) ?? {lo: 0, hi: 0};
  return lo + (bin === undefined ? 0.5 : (bin + 0.5) / bins) * (hi - lo);
}

function nearestStep(model: RidgeModel, step: number): number | undefined {
  let best: number | undefined;
  for (const ridge of model.ridges)
    if (best === undefined || Math.abs(ridge.step - step) <= Math.abs(best - step))
      best = ridge.step;
  return best;
}
