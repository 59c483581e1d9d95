// What pointer, wheel and keys do on a line chart: hover reads, drag zooms, Shift + drag moves, Ctrl or Alt + wheel zooms at
// the pointer, double click comes back; arrow keys move the cursor. On a touch screen a finger reads along the line.

import {useEffect, useMemo, useRef} from 'preact/hooks';
import type {RefObject} from 'preact';
import {at} from '../../base/columns';
import {formatCount, formatDuration, formatValue, formatWallTime} from '../../base/format';
import type {LineChart} from '../../charts/line_chart';
import type {LineModel, ReadoutRow} from '../../charts/line_model';
import type {Board} from '../../state/board';
import {tooltipOrder} from '../../state/prefs';
import type {Zoom} from '../../state/chart_view';
import {words} from '../../words/words';

interface ChartPointerOptions {
  readonly board: Board;
  readonly chart: {readonly current: LineChart | undefined};
  readonly frame: RefObject<HTMLElement | null>;
  readonly tag: string;
  readonly cardKey: string;
  readonly model: LineModel | undefined;
  readonly zoom: Zoom | undefined;
  readonly smoothing: number;
}

interface Drag {
  readonly x: number;
  readonly y: number;
  readonly isPan: boolean;
  readonly range: {readonly lo: number; readonly hi: number};
}

const leastDrag = 5;
const leastBoxHeight = 28;
const mostRows = 12;
const wheelFactor = 1.0025;

export function useChartPointer(options: ChartPointerOptions) {
  const now = useRef(options);
  now.current = options;
  const drag = useRef<Drag | undefined>(undefined);
  const pointer = useRef<{x: number; y: number} | undefined>(undefined);
  const keyX = useRef<number | undefined>(undefined);

  const actions = useMemo(() => {
    const place = (event: PointerEvent | WheelEvent | MouseEvent): {x: number; y: number} => {
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

    const show = (rows: readonly ReadoutRow[], at: ReadoutRow, py: number | undefined): void => {
      const {
        board,
        chart: {current: chart},
        frame,
        cardKey,
        model,
        smoothing,
      } = now.current;
      const box = frame.current?.getBoundingClientRect();
      if (chart === undefined || model === undefined || box === undefined) return;
      const t = words.peek();
      const pixelY = (row: ReadoutRow): number => chart.pixelY(row.drawn);
      const near = rows.reduce((a, b) => {
        const y = py ?? pixelY(at);
        const distance = (row: ReadoutRow): number => {
          const d = Math.abs(pixelY(row) - y);
          return Number.isNaN(d) ? Infinity : d;
        };
        return distance(b) < distance(a) ? b : a;
      });
      const ordered = orderRows(rows, near, pixelY, py ?? pixelY(at));
      const kept = keepNear(ordered, near);
      const isSmooth = smoothing > 0;
      board.readout.value = {
        card: cardKey,
        x: box.left + chart.pixelX(at.x),
        y: box.top + (py ?? pixelY(near)),
        title: titleOf(model, at),
        lines: kept.map((row) => ({
          key: row.key,
          name: row.name,
          colour: row.colour,
          cells: cellsOf(row, isSmooth),
          isNear: row.key === near.key && rows.length > 1,
        })),
        more: rows.length - kept.length,
      };
      if (py === undefined) {
        board.announcement.value = `${titleOf(model, at)}. ${kept.map((row) => `${row.name}: ${formatValue(row.drawn)}`).join('. ')}${
          rows.length > kept.length ? `. ${t.more(rows.length - kept.length)}` : ''
        }`;
      }
    };

    /** Narrows the view to [x0, x1]; a range that holds all there is comes back to no zoom. */
    const zoomTo = (x0: number, x1: number, y: Zoom['y']): void => {
      const {board, tag, model} = now.current;
      if (model === undefined || !(x1 > x0)) return;
      // Below this doubles can no longer tell neighbouring pixels apart.
      const least = Math.max(Math.abs(x0), Math.abs(x1), 1e-9) * 1e-12;
      if (x1 - x0 <= least) return;
      board.setZoom(tag, {x: {lo: tidy(x0, x1 - x0), hi: tidy(x1, x1 - x0)}, y});
    };

    return {
      read,
      clear,
      show,
      zoomTo,
      place,
      onWheel(event: WheelEvent): void {
        if (!event.ctrlKey && !event.altKey && !event.metaKey) return;
        const {
          board,
          chart: {current: chart},
          tag,
          model,
          zoom,
        } = now.current;
        if (chart === undefined || model === undefined) return;
        event.preventDefault();
        const factor = wheelFactor ** (event.deltaMode === 0 ? event.deltaY : event.deltaY * 30);
        const centre = chart.xAt(place(event).x);
        const {lo, hi} = model.x;
        if (zoom === undefined && factor >= 1) return;
        const x0 = centre - (centre - lo) * factor;
        const x1 = centre + (hi - centre) * factor;
        const whole = wholeX.get(tag);
        if (whole !== undefined && x0 <= whole.lo && x1 >= whole.hi) board.setZoom(tag, undefined);
        else
          zoomTo(
            whole === undefined ? x0 : Math.max(whole.lo, x0),
            whole === undefined ? x1 : Math.min(whole.hi, x1),
            undefined,
          );
      },
    };
  }, []);

  const {model, zoom, tag} = options;
  if (model !== undefined && zoom === undefined) wholeX.set(tag, model.x);

  useEffect(() => {
    const frame = now.current.frame.current;
    if (frame === null) return;
    frame.addEventListener('wheel', actions.onWheel, {passive: false});
    return () => {
      frame.removeEventListener('wheel', actions.onWheel);
      actions.clear();
    };
  }, [actions]);

  const isTouchDrag = useRef(false);
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
        const at = actions.place(event);
        if (event.pointerType === 'touch') {
          isTouchDrag.current = true;
          pointer.current = at;
          actions.read(at.x, at.y);
          return;
        }
        if (!chart.isInPlot(at.x, at.y)) return;
        frame.current?.setPointerCapture(event.pointerId);
        drag.current = {x: at.x, y: at.y, isPan: event.shiftKey || event.button === 1, range: m.x};
      },
      onPointerMove(event: PointerEvent): void {
        const {
          board,
          chart: {current: chart},
        } = now.current;
        if (chart === undefined) return;
        const at = actions.place(event);
        const start = drag.current;
        if (start === undefined) {
          if (event.pointerType === 'touch' && !isTouchDrag.current) return;
          pointer.current = at;
          actions.read(at.x, at.y);
          return;
        }
        const dx = at.x - start.x;
        const dy = at.y - start.y;
        if (start.isPan) {
          const shift = chart.xAt(start.x) - chart.xAt(at.x);
          const {lo, hi} = start.range;
          if (now.current.zoom !== undefined && Math.abs(dx) > 1)
            actions.zoomTo(lo + shift, hi + shift, now.current.zoom.y);
          return;
        }
        if (Math.abs(dx) < leastDrag) {
          chart.setBrush(undefined);
          return;
        }
        board.readout.value = undefined;
        chart.setBrush({
          x0: start.x,
          x1: at.x,
          y0: start.y,
          y1: at.y,
          isBox: Math.abs(dy) > leastBoxHeight,
        });
      },
      onPointerUp(event: PointerEvent): void {
        isTouchDrag.current = false;
        const {
          chart: {current: chart},
        } = now.current;
        const start = drag.current;
        drag.current = undefined;
        if (event.pointerType === 'touch') {
          actions.clear();
          return;
        }
        if (chart === undefined || start === undefined) return;
        chart.setBrush(undefined);
        if (start.isPan) return;
        const at = actions.place(event);
        if (Math.abs(at.x - start.x) < leastDrag) return;
        const y =
          Math.abs(at.y - start.y) > leastBoxHeight
            ? {lo: chart.yAt(Math.max(at.y, start.y)), hi: chart.yAt(Math.min(at.y, start.y))}
            : undefined;
        actions.zoomTo(chart.xAt(Math.min(at.x, start.x)), chart.xAt(Math.max(at.x, start.x)), y);
      },
      onPointerCancel(): void {
        isTouchDrag.current = false;
        drag.current = undefined;
        now.current.chart.current?.setBrush(undefined);
        actions.clear();
      },
      onPointerLeave(): void {
        if (drag.current === undefined) actions.clear();
      },
      onDblClick(): void {
        now.current.board.setZoom(now.current.tag, undefined);
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
        if (chart === undefined || m === undefined) return;
        if (event.key === 'Escape') {
          if (drag.current !== undefined) {
            drag.current = undefined;
            chart.setBrush(undefined);
          } else if (keyX.current !== undefined) {
            keyX.current = undefined;
            actions.clear();
          } else if (z !== undefined) board.setZoom(now.current.tag, undefined);
          else return;
          event.stopPropagation();
          return;
        }
        if (event.key === '0' && z !== undefined) {
          board.setZoom(now.current.tag, undefined);
          return;
        }
        const far = event.shiftKey ? 10 : 1;
        const move = {ArrowLeft: -far, ArrowRight: far, Home: -Infinity, End: Infinity}[event.key];
        if (move === undefined) return;
        event.preventDefault();
        const x = stepFrom(m, keyX.current ?? board.cursor.peek()?.x, move);
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

function cellsOf(row: ReadoutRow, isSmooth: boolean): string[] {
  if (row.deviation !== undefined)
    return [formatValue(row.drawn), `± ${formatValue(row.deviation, 3)}`];
  return isSmooth ? [formatValue(row.drawn), formatValue(row.value)] : [formatValue(row.value)];
}

/** What a tag's chart shows without zoom, to know when zooming out has reached it. */
const wholeX = new Map<string, {readonly lo: number; readonly hi: number}>();

/** Rounded to what a pixel can tell, so that addresses stay readable. */
function tidy(x: number, span: number): number {
  const digits = Math.ceil(Math.log10(Math.max(Math.abs(x), span) / span)) + 4;
  return Number(x.toPrecision(Math.max(1, Math.min(17, digits))));
}

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

function orderRows(
  rows: readonly ReadoutRow[],
  near: ReadoutRow,
  pixelY: (row: ReadoutRow) => number,
  y: number,
): readonly ReadoutRow[] {
  const numbersLast = (v: number): number => (Number.isNaN(v) ? -Infinity : v);
  switch (tooltipOrder.peek()) {
    case 'value':
      return [...rows].sort((a, b) => numbersLast(b.drawn) - numbersLast(a.drawn) || 0);
    case 'nearest':
      return [...rows].sort(
        (a, b) =>
          Number(b === near) - Number(a === near) ||
          Math.abs(pixelY(a) - y) - Math.abs(pixelY(b) - y),
      );
    case 'name':
      return rows;
  }
}

/** At most a dozen rows, around the nearest one. */
function keepNear(rows: readonly ReadoutRow[], near: ReadoutRow): readonly ReadoutRow[] {
  if (rows.length <= mostRows) return rows;
  const centre = rows.indexOf(near);
  const from = Math.max(0, Math.min(rows.length - mostRows, centre - Math.floor(mostRows / 2)));
  return rows.slice(from, from + mostRows);
}

function titleOf(model: LineModel, row: ReadoutRow): string {
  const t = words.peek();
  const step = `${t.step} ${formatCount(row.step)}`;
  return model.axis === 'wall'
    ? `${formatWallTime(row.wallTimeS)} · ${step}`
    : `${step} · ${formatDuration(row.relativeS)}`;
}
