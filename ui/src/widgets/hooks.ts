import {useEffect, useLayoutEffect, useRef, useState} from 'preact/hooks';
import type {RefObject} from 'preact';
import {whenIdle} from '../state/when_idle';

export interface ElementSize {
  readonly width: number;
  readonly height: number;
}

/** Tells the size of an element's content box, once it is laid out and as it changes, before the browser paints it. */
export function useSizeObserver<T extends HTMLElement>(
  tell: (size: ElementSize) => void,
): RefObject<T | null> {
  const ref = useRef<T>(null);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => tell(sizeOf(element)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return ref;
}

function sizeOf({clientWidth: width, clientHeight: height}: HTMLElement): ElementSize {
  return {width, height};
}

/**
 * The size of an element's content box, followed as it changes; undefined before the first layout. `isAtOnce`: known as soon
 * as the element is there, which makes the browser lay out the page.
 */
export function useSize<T extends HTMLElement>(
  isAtOnce = false,
): [RefObject<T | null>, ElementSize | undefined] {
  const [size, setSize] = useState<ElementSize | undefined>(undefined);
  const note = (now: ElementSize): void =>
    setSize((known) => (known?.width === now.width && known.height === now.height ? known : now));
  const ref = useSizeObserver<T>(note);
  useLayoutEffect(() => {
    if (isAtOnce && ref.current !== null) note(sizeOf(ref.current));
  }, []);
  return [ref, size];
}

// Asked for between changes of the page it would make the browser lay out everything.
let viewHeight = innerHeight;
addEventListener('resize', () => (viewHeight = innerHeight));

/** How high the window is, in pixels. */
export function windowHeight(): number {
  return viewHeight;
}

/** Whether the browser has had a quiet moment since this was made: what is not in view can be made now. */
export function useIdle(): boolean {
  const [isIdle, setIdle] = useState(false);
  useEffect(() => whenIdle(() => setIdle(true)), []);
  return isIdle;
}

/** How far `scroller` is scrolled, in coarse pieces, so that a list renders only when its window moves. */
export function useScrollTop(scroller: HTMLElement | null, grain: number): number {
  const [top, setTop] = useState(0);
  useEffect(() => {
    if (scroller === null) return;
    const follow = (): void => setTop(Math.floor(scroller.scrollTop / grain) * grain);
    follow();
    scroller.addEventListener('scroll', follow, {passive: true});
    return () => scroller.removeEventListener('scroll', follow);
  }, [scroller, grain]);
  return top;
}
