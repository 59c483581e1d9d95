// What pointer, wheel and keys do on a line chart: hover reads, drag zooms, Shift + drag moves, Ctrl or Alt + wheel zooms at
// the pointer, double click comes back; on the step axis a press or drag chooses steps; arrow keys move the cursor. On a
// touch screen one finger reads along the line, two zoom and move.

import {useEffect, useMemo, useRef} from 'preact/hooks';
import type {RefObject} from 'preact';
import {at} from '../../base/columns';
import {formatValue} from '../../base/format';
import {tidy, type Range} from '../../base/extent';
import type {LineChart} from '../../charts/line_chart';
import type {LineModel, ReadoutRow} from '../../charts/line_model';
import type {Board} from '../../state/board';
import {selected, type Zoom} from '../../state/chart_view';
import type {ReadoutLine} from '../../state/readout';
import {tooltipOrder, tooltipRows} from '../../state/chart_prefs';
import {words} from '../../words/words';
import {keepNear, nearestRow, orderRows, readoutLine, titleOf} from './chart_readout';

interface ChartPointerOptions {
  readonly board: Board;
  readonly chart: {readonly current: LineChart | undefined};
  readonly frame: RefObject<HTMLElement | null>;
  readonly chartKey: string;
  readonly cardKey: string;
  readonly model: LineModel | undefined;
  readonly zoom: Zoom | undefined;
  readonly isSmooth: boolean;
  /** The lines of the readout for a row, where they are not its usual one; `y`: of the pointer, undefined for keys. */
  readonly linesOf?: (
    row: ReadoutRow,
    usual: ReadoutLine,
    y: number | undefined,
  ) => readonly ReadoutLine[];
}

interface Place {
  readonly x: number;
  readonly y: number;
}

interface Drag extends Place {
  readonly kind: 'zoom' | 'pan' | 'steps';
  readonly range: Range;
}

/** Two fingers: where they were, and what the chart showed then. */
interface Pinch {
  readonly a: Place;
  readonly b: Place;
}

const leastDrag = 5;
const leastBoxHeight = 28;
const wheelFactor = 1.0025;

export function useChartPointer(options: ChartPointerOptions) {
  const now = useRef(options);
  now.current = options;
  const drag = useRef<Drag | undefined>(undefined);
  const pinch = useRef<Pinch | undefined>(undefined);
  const fingers = useRef(new Map<number, Place>());
  const pointer = useRef<Place | undefined>(undefined);
  const keyX = useRef<number | undefined>(undefined);

  const actions = useMemo(() => {
    const place = (event: PointerEvent | WheelEvent | MouseEvent): Place => {
      const box = now.current.frame.current?.getBoundingClientRect();
      return {x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0)};
    };

    const clear = (): void => {
      const {board, cardKey} = now.current;
      pointer.current = undefined;
      if (board.readout.peek()?.card === cardKey) board.readout.value = undefined;
      board.cursor.value = undefined;
    };

    /** Puts the cursor on the logged point nearest to a place in the chart, and tells about it. */
    const read = (px: number, py: number): void => {
      const {
        board,
        chart: {current: chart},
        model,
      } = now.current;
      if (chart === undefined || model === undefined || model.series.length === 0) return;
      const x = chart.xAt(px);
      let rows = chart.readoutAt(x);
      if (rows.length === 0) {
        board.cursor.value = {x};
        if (board.readout.peek()?.card === now.current.cardKey) board.readout.value = undefined;
        return;
      }
      const nearest = rows.reduce((a, b) => (Math.abs(b.x - x) < Math.abs(a.x - x) ? b : a));
      board.cursor.value = {x: nearest.x};
      rows = chart.readoutAt(nearest.x);
      show(rows, nearest, py);
    };

    const show = (rows: readonly ReadoutRow[], here: ReadoutRow, py: number | undefined): void => {
      const {
        board,
        chart: {current: chart},
        frame,
        cardKey,
        model,
        isSmooth,
        linesOf,
      } = now.current;
      const box = frame.current?.getBoundingClientRect();
      if (chart === undefined || model === undefined || box === undefined) return;
      const t = words.peek();
      const pixelY = (row: ReadoutRow): number => chart.pixelY(row.drawn);
      const y = py ?? pixelY(here);
      const near = nearestRow(rows, pixelY, y) ?? here;
      const ordered = orderRows(rows, tooltipOrder.peek(), pixelY, y);
      const kept = keepNear(ordered, near, tooltipRows.peek());
      board.readout.value = {
        card: cardKey,
        x: box.left + chart.pixelX(here.x),
        y: box.top + (py ?? pixelY(near)),
        title: titleOf(model, here, t),
        lines: kept.flatMap((row) => {
          const line = readoutLine(row, isSmooth, row.id === near.id && rows.length > 1);
          return linesOf?.(row, line, py === undefined ? undefined : chart.yAt(py)) ?? [line];
        }),
        more: rows.length - kept.length,
      };
      if (py === undefined) {
        board.announcement.value = `${titleOf(model, here, t)}. ${kept
          .map((row) => `${row.name}: ${formatValue(row.drawn)}`)
          .join('. ')}${rows.length > kept.length ? `. ${t.more(rows.length - kept.length)}` : ''}`;
      }
    };

    /** Narrows the view to `x`; a range that holds all there is comes back to no zoom of x. */
    const zoomTo = (x: Range, y: Zoom['y']): void => {
      const {board, chartKey, model} = now.current;
      if (model === undefined || !(x.hi > x.lo)) return;
      // Below this doubles can no longer tell neighbouring pixels apart.
      const least = Math.max(Math.abs(x.lo), Math.abs(x.hi), 1e-9) * 1e-12;
      if (x.hi - x.lo <= least) return;
      board.setZoom(chartKey, {x: tidy(x), y});
    };

    const isWhole = (x: Range): boolean => {
      const whole = wholeX.get(now.current.chartKey);
      return whole !== undefined && x.lo <= whole.lo && x.hi >= whole.hi;
    };

    /** Zooming out stops where the data end. */
    const zoomOutTo = (x: Range, y: Zoom['y']): void => {
      const {board, chartKey} = now.current;
      const whole = wholeX.get(chartKey);
      if (isWhole(x)) board.setZoom(chartKey, y === undefined ? undefined : {x: undefined, y});
      else if (whole === undefined) zoomTo(x, y);
      else zoomTo({lo: Math.max(whole.lo, x.lo), hi: Math.min(whole.hi, x.hi)}, y);
    };

    const pan = (start: Drag, here: Place): void => {
      const {
        chart: {current: chart},
        zoom,
        board,
        chartKey,
      } = now.current;
      if (chart === undefined || zoom === undefined) return;
      const dt = chart.partX(start.x) - chart.partX(here.x);
      const span = start.range.hi - start.range.lo;
      // The range at the start moves as far as the pointer did, on its own scale.
      const {model} = now.current;
      const moved =
        model?.isXLog === true
          ? (() => {
              const ratio = (start.range.hi / start.range.lo) ** dt;
              return {lo: start.range.lo * ratio, hi: start.range.hi * ratio};
            })()
          : {lo: start.range.lo + dt * span, hi: start.range.hi + dt * span};
      if (zoom.x !== undefined) zoomTo(moved, zoom.y);
      else board.setZoom(chartKey, zoom);
    };

    return {
      read,
      clear,
      show,
      zoomTo,
      place,
      pan,
      chooseSteps(from: number, to: number | undefined): void {
        const {board} = now.current;
        board.update({selection: selected(from, to)});
      },
      pinchTo(before: Pinch, a: Place, b: Place): void {
        const {
          chart: {current: chart},
          zoom,
        } = now.current;
        if (chart === undefined) return;
        const spread = Math.max(24, Math.abs(before.b.x - before.a.x));
        const factor = spread / Math.max(24, Math.abs(b.x - a.x));
        const centre = chart.partX((a.x + b.x) / 2);
        const moved = chart.partX((before.a.x + before.b.x) / 2) - centre;
        zoomOutTo(
          chart.xOfParts(centre + moved - centre * factor, centre + moved + (1 - centre) * factor),
          zoom?.y,
        );
      },
      zoomAbout(px: number, factor: number): void {
        const {
          chart: {current: chart},
          zoom,
        } = now.current;
        if (chart === undefined || (zoom?.x === undefined && factor >= 1)) return;
        zoomOutTo(chart.xZoomed(px, factor), zoom?.y);
      },
      onWheel(event: WheelEvent): void {
        if (!event.ctrlKey && !event.altKey && !event.metaKey) return;
        event.preventDefault();
        const lines = event.deltaMode === 0 ? event.deltaY : event.deltaY * 30;
        this.zoomAbout(place(event).x, wheelFactor ** lines);
      },
    };
  }, []);

  const {model, zoom, chartKey} = options;
  if (model !== undefined && zoom?.x === undefined) wholeX.set(chartKey, model.x);

  useEffect(() => {
    const frame = now.current.frame.current;
    if (frame === null) return;
    const onWheel = (event: WheelEvent): void => actions.onWheel(event);
    frame.addEventListener('wheel', onWheel, {passive: false});
    return () => {
      frame.removeEventListener('wheel', onWheel);
      actions.clear();
    };
  }, [actions]);

  const endTouch = (event: PointerEvent): void => {
    fingers.current.delete(event.pointerId);
    pinch.current = undefined;
    if (fingers.current.size === 0) actions.clear();
  };

  return {
    /** After new columns: what stands beside the pointer is told anew. */
    refresh(): void {
      if (pointer.current !== undefined && drag.current === undefined)
        actions.read(pointer.current.x, pointer.current.y);
    },
    handlers: {
      onPointerDown(event: PointerEvent): void {
        const {
          chart: {current: chart},
          model: m,
          frame,
        } = now.current;
        if (chart === undefined || m === undefined || event.button > 1) return;
        const here = actions.place(event);
        if (event.pointerType === 'touch') {
          fingers.current.set(event.pointerId, here);
          const [a, b] = [...fingers.current.values()];
          if (a !== undefined && b !== undefined) {
            pinch.current = {a, b};
            actions.clear();
            return;
          }
          pointer.current = here;
          actions.read(here.x, here.y);
          return;
        }
        const isOnStepAxis =
          m.axis === 'step' && here.y > chart.plotBottom && here.x > chart.plotLeft;
        if (!chart.isInPlot(here.x, here.y) && !isOnStepAxis) return;
        frame.current?.setPointerCapture(event.pointerId);
        const kind = isOnStepAxis ? 'steps' : event.shiftKey || event.button === 1 ? 'pan' : 'zoom';
        drag.current = {kind, ...here, range: m.x};
      },
      onPointerMove(event: PointerEvent): void {
        const {
          board,
          chart: {current: chart},
        } = now.current;
        if (chart === undefined) return;
        const here = actions.place(event);
        if (event.pointerType === 'touch') {
          if (!fingers.current.has(event.pointerId)) return;
          fingers.current.set(event.pointerId, here);
          const [a, b] = [...fingers.current.values()];
          if (pinch.current !== undefined && a !== undefined && b !== undefined) {
            actions.pinchTo(pinch.current, a, b);
            pinch.current = {a, b};
            return;
          }
        }
        const start = drag.current;
        if (start === undefined) {
          pointer.current = here;
          actions.read(here.x, here.y);
          return;
        }
        const dx = here.x - start.x;
        const dy = here.y - start.y;
        if (start.kind === 'pan') {
          if (Math.abs(dx) > 1) actions.pan(start, here);
          return;
        }
        if (Math.abs(dx) < leastDrag) {
          chart.setBrush(undefined);
          return;
        }
        board.readout.value = undefined;
        chart.setBrush({
          x0: start.x,
          x1: here.x,
          y0: start.y,
          y1: here.y,
          isBox: start.kind === 'zoom' && Math.abs(dy) > leastBoxHeight,
        });
      },
      onPointerUp(event: PointerEvent): void {
        const {
          chart: {current: chart},
        } = now.current;
        const start = drag.current;
        drag.current = undefined;
        if (event.pointerType === 'touch') {
          endTouch(event);
          return;
        }
        if (chart === undefined || start === undefined) return;
        chart.setBrush(undefined);
        if (start.kind === 'pan') return;
        const here = actions.place(event);
        const isPress = Math.abs(here.x - start.x) < leastDrag;
        if (start.kind === 'steps') {
          const step = chart.xAt(here.x);
          const known = now.current.board.view.peek().selection;
          if (!isPress) actions.chooseSteps(chart.xAt(start.x), step);
          else if (event.shiftKey && known !== undefined) actions.chooseSteps(known.lo, step);
          else actions.chooseSteps(step, undefined);
          return;
        }
        if (isPress) return;
        const y =
          Math.abs(here.y - start.y) > leastBoxHeight
            ? {lo: chart.yAt(Math.max(here.y, start.y)), hi: chart.yAt(Math.min(here.y, start.y))}
            : undefined;
        actions.zoomTo(
          {lo: chart.xAt(Math.min(here.x, start.x)), hi: chart.xAt(Math.max(here.x, start.x))},
          y === undefined ? undefined : tidy(y),
        );
      },
      onPointerCancel(event: PointerEvent): void {
        drag.current = undefined;
        now.current.chart.current?.setBrush(undefined);
        endTouch(event);
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
        keyX.current = undefined;
        actions.clear();
      },
      onKeyDown(event: KeyboardEvent): void {
        const {
          board,
          chart: {current: chart},
          model: m,
          zoom: z,
        } = now.current;
        // Keys of what stands inside the chart are its own.
        if (chart === undefined || m === undefined || event.target !== now.current.frame.current)
          return;
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const cursor = keyX.current ?? board.cursor.peek()?.x;
        switch (event.key) {
          case 'Escape':
            if (drag.current !== undefined) {
              drag.current = undefined;
              chart.setBrush(undefined);
            } else if (keyX.current !== undefined) {
              keyX.current = undefined;
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
          case '-': {
            event.preventDefault();
            const px =
              cursor === undefined ? chart.pixelX((m.x.lo + m.x.hi) / 2) : chart.pixelX(cursor);
            actions.zoomAbout(px, event.key === '-' ? 2 : 0.5);
            return;
          }
          case 's':
          case 'S': {
            if (m.axis !== 'step' || cursor === undefined) return;
            event.preventDefault();
            const known = board.view.peek().selection;
            if (event.shiftKey && known !== undefined) actions.chooseSteps(known.lo, cursor);
            else actions.chooseSteps(cursor, undefined);
            return;
          }
        }
        const far = event.shiftKey ? 10 : 1;
        const move = {ArrowLeft: -far, ArrowRight: far, Home: -Infinity, End: Infinity}[event.key];
        if (move === undefined) return;
        event.preventDefault();
        const x = stepFrom(m, cursor, move);
        if (x === undefined) return;
        keyX.current = x;
        board.cursor.value = {x};
        const rows = chart.readoutAt(x);
        const row = rows[0];
        if (row !== undefined) actions.show(rows, rows.find((r) => r.x === x) ?? row, undefined);
      },
    },
  };
}

/** What a chart shows without zoom, to know when zooming out has reached it. */
const wholeX = new Map<string, Range>();

/** The x of the point `move` points away from `from`, in the series that has the most of them in view. */
function stepFrom(model: LineModel, from: number | undefined, move: number): number | undefined {
  let longest: Float64Array | undefined;
  for (const s of model.series)
    if (longest === undefined || s.x.length > longest.length) longest = s.x;
  if (longest === undefined || longest.length === 0) return undefined;
  let first = 0;
  let last = longest.length - 1;
  while (first < last && at(longest, first) < model.x.lo) first++;
  while (last > first && at(longest, last) > model.x.hi) last--;
  if (move === -Infinity) return at(longest, first);
  if (move === Infinity || from === undefined)
    return at(longest, move < 0 || move === Infinity ? last : first);
  let nearest = first;
  for (let i = first; i <= last; i++) {
    if (Math.abs(at(longest, i) - from) < Math.abs(at(longest, nearest) - from)) nearest = i;
  }
  return at(longest, Math.min(last, Math.max(first, nearest + move)));
}
