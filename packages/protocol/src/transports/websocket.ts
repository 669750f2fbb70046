import type { Duplex } from "node:stream";

import type { WebSocket } from "ws";

import type { Frame } from "../envelope.js";
import { defaultMaxQueuedBytes, type Transport, type TransportReceiver } from "../transport.js";
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
  #graceTimer: NodeJS.Timeout | undefined;

  constructor({ kind, socket, stream, maxQueuedBytes = defaultMaxQueuedBytes }: WebSocketTransportOptions) {
    this.kind = kind;
    this.#socket = socket;
    this.#queue = new OutboundQueue({
      stream,
      write: (frame) => socket.send(frame, textFrame),
      maxQueuedBytes,
      onOverflow: () => this.#closeSocket(1013, "the client does not read its messages fast enough"),
    });
  }

  start(receiver: TransportReceiver): void {
    const socket = this.#socket;
    socket.on("message", (data: Buffer, binary: boolean) => receiver.onFrame(data.toString("utf8"), binary));
    // Frames over the limit, broken UTF-8 and resets: ws closes with the fitting code by itself.
    socket.on("error", (error) => receiver.onIrregular(error.message));
    socket.on("close", (code: number, reason: Buffer) => {
      clearTimeout(this.#graceTimer);
      this.#queue.close();
      receiver.onClosed({ code, reason: reason.toString("utf8") });
    });
  }

  send(frame: Frame): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#queue.push(frame);
  }

  close(code = 1000, reason = ""): void {
    this.#queue.finish(() => this.#closeSocket(code, reason));
    this.#startGrace();
  }

  #closeSocket(code: number, reason: string): void {
    this.#queue.close();
    this.#socket.close(code, Buffer.from(reason).subarray(0, maxReasonBytes));
    this.#startGrace();
  }

  /** A peer that never reads would hold the socket for good. */
  #startGrace(): void {
    this.#graceTimer ??= setTimeout(() => this.#socket.terminate(), closeGraceMs).unref();
  }
}

const textFrame = { binary: false };
