// Browsers allow six HTTP/1.1 connections a host, and an event stream holds one for ever: all pages of a browser
// share the one that this worker keeps. It ends with the last page.

import {Stream, type StreamCommand, type StreamMessage} from './stream';

interface ConnectEvent extends Event {
  readonly ports: readonly MessagePort[];
}

const ports = new Set<MessagePort>();
let stream: Stream | undefined;

function tellAll(message: StreamMessage): void {
  for (const port of ports) port.postMessage(message);
}

function obey(port: MessagePort, command: StreamCommand): void {
  switch (command.kind) {
    case 'attach': {
      ports.add(port);
      for (const message of stream?.present() ?? []) port.postMessage(message);
      stream ??= new Stream(command.url, tellAll);
      break;
    }
    case 'retry':
      stream?.retryNow();
      break;
    case 'detach':
      ports.delete(port);
      if (ports.size === 0) {
        stream?.close();
        stream = undefined;
      }
      break;
  }
}

self.addEventListener('connect', (event) => {
  const port = (event as ConnectEvent).ports[0];
  if (port === undefined) return;
  port.onmessage = (message: MessageEvent<StreamCommand>) => obey(port, message.data);
});
