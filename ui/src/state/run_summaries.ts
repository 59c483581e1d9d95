// Last, least, greatest and mean of the metrics that the table, its order or its filter reads, for every run.

import {signal, type ReadonlySignal} from '@preact/signals';
import type {Api} from '../api/client';
import type {Summaries} from './run_columns';

const leastRestMs = 1000;
const restPerCost = 10; // A reading that took 1 s is followed by 10 s of rest.
const mostTagsAtOnce = 100;

export class RunSummaries {
  private readonly values_ = signal<Summaries>(new Map());
  private wanted: readonly string[] = [];
  private isReading = false;
  private isStale = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private restUntilMs = 0;

  constructor(
    private readonly api: Pick<Api, 'summaries'>,
    private readonly isPaused: () => boolean,
  ) {}

  get values(): ReadonlySignal<Summaries> {
    return this.values_;
  }

  /** The tags whose values someone shows; others are forgotten. */
  want(tags: Iterable<string>): void {
    const next = [...new Set(tags)].sort();
    const isNew = next.some((tag) => !this.wanted.includes(tag));
    this.wanted = next;
    if (isNew) void this.read();
  }

  /** Points came; undefined: everything may have changed. */
  noteGrowth(series: readonly (readonly [number, string, number])[] | undefined): void {
    if (this.wanted.length === 0) return;
    if (series === undefined || series.some(([, tag]) => this.wanted.includes(tag))) this.later();
  }

  forget(): void {
    this.values_.value = new Map();
    void this.read();
  }

  private later(): void {
    if (this.timer !== undefined) return;
    this.timer = setTimeout(
      () => {
        this.timer = undefined;
        if (document.hidden || this.isPaused()) this.later();
        else void this.read();
      },
      Math.max(0, this.restUntilMs - performance.now()),
    );
    this.restUntilMs = Math.max(this.restUntilMs, performance.now() + leastRestMs);
  }

  private async read(): Promise<void> {
    if (this.wanted.length === 0) return;
    if (this.isReading) {
      this.isStale = true;
      return;
    }
    this.isReading = true;
    const began = performance.now();
    try {
      const tags = this.wanted.slice(0, mostTagsAtOnce);
      this.values_.value = await this.api.summaries(tags);
    } catch {
      // Cells keep what they have; the next growth tries again.
    }
    const cost = performance.now() - began;
    this.restUntilMs = performance.now() + Math.max(leastRestMs, restPerCost * cost);
    this.isReading = false;
    if (!this.isStale) return;
    this.isStale = false;
    void this.read();
  }
}
