import { messageOf } from "@switchboard/protocol";

import type { RawData, WebSocket } from "../open-web-socket.js";
import type { JsonObject } from "../responses/items.js";
import { asRealtimeEvent, type RealtimeEvent } from "./events.js";
import type { RealtimeVersion } from "./version.js";

/**
 * Who takes what comes from a peer. Calls are synchronous, in order, and never from within a call to the socket. A
 * call that throws cuts the connection, and is told as an error event, the last: what one peer says ends no process.
 */
export interface RealtimeReceiver {
  onEvent(event: RealtimeEvent): void;
  /** Called once, and not after {@link RealtimeSocket.close}. */
  onClose(end: RealtimeEnd): void;
}

/** How a peer went: it said goodbye, with a code of its own (RFC 6455, section 7.4), or it was gone. */
export type RealtimeEnd =
  | { readonly kind: "closed"; readonly code: number }
  | { readonly kind: "lost"; readonly message: string };

/** How long a peer has to answer our goodbye, and to go after its own, in milliseconds. */
const goodbyeMs = 1_000;

/** The WebSocket of a realtime conversation. */
export class RealtimeSocket {
  readonly #socket: WebSocket;
  readonly #version: RealtimeVersion;
  readonly #closed: Promise<void>;
  readonly #watch: NodeJS.Timeout;
  #receiver: RealtimeReceiver | undefined;
  #lost = "Connection reset without closing handshake";

  /** Takes the socket over; nothing is read before {@link receive}. */
  constructor(socket: WebSocket, version: RealtimeVersion) {
    this.#socket = socket;
    this.#version = version;
    socket.pause();
    socket.on("error", (error) => (this.#lost = error.message));
    this.#closed = new Promise((resolve) => {
      socket.once("close", (code: number) => {
        clearInterval(this.#watch);
        const end: RealtimeEnd =
          code === noGoodbye
            ? { kind: "lost", message: `WebSocket protocol error: ${this.#lost}` }
            : { kind: "closed", code };
        this.#tell((receiver) => {
          this.#receiver = undefined;
          receiver.onClose(end);
        });
        resolve();
      });
    });
    // The library tells nobody of a peer's goodbye, and would wait half a minute for the connection to end.
    this.#watch = setInterval(() => this.#cutIfOver(), goodbyeMs).unref();
  }

  /** Bytes that were given to the socket and have not left yet. */
  get waitingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  /** Begins to read. What means nothing is left out; a binary message is an error, as in the reference. */
  receive(receiver: RealtimeReceiver): void {
    this.#receiver = receiver;
    this.#socket.on("message", (data: RawData, isBinary: boolean) => {
      this.#tell((to) => {
        const event: RealtimeEvent | undefined = isBinary
          ? { kind: "error", message: "unexpected binary realtime websocket event" }
          : asRealtimeEvent(this.#version, textOf(data));
        if (event !== undefined) to.onEvent(event);
      });
    });
    this.#socket.resume();
  }

  /** Sends a message; nothing happens when the socket is not open any more. */
  send(message: JsonObject): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message), () => undefined);
  }

  /** Says goodbye, and cuts the connection when the peer does not answer within a second. Nothing is received any more. */
  async close(): Promise<void> {
    this.#receiver = undefined;
    const timer = setTimeout(() => this.#socket.terminate(), goodbyeMs);
    this.#socket.close(1000);
    // A socket that is not read would not hear the answer.
    this.#socket.resume();
    await this.#closed;
    clearTimeout(timer);
  }

  /** Cuts the connection at once. Nothing is received any more. */
  cut(): void {
    this.#receiver = undefined;
    this.#socket.terminate();
  }

  /** Cuts a connection whose peer has said goodbye; our own is waited for in {@link close}. */
  #cutIfOver(): void {
    const { readyState, CLOSING } = this.#socket;
    if (readyState === CLOSING && this.#receiver !== undefined) this.#socket.terminate();
  }

  #tell(act: (receiver: RealtimeReceiver) => void): void {
    const receiver = this.#receiver;
    if (receiver === undefined) return;
    try {
      act(receiver);
    } catch (error) {
      this.cut();
      receiver.onEvent({ kind: "error", message: messageOf(error) });
    }
  }
}

/** The code of a connection that ended without a goodbye (RFC 6455, section 7.4.1). */
const noGoodbye = 1006;

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.isBuffer(data) ? data.toString("utf8") : Buffer.from(data).toString("utf8");
}
