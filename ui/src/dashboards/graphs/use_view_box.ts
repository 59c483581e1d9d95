// Panning and zooming a drawing: by drag, wheel, touch and keys. The transform is written straight into the element, so
// that no frame waits for a render.

import {useEffect, useMemo, useRef} from 'preact/hooks';
import type {RefObject} from 'preact';

export interface ViewBox {
  readonly x: number; // The drawing's point at the upper left corner.
  readonly y: number;
  readonly scale: number; // Pixels a unit.
}

export interface ViewControl {
  readonly get: () => ViewBox;
  readonly set: (view: ViewBox) => void;
  readonly zoomBy: (factor: number) => void;
  readonly fit: () => void;
  /** Brings a rectangle into view when it is not wholly there. */
  readonly reveal: (x: number, y: number, width: number, height: number) => void;
  readonly onChange: (listener: (view: ViewBox) => void) => () => void;
  /** Whether the press that ends now was a drag. */
  readonly wasDrag: () => boolean;
}

const leastScale = 0.02;
const mostScale = 6;
const dragPx = 5;
const fitMargin = 24;

export function useViewBox(
  frame: RefObject<HTMLElement | null>,
  layer: RefObject<SVGGElement | null>,
  size: {readonly width: number; readonly height: number},
): ViewControl {
  const latestSize = useRef(size);
  latestSize.current = size;
  const control = useMemo(() => makeControl(frame, layer, latestSize), [frame, layer]);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    return listen(element, control);
  }, [frame, control]);
  return control;
}

type Control = ViewControl & {setDrag(is: boolean): void};

function makeControl(
  frame: RefObject<HTMLElement | null>,
  layer: RefObject<SVGGElement | null>,
  size: RefObject<{readonly width: number; readonly height: number}>,
): Control {
  let view: ViewBox = {x: 0, y: 0, scale: 1};
  let isDrag = false;
  const listeners = new Set<(view: ViewBox) => void>();
  const pixels = (): {width: number; height: number} => ({
    width: frame.current?.clientWidth ?? 1,
    height: frame.current?.clientHeight ?? 1,
  });
  const set = (next: ViewBox): void => {
    view = {...next, scale: Math.min(Math.max(next.scale, leastScale), mostScale)};
    layer.current?.setAttribute(
      'transform',
      `scale(${view.scale}) translate(${-view.x} ${-view.y})`,
    );
    layer.current?.classList.toggle('fl-far', view.scale < 0.55);
    for (const listener of listeners) listener(view);
  };
  return {
    get: () => view,
    set,
    zoomBy: (factor) => {
      const {width, height} = pixels();
      set(zoomedAt(view, factor, width / 2, height / 2));
    },
    fit: () => {
      const {width, height} = pixels();
      const whole = size.current ?? {width: 1, height: 1};
      const scale = Math.min(
        1.25,
        (width - fitMargin) / Math.max(whole.width, 1),
        (height - fitMargin) / Math.max(whole.height, 1),
      );
      const shown = Math.min(Math.max(scale, leastScale), mostScale);
      set({
        scale: shown,
        x: (whole.width - width / shown) / 2,
        y: (whole.height - height / shown) / 2,
      });
    },
    reveal: (x, y, w, h) => {
      const {width, height} = pixels();
      const left = (x - view.x) * view.scale;
      const top = (y - view.y) * view.scale;
      const isThere =
        left >= 0 &&
        top >= 0 &&
        left + w * view.scale <= width &&
        top + h * view.scale <= height &&
        view.scale >= 0.35;
      if (isThere) return;
      const scale = Math.min(
        Math.max(view.scale, 0.8),
        width / Math.max(w, 1),
        height / Math.max(h, 1),
      );
      const shown = Math.max(scale, leastScale);
      set({scale: shown, x: x + w / 2 - width / 2 / shown, y: y + h / 2 - height / 2 / shown});
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    wasDrag: () => isDrag,
    setDrag: (is) => {
      isDrag = is;
    },
  };
}

function zoomedAt(view: ViewBox, factor: number, px: number, py: number): ViewBox {
  const scale = Math.min(Math.max(view.scale * factor, leastScale), mostScale);
  return {
    scale,
    x: view.x + px / view.scale - px / scale,
    y: view.y + py / view.scale - py / scale,
  };
}

function listen(element: HTMLElement, control: ViewControl): () => void {
  const stop = new AbortController();
  const {signal} = stop;
  const pointers = new Map<number, {x: number; y: number}>();
  let pressed = {x: 0, y: 0};
  const place = (event: PointerEvent | WheelEvent): {x: number; y: number} => {
    const box = element.getBoundingClientRect();
    return {x: event.clientX - box.left, y: event.clientY - box.top};
  };
  const setDrag = (is: boolean): void => (control as Control).setDrag(is);
  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const at = place(event);
      const lines = event.deltaMode === 1 ? 16 : 1;
      control.set(zoomedAt(control.get(), 2 ** ((-event.deltaY * lines) / 400), at.x, at.y));
    },
    {passive: false, signal},
  );
  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      pointers.set(event.pointerId, place(event));
      if (pointers.size === 1) {
        pressed = place(event);
        setDrag(false);
      }
    },
    {signal},
  );
  element.addEventListener(
    'pointermove',
    (event) => {
      const before = pointers.get(event.pointerId);
      if (before === undefined) return;
      const now = place(event);
      const others = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
      pointers.set(event.pointerId, now);
      if (Math.hypot(now.x - pressed.x, now.y - pressed.y) > dragPx && !control.wasDrag()) {
        setDrag(true);
        element.setPointerCapture(event.pointerId);
      }
      const view = control.get();
      if (others !== undefined) {
        const spread = Math.hypot(now.x - others.x, now.y - others.y);
        const was = Math.hypot(before.x - others.x, before.y - others.y);
        const middle = {x: (now.x + others.x) / 2, y: (now.y + others.y) / 2};
        control.set(zoomedAt(view, spread / Math.max(was, 1), middle.x, middle.y));
      } else if (control.wasDrag()) {
        control.set({
          ...view,
          x: view.x - (now.x - before.x) / view.scale,
          y: view.y - (now.y - before.y) / view.scale,
        });
      }
    },
    {signal},
  );
  const end = (event: PointerEvent): void => {
    pointers.delete(event.pointerId);
  };
  for (const type of ['pointerup', 'pointercancel', 'pointerleave'] as const)
    element.addEventListener(type, end, {signal});
  return () => stop.abort();
}
