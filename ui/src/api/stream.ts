// One EventSource with our own way of coming back: after an error the next try waits 0.5 s, then twice as long, at most 8 s.
// Runs in a page or in the worker that all pages of a browser share.

/** What a stream tells; plain data, because it crosses from the worker to the page. */
export type StreamMessage =
  | {readonly kind: 'open'}
  | {readonly kind: 'change'; readonly data: string}
  | {readonly kind: 'reload'}
  | {readonly kind: 'lost'; readonly retryAtMs: number}; // Date.now() of the next try.

/** What a page tells the worker. */
export type StreamCommand =
  | {readonly kind: 'attach'; readonly url: string}
  | {readonly kind: 'retry'}
  | {readonly kind: 'detach'};

const firstDelayMs = 500;
const longestDelayMs = 8000;

export class Stream {
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private delayMs = firstDelayMs;
  private isOpen = false;
  private retryAtMs: number | undefined;
  private latest: string | undefined; // The state at the newest change, as a stream begins with it.

  constructor(
    private readonly url: string,
    private readonly tell: (message: StreamMessage) => void,
  ) {
    this.connect();
  }

  /** What someone who listens only from now on must know: what the beginning of a stream of their own would tell. */
  present(): readonly StreamMessage[] {
    if (!this.isOpen)
      return this.retryAtMs === undefined ? [] : [{kind: 'lost', retryAtMs: this.retryAtMs}];
    const open: StreamMessage = {kind: 'open'};
    return this.latest === undefined ? [open] : [open, {kind: 'change', data: this.latest}];
  }

  retryNow(): void {
    if (!this.isOpen) this.connect();
  }

  close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
    this.isOpen = false;
  }

  private connect(): void {
    this.close();
    const source = new EventSource(this.url);
    this.source = source;
    source.onopen = () => {
      this.isOpen = true;
      this.retryAtMs = undefined;
      this.delayMs = firstDelayMs;
      this.tell({kind: 'open'});
    };
    source.addEventListener('change', (event) => {
      const data = String(event.data);
      this.latest = asBeginning(data);
      this.tell({kind: 'change', data});
    });
    source.addEventListener('reload', () => this.tell({kind: 'reload'}));
    source.onerror = () => {
      this.close();
      this.retryAtMs = Date.now() + this.delayMs;
      this.timer = setTimeout(() => this.connect(), this.delayMs);
      this.delayMs = Math.min(longestDelayMs, this.delayMs * 2);
      this.tell({kind: 'lost', retryAtMs: this.retryAtMs});
    };
  }
}

/** A message that says that everything may have changed, where `data` says what has. */
function asBeginning(data: string): string {
  try {
    return JSON.stringify({...JSON.parse(data), runs: true, tags: true, series: null});
  } catch {
    return data; // The page tells that it cannot read it.
  }
}
