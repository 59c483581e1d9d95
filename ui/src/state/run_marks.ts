// What people say of runs, as the server keeps it. A change shows at once; when the server refuses it, what was there
// before comes back and the caller is told why.

import {signal, type ReadonlySignal} from '@preact/signals';
import type {Api} from '../api/client';
import type {Mark, MarkChange} from '../api/types';

const channelName = 'fanlight.marks';

export class RunMarks {
  private readonly byRun_ = signal<ReadonlyMap<string, Mark>>(new Map());
  private readonly problem_ = signal('');
  private readonly channel =
    typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel(channelName);
  private pending = 0;

  constructor(
    private readonly api: Api,
    private readonly describe: (error: unknown) => string,
  ) {}

  get byRun(): ReadonlySignal<ReadonlyMap<string, Mark>> {
    return this.byRun_;
  }
  /** Why names and notes cannot be read or kept; empty when they can. */
  get problem(): ReadonlySignal<string> {
    return this.problem_;
  }

  /** Resolves when what is said has been read once. */
  start(): Promise<void> {
    // Other tabs of this browser say so when they changed something; other people's changes are seen on coming back.
    if (this.channel !== undefined) this.channel.onmessage = () => void this.read();
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden) void this.read();
    });
    return this.read();
  }

  async read(): Promise<void> {
    try {
      const marks = await this.api.marks();
      if (this.pending > 0) return;
      // Mostly nothing is said, and nothing has changed.
      if (marks.byRun.size > 0 || this.byRun_.peek().size > 0) this.byRun_.value = marks.byRun;
      this.problem_.value = marks.problem;
    } catch {
      // The event stream tells whether the server can be reached.
    }
  }

  /** Resolves to why it could not be kept; undefined when it was. */
  async change(changes: ReadonlyMap<string, MarkChange>): Promise<string | undefined> {
    const before = this.byRun_.peek();
    this.byRun_.value = withChanges(before, changes);
    this.pending++;
    try {
      const marks = await this.api.changeMarks(changes);
      if (this.pending === 1) this.byRun_.value = marks.byRun;
      this.problem_.value = marks.problem;
      this.channel?.postMessage('changed');
      return undefined;
    } catch (error) {
      this.byRun_.value = withChanges(this.byRun_.peek(), reverse(before, changes));
      return this.describe(error);
    } finally {
      this.pending--;
    }
  }
}

export function withChanges(
  marks: ReadonlyMap<string, Mark>,
  changes: ReadonlyMap<string, MarkChange>,
): ReadonlyMap<string, Mark> {
  const result = new Map(marks);
  for (const [run, change] of changes) {
    const said = Object.entries({...result.get(run), ...change}).filter(
      ([, value]) =>
        value !== null &&
        value !== undefined &&
        value !== '' &&
        value !== false &&
        !isEmptyList(value),
    );
    if (said.length === 0) result.delete(run);
    else result.set(run, Object.fromEntries(said));
  }
  return result;
}

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** The changes that undo `changes` where `before` was said. */
export function reverse(
  before: ReadonlyMap<string, Mark>,
  changes: ReadonlyMap<string, MarkChange>,
): ReadonlyMap<string, MarkChange> {
  return new Map(
    [...changes].map(([run, change]) => {
      const was = before.get(run) ?? {};
      const back: MarkChange = Object.fromEntries(
        Object.keys(change).map((key) => [
          key,
          Object.entries(was).find(([k]) => k === key)?.[1] ?? null,
        ]),
      );
      return [run, back];
    }),
  );
}
