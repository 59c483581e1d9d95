import type {ComponentChildren} from 'preact';
import {useLayoutEffect, useRef, useState} from 'preact/hooks';
import {placePopover} from '../base/placement';

interface PopoverProps {
  readonly label: string;
  readonly anchor: HTMLElement;
  readonly close: () => void;
  readonly children: ComponentChildren;
  readonly role?: 'dialog' | 'menu';
}

/** A panel beside `anchor`, in the browser's top layer. Esc, a press elsewhere or leaving it by Tab closes it. */
export function Popover({label, anchor, close, children, role = 'dialog'}: PopoverProps) {
  const panel = useRef<HTMLDivElement>(null);
  const closeNow = useRef(close);
  closeNow.current = close;

  useLayoutEffect(() => {
    const element = panel.current;
    if (element === null) return;
    element.showPopover();
    const place = (): void => {
      const {left, top} = placePopover(
        anchor.getBoundingClientRect(),
        element.getBoundingClientRect(),
        {
          width: document.documentElement.clientWidth,
          height: innerHeight,
        },
      );
      element.style.left = `${left}px`;
      element.style.top = `${top}px`;
    };
    place();
    const observer = new ResizeObserver(place);
    observer.observe(element);
    return () => observer.disconnect();
  }, [anchor]);

  useLayoutEffect(() => {
    const first = panel.current?.querySelector<HTMLElement>(
      '[data-autofocus], button, input, select, a[href]',
    );
    (first ?? panel.current)?.focus();
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      event.stopPropagation();
      closeNow.current();
      anchor.focus();
    };
    const onPress = (event: Event): void => {
      const target = event.target;
      if (!(target instanceof Node) || panel.current?.contains(target) || anchor.contains(target))
        return;
      closeNow.current();
    };
    addEventListener('keydown', onKey, true);
    addEventListener('pointerdown', onPress, true);
    return () => {
      removeEventListener('keydown', onKey, true);
      removeEventListener('pointerdown', onPress, true);
    };
  }, [anchor]);

  const moveFocus = (event: KeyboardEvent): void => {
    if (role !== 'menu' || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
    event.preventDefault();
    const items = [...(panel.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
    const now = items.findIndex((item) => item === document.activeElement);
    items.at((now + (event.key === 'ArrowDown' ? 1 : -1)) % items.length)?.focus();
  };

  return (
    <div
      ref={panel}
      class="fl-pop"
      popover="manual"
      role={role}
      aria-label={label}
      tabIndex={-1}
      onKeyDown={moveFocus}
      onFocusOut={(event) => {
        const next = event.relatedTarget;
        if (next instanceof Node && !event.currentTarget.contains(next) && next !== anchor) close();
      }}
    >
      {children}
    </div>
  );
}

interface PopoverButtonProps {
  readonly label: string;
  readonly class: string;
  readonly face: ComponentChildren;
  readonly role?: 'dialog' | 'menu';
  readonly title?: string;
  readonly testId?: string;
  /** The face has words of its own: they name the button. */
  readonly hasWords?: boolean;
  readonly onOpen?: () => void;
  readonly children: (close: () => void) => ComponentChildren;
}

/** A button that opens a popover. */
export function PopoverButton(props: PopoverButtonProps) {
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (): void => {
    // Whoever chose something inside goes on where the panel was opened.
    if (document.activeElement?.closest('.fl-pop') !== null) button.current?.focus();
    setOpen(false);
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={props.class}
        aria-label={props.hasWords === true ? undefined : props.label}
        title={props.title ?? props.label}
        aria-haspopup={props.role === 'menu' ? 'menu' : 'dialog'}
        aria-expanded={isOpen}
        data-testid={props.testId}
        onClick={() => {
          if (!isOpen) props.onOpen?.();
          setOpen(!isOpen);
        }}
      >
        {props.face}
      </button>
      {isOpen && button.current !== null && (
        <Popover
          label={props.label}
          anchor={button.current}
          close={close}
          {...(props.role === undefined ? {} : {role: props.role})}
        >
          {props.children(close)}
        </Popover>
      )}
    </>
  );
}
