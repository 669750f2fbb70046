import type { Duplex } from "node:stream";

import type { JsonValue, RecordedRequest } from "../recorded-request.js";
import { binaryFrame, closeFrame, textFrame } from "../websocket/frames.js";

/** The protocols of realtime conversations, by what their WebSockets are opened with. */
export type RealtimeVersion = "v1" | "v2" | "v3";

/** The simulator's end of one realtime conversation. */
export class RealtimePeer {
  /** The handshake as it arrived. */
  readonly handshake: RecordedRequest;
  readonly version: RealtimeVersion;
  /** The call that the WebSocket joined; undefined for a conversation of its own. */
  readonly callId: string | undefined;
  /** What the client sent so far, in order; a message that is no JSON is a string. */
  readonly messages: JsonValue[] = [];
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  readonly #socket: Duplex;
  readonly #waiters = new Set<() => void>();

  constructor(handshake: RecordedRequest, socket: Duplex) {
    const url = new URL(handshake.path, "http://localhost");
    const live = /\/live(?:\/([^/]*))?$/.exec(url.pathname);
    this.handshake = handshake;
    this.version = live !== null ? "v3" : url.searchParams.get("intent") === null ? "v2" : "v1";
    this.callId =
      live?.[1] === undefined ? (url.searchParams.get("call_id") ?? undefined) : decodeURIComponent(live[1]);
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  /** Sends messages: objects as JSON, strings and bytes as they are, the latter as binary messages. */
  send(...messages: ReadonlyArray<JsonValue | Buffer>): void {
    for (const message of messages) {
      if (this.#socket.destroyed) return;
      if (Buffer.isBuffer(message)) this.#socket.write(binaryFrame(message));
      else this.#socket.write(textFrame(typeof message === "string" ? message : JSON.stringify(message)));
    }
  }

  /** Says goodbye. */
  close(code = 1000): void {
    this.#socket.end(closeFrame(code));
  }

  /** Vanishes: no goodbye, the connection is just gone. */
  cut(): void {
    this.#socket.destroy();
  }

  /** Stops reading, so that what the client sends piles up on its side. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Reads again. */
  startReading(): void {
    this.#socket.resume();
  }

  /** The messages of a type so far. */
  ofType(type: string): JsonValue[] {
    return this.messages.filter((message) => typeOf(message) === type);
  }

  /** Waits until so many messages of a type have arrived, and gives the last of them. Rejects after ten seconds. */
  async waitFor(type: string, count = 1): Promise<JsonValue> {
    const message = this.ofType(type)[count - 1];
    if (message !== undefined) return message;
    return new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        this.#waiters.delete(check);
      };
      const check = () => {
        const found = this.ofType(type)[count - 1];
        if (found === undefined) return;
        stop();
        resolve(found);
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`no ${type} number ${count}; there are ${JSON.stringify(this.messages.map(typeOf))}`));
      }, 10_000);
      this.#waiters.add(check);
    });
  }

  /** Takes a message of the client. For the server. */
  receive(text: string): JsonValue {
    const message = parsed(text);
    this.messages.push(message);
    for (const check of this.#waiters) check();
    return message;
  }
}

function typeOf(message: JsonValue): JsonValue | undefined {
  return typeof message === "object" && message !== null && "type" in message ? message.type : undefined;
}

function parsed(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}
