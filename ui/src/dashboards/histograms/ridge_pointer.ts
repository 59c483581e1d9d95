// What pointer, wheel and keys do on ridges: hover reads the nearest outline, a drag zooms the steps, Ctrl or Alt + wheel zooms at the
// pointer, double click comes back; on the step axis a press or drag chooses steps; arrow keys go from ridge to ridge and bin to bin.

import {useEffect, useMemo, useRef} from 'preact/hooks';
import type {RefObject} from 'preact';
import type {Range} from '../../base/extent';
import {formatCount} from '../../base/format';
import type {RidgeChart, RidgeCursor} from '../../charts/ridge_chart';
import type {RidgeModel} from '../../charts/ridge_model';
import type {Board} from '../../state/board';
import {selected, type Zoom} from '../../state/chart_view';
import {words} from '../../words/words';
import {ridgeLines, ridgeTitle} from './histogram_readout';

interface RidgePointerOptions {
  readonly board: Board;
  readonly chart: {readonly current: RidgeChart | undefined};
  readonly frame: RefObject<HTMLElement | null>;
  readonly chartKey: string;
  readonly cardKey: string;
  readonly model: RidgeModel | undefined;
  readonly zoom: Zoom | undefined;
}

interface Drag {
  readonly kind: 'zoom' | 'steps';
  readonly y: number;
}

const leastDrag = 5;
const wheelFactor = 1.0025;

export function useRidgePointer(options: RidgePointerOptions) {
  const now = useRef(options);
  now.current = options;
  const drag = useRef<Drag | undefined>(undefined);
  const keyed = useRef<RidgeCursor | undefined>(undefined);
  const pointer = useRef<{x: number; y: number} | undefined>(undefined);

  const actions = useMemo(() => {
    const place = (event: PointerEvent | WheelEvent): {x: number; y: number} => {
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
    const zoomTo = (range: Range | undefined): void => {
      const {board, chartKey, zoom} = now.current;
      if (range !== undefined && !(range.hi > range.lo)) return;
      if (range === undefined && zoom?.y === undefined) board.setZoom(chartKey, undefined);
      else board.setZoom(chartKey, {x: range, y: zoom?.y});
    };
    /** Narrows or widens what is shown about x. */
    const zoomAbout = (x: number, factor: number): void => {
      const {model, chartKey, zoom} = now.current;
      if (model === undefined || (zoom?.x === undefined && factor >= 1)) return;
      const {lo, hi} = zoom?.x ?? model.x;
      const range = {lo: x - (x - lo) * factor, hi: x + (hi - x) * factor};
      const whole = wholeX.get(chartKey);
      if (whole !== undefined && range.lo <= whole.lo && range.hi >= whole.hi) zoomTo(undefined);
      else zoomTo(range);
    };
    /** The step whose ridge is nearest to a pixel of the step axis. */
    const stepAt = (y: number): number => Math.round(now.current.chart.current?.xAt(y) ?? 0);
    const choose = (from: number, to: number | undefined): void =>
      now.current.board.update({selection: selected(from, to)});
    return {place, clear, show, read, zoomTo, zoomAbout, stepAt, choose};
  }, []);

  const {model, zoom, chartKey} = options;
  if (model !== undefined && zoom?.x === undefined) wholeX.set(chartKey, model.x);

  useEffect(() => {
    const frame = now.current.frame.current;
    if (frame === null) return;
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.altKey && !event.metaKey) return;
      event.preventDefault();
      if (now.current.model?.isOverlay === true) return;
      const lines = event.deltaMode === 0 ? event.deltaY : event.deltaY * 30;
      const x = now.current.chart.current?.xAt(actions.place(event).y) ?? 0;
      actions.zoomAbout(x, wheelFactor ** lines);
    };
    frame.addEventListener('wheel', onWheel, {passive: false});
    return () => {
      frame.removeEventListener('wheel', onWheel);
      actions.clear();
    };
  }, [actions]);

  /** A press on a ridge while steps are chosen moves the choice there; with Shift it becomes a range. */
  const press = (event: PointerEvent, here: {x: number; y: number}, isOnAxis: boolean): void => {
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
        if (event.pointerType === 'touch') {
          actions.read(here.x, here.y);
          return;
        }
        if (chart.current === undefined || m === undefined || event.button !== 0) return;
        frame.current?.setPointerCapture(event.pointerId);
        drag.current = {kind: here.x > chart.current.plot.right ? 'steps' : 'zoom', y: here.y};
      },
      onPointerMove(event: PointerEvent): void {
        const {chart, board, model: m} = now.current;
        const here = actions.place(event);
        const start = drag.current;
        if (start === undefined || m?.isOverlay === true) {
          actions.read(here.x, here.y);
          return;
        }
        if (Math.abs(here.y - start.y) < leastDrag) {
          chart.current?.setBrush(undefined);
          return;
        }
        board.readout.value = undefined;
        chart.current?.setBrush({y0: start.y, y1: here.y});
      },
      onPointerUp(event: PointerEvent): void {
        const {chart, model: m} = now.current;
        const start = drag.current;
        drag.current = undefined;
        chart.current?.setBrush(undefined);
        if (start === undefined || m === undefined || chart.current === undefined) return;
        const here = actions.place(event);
        if (Math.abs(here.y - start.y) < leastDrag || m.isOverlay) {
          press(event, here, start.kind === 'steps' && !m.isOverlay);
          return;
        }
        const lo = chart.current.xAt(Math.min(start.y, here.y));
        const hi = chart.current.xAt(Math.max(start.y, here.y));
        if (start.kind === 'steps') {
          if (m.axis === 'step') actions.choose(lo, hi);
        } else
          actions.zoomTo(m.axis === 'step' ? {lo: Math.ceil(lo), hi: Math.floor(hi)} : {lo, hi});
      },
      onPointerCancel(): void {
        drag.current = undefined;
        now.current.chart.current?.setBrush(undefined);
        actions.clear();
      },
      onPointerLeave(): void {
        if (drag.current === undefined) actions.clear();
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
            if (ridge !== undefined) actions.zoomAbout(ridge.x, event.key === '-' ? 2 : 0.5);
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
const wholeX = new Map<string, Range>();

function nearestStep(model: RidgeModel, step: number): number | undefined {
  let best: number | undefined;
  for (const ridge of model.ridges)
    if (best === undefined || Math.abs(ridge.step - step) <= Math.abs(best - step))
      best = ridge.step;
  return best;
}
