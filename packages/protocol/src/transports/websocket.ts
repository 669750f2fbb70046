import type { Duplex } from "node:stream";

import type { WebSocket } from "ws";

import type { Frame } from "../envelope.js";
import { defaultMaxQueuedBytes, type Transport, type TransportClosed, type TransportReceiver } from "../transport.js";
import { OutboundQueue } from "./outbound-queue.js";

/** The parts of a {@link WebSocketTransport} and its limits. */
export interface WebSocketTransportOptions {
  /** Which socket carries it; only for logs. */
  readonly kind: "websocket" | "unix";
  /** An open WebSocket, made with its `maxPayload` set. The transport owns it from here on. */
  readonly socket: WebSocket;
  /** The byte stream below it, to see how far the peer has read. */
  readonly stream: Duplex;
  /** Most bytes that wait for the peer; over that the link ends with 1013. Default: 64 MiB. */
  readonly maxQueuedBytes?: number;
  /** Ping a peer that has sent no message for so many milliseconds, so that nothing between drops the link. Default: never. */
  readonly pingIntervalMs?: number | undefined;
}

/** How long a peer that overflowed its queue, or does not answer a close, keeps its socket. */
const closeGraceMs = 10_000;

/** Longest close reason: RFC 6455, section 5.5 allows 125 bytes with the code. */
const maxReasonBytes = 123;

/** One JSON value per text frame, over TCP or a unix socket, on either side. */
export class WebSocketTransport implements Transport {
  readonly kind: "websocket" | "unix";
  readonly #socket: WebSocket;
  readonly #queue: OutboundQueue;
  #receiver: TransportReceiver | undefined;
  #closing = false;
  #closed: TransportClosed | undefined;
  #graceTimer: NodeJS.Timeout | undefined;
  readonly #pingTimer: NodeJS.Timeout | undefined;

  constructor(options: WebSocketTransportOptions) {
    const { kind, socket, stream, maxQueuedBytes = defaultMaxQueuedBytes, pingIntervalMs } = options;
    this.kind = kind;
    this.#socket = socket;
    if (pingIntervalMs !== undefined) this.#pingTimer = setInterval(() => socket.ping(), pingIntervalMs).unref();
    this.#queue = new OutboundQueue({
      stream,
      write: (frame) => socket.send(frame, textFrame),
      maxQueuedBytes,
      onOverflow: () => this.#closeSocket(1013, "the client does not read its messages fast enough"),
    });
    // Frames over the limit, broken UTF-8 and resets: ws closes with the fitting code by itself.
    socket.on("error", (error) => this.#receiver?.onIrregular(error.message));
    socket.on("close", (code: number, reason: Buffer) => {
      clearTimeout(this.#graceTimer);
      clearInterval(this.#pingTimer);
      this.#queue.close();
      this.#closed = { code, reason: reason.toString("utf8") };
      this.#receiver?.onClosed(this.#closed);
    });
    // A message that comes before there is a receiver must wait for it.
    socket.pause();
  }

  start(receiver: TransportReceiver): void {
    const closed = this.#closed;
    if (closed !== undefined) return queueMicrotask(() => receiver.onClosed(closed));
    this.#receiver = receiver;
    this.#socket.on("message", (data: Buffer, binary: boolean) => {
      this.#pingTimer?.refresh();
      if (!this.#closing) receiver.onFrame(data.toString("utf8"), binary);
    });
    this.#socket.resume();
  }

  send(frame: Frame): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#queue.push(frame);
  }

  close(code = 1000, reason = ""): void {
    this.#closing = true;
    this.#queue.finish(() => this.#closeSocket(code, reason));
    this.#startGrace();
  }

  terminate(): void {
    this.#closing = true;
    this.#queue.close();
    this.#socket.terminate();
  }

  get queuedBytes(): number {
    return this.#queue.waitingBytes;
  }

  whenWritable(): Promise<void> | undefined {
    return this.#queue.whenEmpty();
  }

  #closeSocket(code: number, reason: string): void {
    this.#closing = true;
    this.#queue.close();
    this.#socket.close(code, atMostBytes(reason, maxReasonBytes));
    // The answer to the close must be read also when nobody has started.
    this.#socket.resume();
    this.#startGrace();
  }

  /** A peer that never reads would hold the socket for good. */
  #startGrace(): void {
    this.#graceTimer ??= setTimeout(() => this.#socket.terminate(), closeGraceMs).unref();
  }
}

const textFrame = { binary: false };

/** The longest beginning of `text` that fits; no character is cut in two. */
function atMostBytes(text: string, bytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read);
}
