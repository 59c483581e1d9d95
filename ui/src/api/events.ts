// The page's end of the event stream: through the shared worker where there is one, else a stream of its own that is
// closed while the page is hidden.

import workerUrl from './stream_worker?sharedworker&url';
import {trustedScriptUrl} from './worker_url';
import {decodeChange} from './decode';
import {Stream, type StreamCommand, type StreamMessage} from './stream';
import type {Change} from './types';

export type ServerEvent =
  | {readonly kind: 'open'}
  | {readonly kind: 'change'; readonly change: Change}
  | {readonly kind: 'reload'} // Messages were missed: read everything again.
  | {readonly kind: 'lost'; readonly retryAtMs: number};

export interface Connection {
  retryNow(): void;
}

/** Listens for as long as the page lives. */
export function connectEvents(url: string, tell: (event: ServerEvent) => void): Connection {
  const hear = (message: StreamMessage): void => {
    if (message.kind !== 'change') {
      tell(message);
      return;
    }
    try {
      tell({kind: 'change', change: decodeChange(JSON.parse(message.data))});
    } catch {
      // A message that cannot be read is a message missed.
      tell({kind: 'reload'});
    }
  };
  const worker = sharedWorker();
  if (worker === undefined) return ownStream(url, hear);
  let connection = sharedStream(worker.port, url, hear);
  // Its script did not come: the server went away just then. A stream of the page's own tries again by itself.
  worker.onerror = () => {
    connection = ownStream(url, hear);
  };
  return {retryNow: () => connection.retryNow()};
}

function sharedWorker(): SharedWorker | undefined {
  if (typeof SharedWorker === 'undefined') return undefined;
  try {
    return new SharedWorker(trustedScriptUrl(workerUrl), {
      type: 'module',
      name: 'fanlight-events',
    });
  } catch {
    return undefined; // Forbidden in this browser, for example in a private window.
  }
}

function sharedStream(
  port: MessagePort,
  url: string,
  hear: (message: StreamMessage) => void,
): Connection {
  const say = (command: StreamCommand): void => port.postMessage(command);
  port.onmessage = (event: MessageEvent<StreamMessage>) => hear(event.data);
  say({kind: 'attach', url});
  // A page that is kept for "back" neither listens nor counts.
  addEventListener('pagehide', () => say({kind: 'detach'}));
  addEventListener('pageshow', (event) => {
    if (!event.persisted) return;
    say({kind: 'attach', url});
    hear({kind: 'reload'});
  });
  return {retryNow: () => say({kind: 'retry'})};
}

function ownStream(url: string, hear: (message: StreamMessage) => void): Connection {
  let stream: Stream | undefined;
  const follow = (): void => {
    if (document.hidden) {
      stream?.close();
      stream = undefined;
    } else {
      stream ??= new Stream(url, hear);
    }
  };
  document.addEventListener('visibilitychange', follow);
  follow();
  return {retryNow: () => stream?.retryNow()};
}
