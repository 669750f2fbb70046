import {
  encodeNotification,
  type Frame,
  type ServerNotificationMethod,
  type ServerNotifications,
} from "@switchboard/protocol";

import type { Connection } from "./connection.js";

/** What every client is told of every thread, subscribed or not. */
const broadcast: ReadonlySet<ServerNotificationMethod> = new Set([
  "thread/started",
  "thread/status/changed",
  "thread/closed",
]);

/**
 * Who hears of what: connections, their interest in threads, and the fan-out of events. An event is
 * serialised once, whatever the number of its receivers, and all get the same events in the same order.
 */
export class Subscriptions {
  readonly #connections = new Set<Connection>();
  readonly #byThread = new Map<string, Set<Connection>>();
  readonly #onUnwatched: (threadId: string) => void;

  /** `onUnwatched` is called when the last subscriber of a thread leaves it. */
  constructor(onUnwatched: (threadId: string) => void) {
    this.#onUnwatched = onUnwatched;
  }

  /** All open connections. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  addConnection(connection: Connection): void {
    this.#connections.add(connection);
  }

  /** Forgets a connection that has closed, with all its subscriptions. */
  removeConnection(connection: Connection): void {
    this.#connections.delete(connection);
    for (const threadId of this.#byThread.keys()) this.unsubscribe(threadId, connection);
  }

  /** The threads that a connection watches. */
  threadsOf(connection: Connection): string[] {
    return [...this.#byThread].flatMap(([threadId, subscribers]) => (subscribers.has(connection) ? [threadId] : []));
  }

  subscribe(threadId: string, connection: Connection): void {
    const subscribers = this.#byThread.get(threadId);
    if (subscribers === undefined) this.#byThread.set(threadId, new Set([connection]));
    else subscribers.add(connection);
  }

  /** Returns whether there was a subscription. */
  unsubscribe(threadId: string, connection: Connection): boolean {
    const subscribers = this.#byThread.get(threadId);
    if (subscribers?.delete(connection) !== true) return false;
    if (subscribers.size === 0) {
      this.#byThread.delete(threadId);
      this.#onUnwatched(threadId);
    }
    return true;
  }

  /** The connections that watch a thread now. */
  subscribersOf(threadId: string): Connection[] {
    return [...(this.#byThread.get(threadId) ?? [])];
  }

  isWatched(threadId: string): boolean {
    return this.#byThread.has(threadId);
  }

  /** Sends an event of a thread to those whom it concerns. */
  emit<M extends ServerNotificationMethod>(threadId: string, method: M, params: ServerNotifications[M]): void {
    const receivers = broadcast.has(method) ? this.#connections : this.#byThread.get(threadId);
    if (receivers === undefined) return;
    let frame: Frame | undefined;
    for (const connection of receivers) {
      if (!connection.wants(method)) continue;
      frame ??= encodeNotification(method, params, Date.now());
      connection.sendFrame(frame);
    }
  }
}
