import type { Readable, Writable } from "node:stream";

import type { Frame } from "../envelope.js";
import {
  defaultMaxFrameBytes,
  defaultMaxQueuedBytes,
  type Transport,
  type TransportClosed,
  type TransportReceiver,
} from "../transport.js";
import { LineFramer } from "./line-framer.js";
import { OutboundQueue } from "./outbound-queue.js";

/** The streams of a {@link StdioTransport} and its limits. */
export interface StdioTransportOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Longest inbound line in bytes; a longer one is skipped. Default: 64 MiB. */
  readonly maxFrameBytes?: number;
  /**
   * Called when the input ends. The link then stays open for output until it is closed, so that what is
   * under way can still be answered. Without it the link ends with its input.
   */
  readonly onInputEnd?: () => void;
  /** Most bytes that wait for the reader; over that the link ends. Default: 64 MiB. */
  readonly maxQueuedBytes?: number;
}

const lineEnd = Buffer.from("\n");

/** One JSON value per line, ended by LF. Blank lines are skipped. */
export class StdioTransport implements Transport {
  readonly kind = "stdio";
  readonly #options: StdioTransportOptions;
  readonly #queue: OutboundQueue;
  #receiver: TransportReceiver | undefined;
  #closing = false;
  #closed: TransportClosed | undefined;

  constructor(options: StdioTransportOptions) {
    const { output, maxQueuedBytes = defaultMaxQueuedBytes } = options;
    this.#options = options;
    this.#queue = new OutboundQueue({
      stream: output,
      write: (frame) => {
        output.write(frame);
        output.write(lineEnd);
      },
      maxQueuedBytes,
      onOverflow: () => this.#end(1013, "the reader does not take its output"),
    });
    // A reader that goes away shows as EPIPE here, not as an end of input.
    output.on("error", (error) => this.#end(1006, error.message));
  }

  start(receiver: TransportReceiver): void {
    const { input, maxFrameBytes = defaultMaxFrameBytes } = this.#options;
    const closed = this.#closed;
    if (closed !== undefined) return queueMicrotask(() => receiver.onClosed(closed));
    this.#receiver = receiver;
    const framer = new LineFramer(maxFrameBytes, {
      onLine: (text) => {
        if (!this.#closing && text.trim() !== "") receiver.onFrame(text, false);
      },
      onOverlong: () => receiver.onIrregular(`a line is longer than ${maxFrameBytes} bytes and was skipped`),
    });
    input.on("data", (chunk: Buffer) => framer.push(chunk));
    input.on("end", () => {
      framer.end();
      if (this.#options.onInputEnd === undefined) this.#end(1000, "end of input");
      else this.#options.onInputEnd();
    });
    input.on("error", (error) => this.#end(1006, error.message));
  }

  send(frame: Frame): void {
    this.#queue.push(frame);
  }

  close(code = 1000, reason = ""): void {
    this.#closing = true;
    this.#queue.finish(() => this.#end(code, reason));
  }

  terminate(): void {
    this.#end(1006, "");
  }

  get queuedBytes(): number {
    return this.#queue.waitingBytes;
  }

  whenWritable(): Promise<void> | undefined {
    return this.#queue.whenEmpty();
  }

  #end(code: number, reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closing = true;
    this.#closed = { code, reason };
    this.#queue.close();
    this.#options.input.destroy();
    // Nothing else tells the other side that the link has ended.
    this.#options.output.end();
    this.#receiver?.onClosed(this.#closed);
  }
}
