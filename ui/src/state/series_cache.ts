// All scalar series the page has, and the only one who asks for them.
//
// A chart watches (tag, runs, window), or the runs of a tag as one group. Before the browser paints, all that watched charts
// lack goes out together: one request for each different window, which is one request for a screenful of cards. When the
// server says that a series grew, only it is asked for again, and only while a chart watches it. Old columns stay until the
// new ones are here, so nothing flickers.
//
//   watch ─► Plot (one per tag and window) ─► lacks? ─► pump, one POST per window ─► answer ─► listeners
//                 ▲ stale                                                               (newest request wins)
//   server event ─┘

import type {
  ColumnsAnswer,
  GroupAnswer,
  GroupId,
  SeriesAnswer,
  SeriesId,
  Window,
} from '../api/types';

export interface PlotData {
  readonly series: ReadonlyMap<number, SeriesAnswer>; // By run id.
  readonly group: GroupAnswer | undefined;
  readonly failure: string | undefined;
  /** Whether every watched run has columns for this window. */
  readonly isWhole: boolean;
}

export interface Watch {
  readonly data: () => PlotData;
  readonly retry: () => void;
  readonly release: () => void;
}

type Fetch = (
  series: readonly SeriesId[],
  groups: readonly GroupId[],
  window: Window,
  signal: AbortSignal,
) => Promise<ColumnsAnswer>;

interface Listener {
  readonly runs: readonly number[];
  readonly changed: () => void;
}

/** What a plot lacks or has is named by run id, and its group by this. */
const theGroup = -1;

interface Plot {
  readonly key: string;
  readonly tag: string;
  readonly window: Window;
  readonly groupId: GroupId | undefined; // Else the series of single runs.
  readonly series: Map<number, SeriesAnswer>;
  group: GroupAnswer | undefined;
  readonly stale: Set<number>;
  readonly inFlight: Set<number>;
  readonly listeners: Set<Listener>;
  failure: string | undefined;
  lastUse: number;
}

export interface SeriesCacheOptions {
  readonly fetch: Fetch;
  /** Calls back when whoever watches now has told so. */
  readonly schedule: (run: () => void) => void;
  readonly describe: (error: unknown) => string;
  /** Points of plots nobody watches that are kept for scrolling back. */
  readonly keepPoints?: number;
  readonly nowMs?: () => number;
  readonly later?: (run: () => void, inMs: number) => void;
}

// What grew is read at most half of the time: a request that took 200 ms is followed by 200 ms of rest.
const restPerCost = 1;

const seriesPerRequest = 10000;

export class SeriesCache {
  private readonly plots = new Map<string, Plot>();
  private isScheduled = false;
  private isPaused = false;
  private uses = 0;
  private restUntilMs = 0;
  private isRestTimed = false;

  constructor(private readonly options: SeriesCacheOptions) {}

  watch(tag: string, runs: readonly number[], window: Window, changed: () => void): Watch {
    return this.listen(this.plot(tag, window, undefined), {runs, changed});
  }

  /** The runs as one line and a band. */
  watchGroup(tag: string, runs: readonly number[], window: Window, changed: () => void): Watch {
    return this.listen(this.plot(tag, window, {tag, runs}), {runs: [theGroup], changed});
  }

  private listen(plot: Plot, listener: Listener): Watch {
    const {runs, changed} = listener;
    plot.listeners.add(listener);
    plot.lastUse = ++this.uses;
    this.schedule();
    return {
      data: () => ({
        series: plot.series,
        group: plot.group,
        failure: plot.failure,
        isWhole: runs.every((run) => has(plot, run)),
      }),
      retry: () => {
        plot.failure = undefined;
        changed();
        this.schedule();
      },
      release: () => {
        plot.listeners.delete(listener);
        plot.lastUse = ++this.uses;
        this.evict();
      },
    };
  }

  /** A series grew. */
  markStale(run: number, tag: string): void {
    for (const plot of this.plots.values()) {
      if (plot.tag !== tag && plot.window.xTag !== tag) continue;
      if (plot.series.has(run)) plot.stale.add(run);
      if (plot.groupId?.runs.includes(run) === true) plot.stale.add(theGroup);
    }
    this.schedule();
  }

  /** Anything may have changed. */
  markAllStale(): void {
    for (const plot of this.plots.values()) {
      for (const run of plot.series.keys()) plot.stale.add(run);
      if (plot.group !== undefined) plot.stale.add(theGroup);
      plot.failure = undefined;
    }
    this.schedule();
  }

  /** Run ids have a new meaning: the server started again. */
  clear(): void {
    for (const plot of this.plots.values()) {
      plot.series.clear();
      plot.group = undefined;
      plot.stale.clear();
      plot.inFlight.clear();
      plot.failure = undefined;
      if (plot.listeners.size === 0) this.plots.delete(plot.key);
    }
    this.generation++;
    this.schedule();
  }

  /** While paused or hidden, growth waits; what has no columns at all is still fetched. */
  setPaused(paused: boolean): void {
    this.isPaused = paused;
    if (!paused) this.schedule();
  }

  private generation = 0;

  private plot(tag: string, window: Window, groupId: GroupId | undefined): Plot {
    const key = `${windowKey(window)}|${groupId === undefined ? '' : groupId.runs.join()}|${tag}`;
    let plot = this.plots.get(key);
    if (plot === undefined) {
      plot = {
        key,
        tag,
        window,
        groupId,
        series: new Map(),
        group: undefined,
        stale: new Set(),
        inFlight: new Set(),
        listeners: new Set(),
        failure: undefined,
        lastUse: 0,
      };
      this.plots.set(key, plot);
    }
    return plot;
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.options.schedule(() => {
      this.isScheduled = false;
      this.pump();
    });
  }

  private nowMs(): number {
    return this.options.nowMs?.() ?? performance.now();
  }

  /** What grew is read when the rest after the last request is over. */
  private pumpAfterRest(inMs: number): void {
    if (this.isRestTimed) return;
    this.isRestTimed = true;
    const later = this.options.later ?? ((run, ms) => void setTimeout(run, ms));
    later(() => {
      this.isRestTimed = false;
      this.schedule();
    }, inMs);
  }

  private pump(): void {
    const restMs = this.restUntilMs - this.nowMs();
    const byWindow = new Map<string, {window: Window; wanted: {plot: Plot; run: number}[]}>();
    for (const plot of this.plots.values()) {
      if (plot.listeners.size === 0 || plot.failure !== undefined) continue;
      const runs = new Set<number>();
      for (const listener of plot.listeners) for (const run of listener.runs) runs.add(run);
      for (const run of runs) {
        if (plot.inFlight.has(run)) continue;
        const isLacking = !has(plot, run);
        if (!isLacking) {
          if (this.isPaused || !plot.stale.has(run)) continue;
          if (restMs > 0) {
            this.pumpAfterRest(restMs);
            continue;
          }
        }
        const key = windowKey(plot.window);
        let group = byWindow.get(key);
        if (group === undefined) byWindow.set(key, (group = {window: plot.window, wanted: []}));
        group.wanted.push({plot, run});
      }
    }
    for (const {window, wanted} of byWindow.values()) {
      for (let i = 0; i < wanted.length; i += seriesPerRequest)
        void this.request(window, wanted.slice(i, i + seriesPerRequest));
    }
  }

  private async request(
    window: Window,
    wanted: readonly {plot: Plot; run: number}[],
  ): Promise<void> {
    const abort = new AbortController();
    const generation = this.generation;
    const beganMs = this.nowMs();
    const plots = new Set(wanted.map((w) => w.plot));
    for (const {plot, run} of wanted) {
      plot.inFlight.add(run);
      plot.stale.delete(run);
    }
    this.running.set(abort, plots);
    try {
      const single = wanted.filter(({plot}) => plot.groupId === undefined);
      const grouped = wanted.flatMap(({plot}) =>
        plot.groupId === undefined ? [] : [{plot, id: plot.groupId}],
      );
      const answer = await this.options.fetch(
        single.map(({plot, run}) => ({run, tag: plot.tag})),
        grouped.map(({id}) => id),
        window,
        abort.signal,
      );
      if (generation !== this.generation) return;
      const now = this.nowMs();
      this.restUntilMs = now + restPerCost * (now - beganMs);
      for (const {plot, run} of wanted) plot.inFlight.delete(run);
      single.forEach(({plot, run}, i) => {
        const series = answer.series[i];
        if (series !== undefined) plot.series.set(run, series);
      });
      grouped.forEach(({plot}, i) => (plot.group = answer.groups[i]));
    } catch (error) {
      if (generation !== this.generation) return;
      for (const {plot, run} of wanted) {
        plot.inFlight.delete(run);
        if (has(plot, run)) plot.stale.add(run);
        if (!abort.signal.aborted) plot.failure = this.options.describe(error);
      }
    } finally {
      this.running.delete(abort);
    }
    for (const plot of plots) for (const listener of Array.from(plot.listeners)) listener.changed();
    this.schedule(); // What grew meanwhile.
  }

  private readonly running = new Map<AbortController, ReadonlySet<Plot>>();

  private evict(): void {
    // A request that nobody waits for any more makes room for the next.
    for (const [abort, plots] of this.running) {
      let isWatched = false;
      for (const plot of plots) isWatched ||= plot.listeners.size > 0;
      if (!isWatched) abort.abort();
    }
    const idle = [...this.plots.values()].filter(
      (plot) => plot.listeners.size === 0 && plot.inFlight.size === 0,
    );
    idle.sort((a, b) => b.lastUse - a.lastUse);
    let points = 0;
    const keep = this.options.keepPoints ?? 500_000;
    for (const plot of idle) {
      for (const series of plot.series.values()) points += series.columns.steps.length;
      points += plot.group?.x.length ?? 0;
      if (points > keep || (plot.series.size === 0 && plot.group === undefined))
        this.plots.delete(plot.key);
    }
  }
}

function has(plot: Plot, run: number): boolean {
  return run === theGroup ? plot.group !== undefined : plot.series.has(run);
}

function windowKey(w: Window): string {
  return JSON.stringify([
    w.axis,
    w.xTag,
    w.from ?? null,
    w.to ?? null,
    w.width,
    w.scale,
    w.detail,
    w.smoothing,
    w.isOlderShown,
    w.band,
  ]);
}
