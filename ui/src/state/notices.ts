// One short message at a time at the foot of the page, with the way back when there is one.

import {signal, type ReadonlySignal} from '@preact/signals';

export interface Notice {
  readonly id: number;
  readonly kind: 'done' | 'failed';
  readonly text: string;
  readonly undo: (() => void) | undefined;
}

const shownMs = 10_000;

export class Notices {
  private readonly now_ = signal<Notice | undefined>(undefined);
  private ids = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  get now(): ReadonlySignal<Notice | undefined> {
    return this.now_;
  }

  tell(text: string, kind: Notice['kind'] = 'done', undo?: () => void): void {
    this.now_.value = {id: ++this.ids, kind, text, undo};
    this.release();
  }

  /** Takes the way back, if there is one. */
  undo(): void {
    const notice = this.now_.peek();
    this.close();
    notice?.undo?.();
  }

  close(): void {
    clearTimeout(this.timer);
    this.now_.value = undefined;
  }

  /** While someone reads it, it stays. */
  hold(): void {
    clearTimeout(this.timer);
  }

  release(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.close(), shownMs);
  }
}
