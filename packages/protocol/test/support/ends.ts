import { Peer, type IncomingRequest, type PeerOptions } from "../../src/peer.js";
import type { Transport, TransportClosed } from "../../src/transport.js";

/** One end of a connection with everything that happened at it. */
export interface End {
  readonly peer: Peer;
  /** Requests and notifications by method, in the order they came. */
  readonly received: string[];
  readonly incidents: Array<{ readonly text: string; readonly cause: unknown }>;
  readonly closed: Promise<TransportClosed>;
  /** How often the end was told that the connection is closed. */
  timesClosed(): number;
  /** Resolves once so many messages have come. */
  whenReceived(count: number): Promise<void>;
}

/** A peer that answers `{}` to everything unless told otherwise, and records it all. */
export function endOf(transport: Transport, options: Partial<Omit<PeerOptions, "transport">> = {}): End {
  const received: string[] = [];
  const incidents: End["incidents"] = [];
  let waiting: Array<{ count: number; resolve: () => void }> = [];
  let timesClosed = 0;
  let tellClosed!: (closed: TransportClosed) => void;
  const closed = new Promise<TransportClosed>((resolve) => (tellClosed = resolve));
  const take = (method: string) => {
    received.push(method);
    for (const { resolve } of waiting.filter(({ count }) => received.length >= count)) resolve();
    waiting = waiting.filter(({ count }) => received.length < count);
  };
  const peer = new Peer({
    transport,
    ...options,
    onRequest: (request: IncomingRequest) => {
      take(request.method);
      return options.onRequest?.(request);
    },
    onNotification: (method, params) => {
      take(method);
      return options.onNotification?.(method, params) ?? true;
    },
    onIncident: (text, cause) => incidents.push({ text, cause }),
    onClosed: (how) => {
      timesClosed += 1;
      tellClosed(how);
    },
  });
  return {
    peer,
    received,
    incidents,
    closed,
    timesClosed: () => timesClosed,
    whenReceived: (count) =>
      received.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve: () => resolve() })),
  };
}

/** The raw side of a link: sends any text, keeps every text that comes. */
export interface RawEnd {
  readonly frames: string[];
  readonly closed: Promise<TransportClosed>;
  send(text: string): void;
  /** Resolves once so many frames have come. */
  whenFrames(count: number): Promise<void>;
}

/** Starts a transport without a peer. */
export function rawEndOf(transport: Transport): RawEnd {
  const frames: string[] = [];
  let waiting: Array<{ count: number; resolve: () => void }> = [];
  const closed = new Promise<TransportClosed>((resolve) => {
    transport.start({
      onFrame: (text) => {
        frames.push(text);
        for (const each of waiting.filter(({ count }) => frames.length >= count)) each.resolve();
        waiting = waiting.filter(({ count }) => frames.length < count);
      },
      onIrregular: () => undefined,
      onClosed: resolve,
    });
  });
  return {
    frames,
    closed,
    send: (text) => transport.send(Buffer.from(text)),
    whenFrames: (count) =>
      frames.length >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve: () => resolve() })),
  };
}

/** Some turns of the event loop. */
export async function turns(count = 10): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
