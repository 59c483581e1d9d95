// The graph that is looked at: which scopes are open, what the server told of them, and the drawing made of it.

import {batch, computed, signal, type Signal} from '@preact/signals';
import type {Api} from '../../api/client';
import type {GraphItemName, GraphMarks, GraphNodeAnswer, GraphSource} from '../../api/graph_types';
import {trustedScriptUrl} from '../../api/worker_url';
import type {GraphScope, Scene} from '../../base/graph_scene';
import {failed, loading, ready, type Loadable} from '../../base/loadable';
import {describeError} from '../../widgets/describe_error';
import {words} from '../../words/words';
import type {LayoutAnswer, LayoutQuestion} from './layout_worker';
import workerUrl from './layout_worker.ts?worker&url';

export type ColourBy = 'none' | 'structure' | 'device' | 'cluster' | 'time' | 'memory';

export interface Drawing {
  readonly scene: Scene;
  readonly root: GraphScope;
  readonly open: ReadonlySet<string>;
  readonly total: number;
  readonly edges: number;
  readonly devices: readonly string[]; // That compute time and memory are told of.
  readonly version: number; // Grows when another graph or another cut is drawn: the view is fitted then.
}

const noMarks: GraphMarks = {
  putsHubsAside: true,
  kept: new Set(),
  aside: new Set(),
  ungrouped: new Set(),
  without: new Set(),
};

export class GraphModel {
  readonly drawing: Signal<Loadable<Drawing>> = signal(loading);
  readonly marks = signal(noMarks);
  readonly colourBy = signal<ColourBy>('structure');
  readonly selected: Signal<Loadable<GraphNodeAnswer> | undefined> = signal(undefined);
  readonly isTracing = signal(false);
  readonly traced = signal<ReadonlySet<string> | undefined>(undefined);
  readonly isBusy = signal(false);
  /** A path that the pointer is on in a list: the drawing shows where it lies. */
  readonly pointed = signal('');
  /** A path that asks to be brought into view; whoever does it clears it. */
  readonly reveal = signal<string | undefined>(undefined);
  readonly hasStats = computed(() => {
    const drawing = this.drawing.value;
    return drawing.kind === 'ready' && drawing.value.root.timeUs !== undefined;
  });

  readonly hasClusters = computed(() => {
    const drawing = this.drawing.value;
    return (
      drawing.kind === 'ready' && drawing.value.root.items.some((each) => each.clusters.length > 0)
    );
  });

  private source: GraphSource | undefined;
  private scopes = new Map<string, GraphScope>();
  private counts: Pick<Drawing, 'total' | 'edges' | 'devices'> = {total: 0, edges: 0, devices: []};
  private open: ReadonlySet<string> = new Set();
  private version = 0;
  private abort = new AbortController();
  private selection = new AbortController();
  private readonly worker = new Worker(trustedScriptUrl(workerUrl), {type: 'module'});
  private question = 0;
  private answered: ((scene: Scene) => void) | undefined;

  constructor(private readonly api: Api) {
    this.worker.onmessage = (event: MessageEvent<LayoutAnswer>) => {
      if (event.data.id === this.question) this.answered?.(event.data.scene);
    };
  }

  dispose(): void {
    this.abort.abort();
    this.selection.abort();
    this.worker.terminate();
  }

  get isFile(): boolean {
    return this.source?.kind === 'file';
  }

  /** Looks at another graph, or at the same one anew. */
  async show(source: GraphSource, node: string): Promise<void> {
    this.source = source;
    batch(() => {
      this.marks.value = noMarks;
      this.selected.value = undefined;
      this.traced.value = undefined;
      this.drawing.value = loading;
    });
    await this.restart(new Set());
    if (node !== '') await this.select({by: 'path', text: node});
  }

  isOpen(path: string): boolean {
    return this.open.has(path);
  }

  async toggle(path: string): Promise<void> {
    const open = new Set(this.open);
    if (!open.delete(path)) open.add(path);
    await this.draw(open);
    if (this.scopes.get(path)?.kind === 'call') await this.trace();
  }

  async closeAll(): Promise<void> {
    this.version++; // What is left would lie far outside of the view.
    await this.draw(new Set());
  }

  /** Chooses a node or scope and opens what lies around it. Returns its path in the drawing. */
  async select(wanted: GraphItemName | undefined): Promise<string | undefined> {
    this.selection.abort();
    this.selection = new AbortController();
    const {signal: stop} = this.selection;
    if (wanted === undefined || this.source === undefined) {
      this.selected.value = undefined;
      this.traced.value = undefined;
      return undefined;
    }
    try {
      const answer = await this.api.graphNode(this.source, this.marks.value, wanted, stop);
      this.selected.value = ready(answer);
      if (answer.parents.some((parent) => !this.open.has(parent)))
        await this.draw(new Set([...this.open, ...answer.parents]));
      if (stop.aborted) return undefined;
      this.reveal.value = answer.path;
      await this.trace();
      return answer.path;
    } catch (error) {
      if (!stop.aborted) this.selected.value = failed(describeError(error));
      return undefined;
    }
  }

  async setTracing(on: boolean): Promise<void> {
    this.isTracing.value = on;
    await this.trace();
  }

  async setPutsHubsAside(on: boolean): Promise<void> {
    const {ungrouped, without} = this.marks.value;
    this.marks.value = {...noMarks, ungrouped, without, putsHubsAside: on};
    await this.restart(this.open);
  }

  /** Takes an item out of the drawing, to the side, or back. */
  async setAside(path: string, isAside: boolean): Promise<void> {
    const kept = new Set(this.marks.value.kept);
    const aside = new Set(this.marks.value.aside);
    // What stood aside by itself before the first mark stays there: with a box less the rule might find differently.
    if (kept.size + aside.size === 0) {
      for (const scope of this.scopes.values())
        for (const item of scope.items) if (item.aside !== undefined) aside.add(item.path);
    }
    kept.delete(path);
    aside.delete(path);
    (isAside ? aside : kept).add(path);
    this.marks.value = {...this.marks.value, kept, aside};
    await this.restart(this.open);
  }

  async setGrouped(series: string, isGrouped: boolean): Promise<void> {
    const ungrouped = new Set(this.marks.value.ungrouped);
    if (isGrouped) ungrouped.delete(series);
    else ungrouped.add(series);
    this.marks.value = {...this.marks.value, ungrouped};
    const selected = this.selected.value;
    await this.restart(this.open);
    if (selected?.kind === 'ready' && selected.value.series === series)
      await this.select(undefined);
  }

  /** Whether a device's time and memory count. */
  async setCounted(device: string, isCounted: boolean): Promise<void> {
    const without = new Set(this.marks.value.without);
    if (isCounted) without.delete(device);
    else without.add(device);
    this.marks.value = {...this.marks.value, without};
    this.scopes = new Map();
    await this.draw(this.open);
    const selected = this.selected.value;
    if (selected?.kind === 'ready') await this.select({by: 'path', text: selected.value.path});
  }

  private async trace(): Promise<void> {
    const selected = this.selected.value;
    if (!this.isTracing.value || selected?.kind !== 'ready' || this.source === undefined) {
      this.traced.value = undefined;
      return;
    }
    const {signal: stop} = this.selection;
    try {
      const paths = await this.api.graphTrace(
        this.source,
        this.marks.value,
        {
          path: selected.value.path,
          open: [...this.open].filter((path) => this.scopes.get(path)?.kind === 'call'),
        },
        stop,
      );
      this.traced.value = new Set(paths);
    } catch (error) {
      if (!stop.aborted) this.selected.value = failed(describeError(error));
    }
  }

  private async restart(open: ReadonlySet<string>): Promise<void> {
    this.scopes = new Map();
    this.version++;
    await this.draw(open);
  }

  private async draw(open: ReadonlySet<string>): Promise<void> {
    const source = this.source;
    if (source === undefined) return;
    this.abort.abort();
    this.abort = new AbortController();
    const {signal: stop} = this.abort;
    this.isBusy.value = true;
    try {
      const wanted = ['', ...open].filter((path) => !this.scopes.has(path));
      if (wanted.length > 0) {
        const answer = await this.api.graphScopes(source, this.marks.value, wanted, stop);
        for (const scope of answer.scopes) this.scopes.set(scope.path, scope);
        const {total, edges, devices} = answer;
        this.counts = {total, edges, devices};
      }
      this.open = open;
      const scene = await this.lay(stop);
      const root = this.scopes.get('');
      if (scene === undefined || root === undefined) return;
      this.drawing.value = ready({scene, root, open, ...this.counts, version: this.version});
    } catch (error) {
      if (!stop.aborted) this.drawing.value = failed(describeError(error));
    } finally {
      if (!stop.aborted) this.isBusy.value = false;
    }
  }

  private lay(stop: AbortSignal): Promise<Scene | undefined> {
    return new Promise((resolve) => {
      const question: LayoutQuestion = {
        id: ++this.question,
        scopes: ['', ...this.open].flatMap((path) => this.scopes.get(path) ?? []),
        open: [...this.open],
        tensorsWord: words.value.tensors('{n}'),
      };
      this.answered = resolve;
      stop.addEventListener('abort', () => resolve(undefined));
      this.worker.postMessage(question);
    });
  }
}
