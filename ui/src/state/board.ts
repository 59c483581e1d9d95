// The page's one state: the view (mirrored in the address), what the server has, and what the pointer is at. Built by
// `app/main.tsx` and handed down; components read its signals and call its methods.

import {batch, computed, effect, signal, type ReadonlySignal, type Signal} from '@preact/signals';
import type {Api} from '../api/client';
import type {Run, Tag} from '../api/types';
import {assignColours, runColour, type RunColour} from '../base/run_colours';
import {matchesFilter, parseTextFilter} from '../base/text_filter';
import {zoomed, type Zoom} from './chart_view';
import {readStored, writeStored} from './prefs';
import {SeriesCache} from './series_cache';
import {Server} from './server';
import type {Readout} from './readout';
import {
  everyRun,
  isShown,
  only,
  urlOfView,
  viewFromUrl,
  withShown,
  type Shown,
  type View,
} from './view';

export interface BoardRun extends Run {
  readonly colour: RunColour;
}

/** Where all charts draw their cursor. */
export interface Cursor {
  readonly x: number; // On the view's axis.
}

/** Above this many runs not all are drawn unasked. */
export const mostRunsUnasked = 500;
export const firstRunsShown = 50;
const mostColoursKept = 5000;
const typingRestMs = 90;

export class Board {
  readonly view: Signal<View>;
  readonly server: Server;
  readonly cache: SeriesCache;
  readonly cursor = signal<Cursor | undefined>(undefined);
  /** Runs that stand out in every chart: chosen by click, or under the pointer. */
  readonly chosen = signal<ReadonlySet<number>>(new Set());
  readonly pointed = signal<number | undefined>(undefined);
  readonly readout = signal<Readout | undefined>(undefined);
  /** What a screen reader is told about the cursor. */
  readonly announcement = signal('');
  /** The element that scrolls the cards. */
  readonly scroller = signal<HTMLElement | null>(null);
  /** The tag that asks to be scrolled to; whoever does it clears it. */
  readonly jump = signal<string | undefined>(undefined);
  readonly closedSections = signal<ReadonlySet<string>>(new Set());
  readonly isPaused = signal(false);
  /** Counts answers that may hold new histograms or graphs; their dashboards read again when it changes. */
  readonly growth = signal<ReadonlyMap<string, number>>(new Map());
  readonly epoch = signal(0);

  readonly runs: ReadonlySignal<readonly BoardRun[]>;
  readonly runById: ReadonlySignal<ReadonlyMap<number, BoardRun>>;
  readonly filteredRuns: ReadonlySignal<readonly BoardRun[]>;
  readonly drawnRuns: ReadonlySignal<readonly BoardRun[]>;
  readonly shown: ReadonlySignal<Shown>;
  readonly highlighted: ReadonlySignal<ReadonlySet<number>>;

  /** The tag filter once typing rests: a key is answered at once, the cards follow. */
  readonly settledTagFilter: Signal<string>;

  private colourNumbers = new Map<string, number>();
  private coloursKey = '';
  private lastPushed = '';

  constructor(
    readonly api: Api,
    describe: (error: unknown) => string,
  ) {
    this.view = signal(viewFromUrl(location.search, location.hash));
    this.settledTagFilter = signal(this.view.peek().tagFilter);
    this.cache = new SeriesCache({
      fetch: (series, window, abort) => api.columns(series, window, abort),
      schedule: (run) => (document.hidden ? setTimeout(run, 50) : requestAnimationFrame(run)),
      describe,
    });
    this.server = new Server(
      api,
      {
        seriesGrew: (series) => this.noteGrowth(series),
        restarted: () => {
          this.cache.clear();
          this.epoch.value++;
        },
      },
      describe,
    );
    const logdir = computed(() => this.server.status.value?.logdir);
    this.runs = computed(() => {
      const runs = this.server.runs.value;
      // Colours are remembered by log directory: until it is known there is no run to colour.
      return runs.kind === 'ready' && logdir.value !== undefined
        ? this.colour(runs.value, logdir.value)
        : [];
    });
    this.runById = computed(() => new Map(this.runs.value.map((run) => [run.id, run])));
    const runFilter = computed(() => parseTextFilter(this.view.value.runFilter));
    this.filteredRuns = computed(() =>
      this.runs.value.filter((run) => matchesFilter(runFilter.value, run.name)),
    );
    const chosenShown = computed(() => this.view.value.shown);
    this.shown = computed(() => {
      const shown = chosenShown.value;
      if (
        shown.kind === 'only' ||
        shown.names.size > 0 ||
        this.runs.value.length <= mostRunsUnasked
      )
        return shown;
      return only(this.runs.value.slice(0, firstRunsShown).map((run) => run.name));
    });
    this.drawnRuns = computed(() =>
      this.filteredRuns.value.filter((run) => isShown(this.shown.value, run.name)),
    );
    this.highlighted = computed(() =>
      this.pointed.value === undefined ? this.chosen.value : new Set([this.pointed.value]),
    );
  }

  start(): void {
    this.server.start();
    this.followAddress();
    effect(() => this.cache.setPaused(this.isPaused.value));
    let typing: ReturnType<typeof setTimeout> | undefined;
    effect(() => {
      const filter = this.view.value.tagFilter;
      clearTimeout(typing);
      if (filter === '') this.settledTagFilter.value = '';
      else if (filter !== this.settledTagFilter.peek()) {
        typing = setTimeout(() => (this.settledTagFilter.value = filter), typingRestMs);
      }
    });
    document.addEventListener('visibilitychange', () =>
      this.cache.setPaused(document.hidden || this.isPaused.peek()),
    );
    // A chart that failed while the server was away tries again when it is back.
    let wasLost = false;
    effect(() => {
      const isLost = this.server.link.value.kind === 'lost';
      if (wasLost && !isLost) this.cache.markAllStale();
      wasLost = isLost;
    });
  }

  update(change: Partial<View>): void {
    this.view.value = {...this.view.peek(), ...change};
  }

  setRunShown(names: Iterable<string>, on: boolean): void {
    this.update({shown: withShown(this.shown.peek(), names, on)});
  }

  showOnly(names: Iterable<string>): void {
    this.update({shown: only(names)});
  }

  showAll(): void {
    const all = this.runs.peek();
    this.update({
      shown: all.length <= mostRunsUnasked ? everyRun : only(all.map((run) => run.name)),
    });
  }

  setZoom(key: string, zoom: Zoom | undefined): void {
    this.update(zoomed(this.view.peek(), key, zoom));
  }

  /** Brings the chart of a scalar tag into view, whatever hides it. */
  jumpTo(tag: string): void {
    this.update({tab: 'timeseries', tagFilter: ''});
    this.closedSections.value = new Set();
    this.jump.value = tag;
  }

  tagsOf(kind: string): readonly Tag[] {
    const tags = this.server.tags.value;
    return tags.kind === 'ready' ? tags.value.filter((tag) => tag.kind === kind) : [];
  }

  private noteGrowth(series: readonly (readonly [number, string, number])[] | undefined): void {
    batch(() => {
      if (series === undefined) {
        this.cache.markAllStale();
        this.epoch.value++;
        return;
      }
      for (const [run, tag] of series) this.cache.markStale(run, tag);
      if (series.length === 0) return;
      const growth = new Map(this.growth.peek());
      for (const [run, tag, points] of series) growth.set(`${run}|${tag}`, points);
      this.growth.value = growth;
    });
  }

  /** Colours are kept per log directory, so that a run has the same one tomorrow, whatever joins it. */
  private colour(runs: readonly Run[], logdir: string): readonly BoardRun[] {
    const key = `colours.${logdir}`;
    if (key !== this.coloursKey) {
      this.coloursKey = key;
      this.colourNumbers = readColours(key);
    }
    const before = this.colourNumbers.size;
    this.colourNumbers = assignColours(
      this.colourNumbers,
      runs.map((run) => run.name),
    );
    if (this.colourNumbers.size !== before && this.colourNumbers.size <= mostColoursKept) {
      writeStored(key, JSON.stringify([...this.colourNumbers]));
    }
    return runs.map((run) => ({...run, colour: runColour(this.colourNumbers.get(run.name) ?? 0)}));
  }

  private followAddress(): void {
    addEventListener('popstate', () => {
      const view = viewFromUrl(location.search, location.hash);
      this.lastPushed = view.tab;
      this.view.value = view;
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    this.lastPushed = this.view.peek().tab;
    effect(() => {
      const view = this.view.value;
      clearTimeout(timer);
      const write = (): void => {
        const url = `${location.pathname}${urlOfView(view)}`;
        if (url === location.pathname + location.search + location.hash) return;
        if (view.tab === this.lastPushed) history.replaceState(undefined, '', url);
        else history.pushState(undefined, '', url);
        this.lastPushed = view.tab;
      };
      // Browsers limit how often an address may change; a drag of a slider changes it sixty times a second.
      if (view.tab === this.lastPushed) timer = setTimeout(write, 200);
      else write();
    });
  }
}

function readColours(key: string): Map<string, number> {
  try {
    const pairs: unknown = JSON.parse(readStored(key) ?? '[]');
    if (!Array.isArray(pairs)) return new Map();
    return new Map(
      pairs.filter(
        (p: unknown): p is [string, number] =>
          Array.isArray(p) && typeof p[0] === 'string' && Number.isInteger(p[1]),
      ),
    );
  } catch {
    return new Map();
  }
}
