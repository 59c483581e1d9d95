import {useEffect, useLayoutEffect, useRef, useState} from 'preact/hooks';
import type {RefObject} from 'preact';

export interface ElementSize {
  readonly width: number;
  readonly height: number;
}

/** The size of an element's content box, followed as it changes; undefined before the first layout. */
export function useSize<T extends HTMLElement>(): [RefObject<T | null>, ElementSize | undefined] {
  const ref = useRef<T>(null);
  const [size, setSize] = useState<ElementSize | undefined>(undefined);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const measure = (): void => {
      const {clientWidth: width, clientHeight: height} = element;
      setSize((known) =>
        known?.width === width && known.height === height ? known : {width, height},
      );
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [ref, size];
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
