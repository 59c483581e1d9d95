// What the server has: status, runs and tags, kept up to date by the event stream.

import {batch, signal, type ReadonlySignal} from '@preact/signals';
import {ApiError, type Api} from '../api/client';
import {connectEvents, type Connection} from '../api/events';
import type {Change, Run, Status, Tag} from '../api/types';
import {failed, loading, ready, type Loadable} from '../base/loadable';
import {whenIdle} from './when_idle';

export type Link =
  | {readonly kind: 'connecting'}
  | {readonly kind: 'open'}
  | {readonly kind: 'lost'; readonly retryAtMs: number};

export interface Listeners {
  readonly seriesGrew: (series: Change['series']) => void;
  readonly restarted: () => void;
  /** Nobody looks: facts that only grow, such as the last step, need not be read again. */
  readonly isPaused: () => boolean;
}

const leastFactsRestMs = 2000;
const factsRestPerCost = 20; // A list that took 1 s to read is left alone for 20 s.
const statusRestMs = 30_000; // A run that stops growing says nothing: its status changes by the clock.

export class Server {
  private readonly status_ = signal<Status | undefined>(undefined);
  private readonly runs_ = signal<Loadable<readonly Run[]>>(loading);
  private readonly hparamTitles_ = signal<ReadonlyMap<string, string>>(new Map());
  private readonly tags_ = signal<Loadable<readonly Tag[]>>(loading);
  private readonly link_ = signal<Link>({kind: 'connecting'});
  private connection: Connection | undefined;
  private factsTimer: ReturnType<typeof setTimeout> | undefined;
  private factsDueMs = 0;
  private factsRestMs = leastFactsRestMs;
  private readonly runsReader = new LatestOnly(() => this.readRuns());
  private readonly tagsReader = new LatestOnly(() => this.readTags());
  private readonly statusReader = new LatestOnly(() => this.readStatus());

  constructor(
    private readonly api: Api,
    private readonly listeners: Listeners,
    private readonly describe: (error: unknown) => string,
  ) {}

  get status(): ReadonlySignal<Status | undefined> {
    return this.status_;
  }
  get runs(): ReadonlySignal<Loadable<readonly Run[]>> {
    return this.runs_;
  }
  get hparamTitles(): ReadonlySignal<ReadonlyMap<string, string>> {
    return this.hparamTitles_;
  }
  get tags(): ReadonlySignal<Loadable<readonly Tag[]>> {
    return this.tags_;
  }
  get link(): ReadonlySignal<Link> {
    return this.link_;
  }

  /** Resolves when status and lists have been answered once, for good or ill. */
  start(): Promise<unknown> {
    const first = this.readAll();
    // The stream's worker starts when the first charts are on their way; what changes meanwhile, the stream's beginning tells.
    whenIdle(() => this.connect());
    return first;
  }

  private connect(): void {
    this.connection = connectEvents(this.api.eventsUrl, (event) => {
      switch (event.kind) {
        case 'open':
          this.link_.value = {kind: 'open'};
          break;
        case 'lost':
          this.link_.value = event;
          break;
        case 'reload':
          void this.readAll();
          this.listeners.seriesGrew(undefined);
          break;
        case 'change':
          this.apply(event.change);
          break;
      }
    });
  }

  /** Asks for everything again, at once. */
  reload(): void {
    this.connection?.retryNow();
    void this.readAll();
    this.listeners.seriesGrew(undefined);
  }

  /** The list of damage does not come with events. */
  readDamage(): void {
    void this.statusReader.request();
  }

  /** The newest change that a message told of, and those at which the lists were read. */
  private wantedChange = 0;
  private runsChange = -1;
  private tagsChange = -1;

  private readAll(): Promise<unknown> {
    return Promise.all([
      this.statusReader.request(true),
      this.runsReader.request(true),
      this.tagsReader.request(true),
    ]);
  }

  private apply(change: Change): void {
    const before = this.status_.peek();
    const isRestart = before !== undefined && before.startedS !== change.status.startedS;
    batch(() => {
      // A message tells everything up to its change, so the stream is open even if nobody said so.
      if (this.link_.peek().kind !== 'open') this.link_.value = {kind: 'open'};
      this.setStatus(change.status);
    });
    if (isRestart) {
      this.wantedChange = change.change;
      this.runsChange = this.tagsChange = -1;
      this.listeners.restarted();
      void this.readAll();
      return;
    }
    this.wantedChange = Math.max(this.wantedChange, change.change);
    // A stream begins with "everything may have changed": what was read at that change or later has not.
    if (
      change.series === undefined &&
      this.runsChange >= change.change &&
      this.tagsChange >= change.change
    )
      return;
    if (change.runs) void this.runsReader.request();
    else if (change.series === undefined || change.series.length > 0)
      this.readFactsLater(this.factsRestMs);
    if (change.tags) void this.tagsReader.request();
    if (before !== undefined && before.damageCount !== change.status.damageCount)
      void this.statusReader.request();
    this.listeners.seriesGrew(change.series);
  }

  /** Last steps, durations and statuses, once in a while. */
  private readFactsLater(inMs: number): void {
    const due = performance.now() + inMs;
    if (this.factsTimer !== undefined && this.factsDueMs <= due) return;
    clearTimeout(this.factsTimer);
    this.factsDueMs = due;
    this.factsTimer = setTimeout(() => {
      this.factsTimer = undefined;
      if (this.listeners.isPaused()) this.readFactsLater(inMs);
      else void this.runsReader.request();
    }, inMs);
  }

  private setStatus(status: Status): void {
    const known = this.status_.peek();
    // Events leave the items out: those read before stay until they are read again.
    const items =
      status.damageItems.length > 0 || known === undefined ? status.damageItems : known.damageItems;
    this.status_.value = {...status, damageItems: items};
  }

  private async readStatus(): Promise<void> {
    try {
      this.setStatus(await this.api.status());
    } catch {
      // The event stream tells whether the server can be reached.
    }
  }

  private async readRuns(): Promise<void> {
    const began = performance.now();
    try {
      const {change, runs, hparamTitles} = await this.api.runs();
      this.runsChange = change;
      if (change >= this.wantedChange) this.runsReader.suffice();
      batch(() => {
        this.runs_.value = ready(runs);
        this.hparamTitles_.value = hparamTitles;
      });
      this.factsRestMs = Math.max(leastFactsRestMs, factsRestPerCost * (performance.now() - began));
      if (runs.some((run) => run.status === 'live'))
        this.readFactsLater(Math.max(statusRestMs, this.factsRestMs));
    } catch (error) {
      this.fail(this.runs_, error);
    }
  }

  private async readTags(): Promise<void> {
    try {
      const {change, tags} = await this.api.tags();
      this.tagsChange = change;
      if (change >= this.wantedChange) this.tagsReader.suffice();
      this.tags_.value = ready(tags);
    } catch (error) {
      this.fail(this.tags_, error);
    }
  }

  /** A list that was read once stays on the page when reading it again fails. */
  private fail<T>(target: {value: Loadable<T>; peek(): Loadable<T>}, error: unknown): void {
    if (target.peek().kind !== 'ready') target.value = failed(this.describe(error));
    if (
      error instanceof ApiError &&
      error.reason === 'network' &&
      this.link_.peek().kind === 'connecting'
    ) {
      this.link_.value = {kind: 'lost', retryAtMs: Date.now()};
    }
  }
}

const restPerCost = 2; // While a large log directory is read, its lists change all the time.

/**
 * Runs one read at a time; a request during a read runs it once more afterwards. After a read that took long the next one
 * waits, unless it is asked for anew.
 */
class LatestOnly {
  private running: Promise<void> | undefined;
  private isWanted = false;
  private isAnew = false;
  private restUntilMs = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly run: () => Promise<void>) {}

  /** What is being read holds all that was asked for meanwhile, unless it was asked for anew. */
  suffice(): void {
    if (!this.isAnew) this.isWanted = false;
  }

  /** Resolves when what is being read now is read. */
  request(isAnew = false): Promise<void> {
    if (this.running !== undefined) {
      this.isWanted = true;
      this.isAnew ||= isAnew;
      return this.running;
    }
    const began = performance.now();
    if (!isAnew && began < this.restUntilMs) {
      this.timer ??= setTimeout(() => void this.request(true), this.restUntilMs - began);
      return Promise.resolve();
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running = this.run().finally(() => {
      this.running = undefined;
      const now = performance.now();
      this.restUntilMs = now + restPerCost * (now - began);
      if (!this.isWanted) return;
      const {isAnew: isNextAnew} = this;
      this.isWanted = this.isAnew = false;
      void this.request(isNextAnew);
    });
    return this.running;
  }
}
