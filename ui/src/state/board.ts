// The page's one state: the view (mirrored in the address), what the server has, and what the pointer is at. Built by
// `app/main.tsx` and handed down; components read its signals and call its methods.

import {batch, computed, effect, signal, type ReadonlySignal, type Signal} from '@preact/signals';
import type {Api} from '../api/client';
import type {MarkChange, Tag} from '../api/types';
import {zoomed, type ChartView, type Zoom} from './chart_view';
import {Notices} from './notices';
import {columnId, columnOfId} from './run_columns';
import {lineGroups, type LineGroup} from './line_groups';
import {readStored, writeStored} from './prefs';
import {reverse, RunMarks} from './run_marks';
import {RunSummaries} from './run_summaries';
import {mostRunsUnasked, RunTable, type BoardRun} from './run_table';
import {everyRun, only, withShown, type Shown} from './run_view';
import {SeriesCache} from './series_cache';
import {Server} from './server';
import type {Readout} from './readout';
import {urlOfView, viewFromUrl, type View} from './view';

export type {LineGroup} from './line_groups';
export type {BoardRun} from './run_table';

/** Where all charts draw their cursor. */
export interface Cursor {
  readonly x: number; // On the view's axis.
}

const typingRestMs = 90;
/** What a change of makes every chart draw anew. */
const commonKeys: readonly (keyof ChartView)[] = [
  'axis',
  'xTag',
  'xScale',
  'smoothing',
  'smoothingKind',
  'lines',
  'band',
  'yScale',
  'otherScale',
  'isOlderShown',
  'isSplit',
  'selection',
];

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
  /** The page is being put on paper: all cards exist. */
  readonly isPrinting = signal(false);
  /** Counts answers that may hold new histograms or graphs; their dashboards read again when it changes. */
  readonly growth = signal<ReadonlyMap<string, number>>(new Map());
  readonly epoch = signal(0);

  /** What all charts have in common; the same object while only one of them or another dashboard changes. */
  readonly chartView: ReadonlySignal<ChartView>;
  readonly table: RunTable;
  readonly marks: RunMarks;
  readonly summaries: RunSummaries;
  readonly notices = new Notices();
  readonly runs: ReadonlySignal<readonly BoardRun[]>;
  readonly runById: ReadonlySignal<ReadonlyMap<number, BoardRun>>;
  readonly filteredRuns: ReadonlySignal<readonly BoardRun[]>;
  readonly drawnRuns: ReadonlySignal<readonly BoardRun[]>;
  /** The runs that each mean is drawn of. */
  readonly lineGroups: ReadonlySignal<readonly LineGroup[]>;
  readonly shown: ReadonlySignal<Shown>;
  readonly highlighted: ReadonlySignal<ReadonlySet<number>>;

  /** The tag filter once typing rests: a key is answered at once, the cards follow. */
  readonly settledTagFilter: Signal<string>;

  private lastPushed = '';

  constructor(
    readonly api: Api,
    private readonly describe: (error: unknown) => string,
  ) {
    this.view = signal(withStoredColumns(viewFromUrl(location.search, location.hash)));
    this.settledTagFilter = signal(this.view.peek().tagFilter);
    this.cache = new SeriesCache({
      fetch: (series, groups, window, abort) => api.columns(series, groups, window, abort),
      // After all cards of this rendering, and before the browser paints it.
      schedule: (run) => queueMicrotask(run),
      describe,
    });
    this.server = new Server(
      api,
      {
        seriesGrew: (series) => this.noteGrowth(series),
        restarted: () => {
          this.cache.clear();
          this.summaries.forget();
          this.epoch.value++;
        },
        isPaused: () => document.hidden || this.isPaused.peek(),
      },
      describe,
    );
    this.chartView = computed(() => this.commonView(this.view.value));
    this.marks = new RunMarks(api, describe);
    this.summaries = new RunSummaries(api, () => this.isPaused.peek());
    this.table = new RunTable({
      view: this.view,
      runs: this.server.runs,
      tags: this.server.tags,
      logdir: computed(() => this.server.status.value?.logdir),
      marks: this.marks.byRun,
      summaries: this.summaries.values,
      want: (tags) => this.summaries.want(tags),
    });
    this.runs = this.table.all;
    this.runById = computed(() => new Map(this.runs.value.map((run) => [run.id, run])));
    this.filteredRuns = this.table.filtered;
    this.shown = this.table.shown;
    this.drawnRuns = this.table.drawn;
    // A run that no chart draws cannot stand out: the others need not fade for it.
    this.highlighted = computed(() => {
      if (this.pointed.value !== undefined) return new Set([this.pointed.value]);
      const drawn = new Set(this.drawnRuns.value.map((run) => run.id));
      const chosen = [...this.chosen.value].filter((id) => drawn.has(id));
      return new Set(chosen);
    });
    const grouping = computed(() => this.view.value.grouping);
    this.lineGroups = computed(() => lineGroups(this.drawnRuns.value, grouping.value));
  }

  /** Resolves when the first lists are here, or cannot be had. */
  start(): Promise<unknown> {
    const isListed = Promise.all([this.server.start(), this.marks.start(), this.openShortLink()]);
    this.followAddress();
    // Columns belong to the person too: a plain address shows those chosen last.
    effect(() => {
      const columns = this.view.value.columns;
      writeStored(
        'columns',
        columns === undefined ? undefined : JSON.stringify(columns.map(columnId)),
      );
    });
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
    return isListed;
  }

  update(change: Partial<View>): void {
    this.view.value = {...this.view.peek(), ...change};
  }

  /** A run that is hidden for good comes back for good. */
  setRunShown(names: readonly string[], on: boolean): void {
    const marks = this.marks.byRun.peek();
    const hidden = on ? names.filter((name) => marks.get(name)?.hidden === true) : [];
    const {shown} = this.view.peek();
    // Above the limit the first runs are drawn unasked: what is asked from now on starts from those.
    const from = this.shown.peek().kind === shown.kind ? shown : this.shown.peek();
    this.update({shown: withShown(from, names, on)});
    if (hidden.length > 0)
      void this.marks.change(new Map(hidden.map((name) => [name, {hidden: null}])));
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

  /** Does what changes the view, and offers the way back. */
  withUndo(text: string, change: () => void): void {
    const {shown, runFilter, pinned, columns} = this.view.peek();
    change();
    this.notices.tell(text, 'done', () => this.update({shown, runFilter, pinned, columns}));
  }

  /** Says something of runs, and offers the way back; a refusal is told. */
  async mark(changes: ReadonlyMap<string, MarkChange>, text: string): Promise<void> {
    const back = reverse(this.marks.byRun.peek(), changes);
    const problem = await this.marks.change(changes);
    if (problem !== undefined) {
      this.notices.tell(problem, 'failed');
      return;
    }
    this.notices.tell(text, 'done', () => {
      void this.marks.change(back).then((why) => {
        if (why !== undefined) this.notices.tell(why, 'failed');
      });
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

  private lastCommon: ChartView | undefined;

  private commonView(view: View): ChartView {
    const last = this.lastCommon;
    const isSame = last !== undefined && commonKeys.every((key) => last[key] === view[key]);
    return isSame ? last : (this.lastCommon = view);
  }

  private noteGrowth(series: readonly (readonly [number, string, number])[] | undefined): void {
    this.summaries.noteGrowth(series);
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

  /** The address of a short link to what is shown now. Errors: as Api.shorten. */
  async shortLink(): Promise<string> {
    const view = this.view.peek();
    // A token opens the board: it has no business in what others may open.
    const others = view.others.filter(([key]) => key !== 'token');
    const id = await this.api.shorten(urlOfView({...view, others}));
    return new URL(`?s=${id}`, location.origin + location.pathname).href;
  }

  /** `?s=ID` stands for the view that was shortened; what else the address says stays. */
  private async openShortLink(): Promise<void> {
    const id = this.view.peek().others.find(([key]) => key === 's')?.[1];
    if (id === undefined) return;
    const others = this.view.peek().others.filter(([key]) => key !== 's');
    try {
      const {search, hash} = new URL(await this.api.expand(id), location.origin);
      const view = viewFromUrl(search, hash);
      this.view.value = {...view, others: [...others, ...view.others]};
    } catch (error) {
      this.notices.tell(this.describe(error), 'failed');
      this.update({others});
    }
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

function withStoredColumns(view: View): View {
  if (view.columns !== undefined) return view;
  try {
    const ids: unknown = JSON.parse(readStored('columns') ?? 'null');
    if (!Array.isArray(ids)) return view;
    return {...view, columns: ids.flatMap((id: unknown) => columnOfId(String(id)) ?? [])};
  } catch {
    return view;
  }
}
