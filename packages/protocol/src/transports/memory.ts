import type { Frame } from "../envelope.js";
import type { Transport, TransportReceiver } from "../transport.js";

/**
 * Two linked transports in one process. A message arrives in a later microtask, so that a sender is
 * never re-entered; the queue between them is the microtask queue and needs no limit.
 */
export function linkedTransports(): readonly [Transport, Transport] {
  const left = new MemoryTransport();
  const right = new MemoryTransport();
  left.link(right);
  right.link(left);
  return [left, right];
}

class MemoryTransport implements Transport {
  readonly kind = "memory";
  #peer: MemoryTransport | undefined;
  #receiver: TransportReceiver | undefined;
  #early: Array<(receiver: TransportReceiver) => void> = [];
  /** The link has ended for sending; what the other side sent before may still be on its way. */
  #closed = false;
  /** This side ended the link and takes nothing more. */
  #closedHere = false;

  link(peer: MemoryTransport): void {
    this.#peer = peer;
  }

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
    const early = this.#early;
    this.#early = [];
    for (const deliver of early) queueMicrotask(() => deliver(receiver));
  }

  send(frame: Frame): void {
    if (this.#closed) return;
    const text = frame.toString("utf8");
    this.#peer?.deliverFrame(text);
  }

  close(code = 1000, reason = ""): void {
    if (this.#closed) return;
    this.#closedHere = true;
    this.#peer?.deliverClose(code, reason);
    this.deliverClose(code, reason);
  }

  terminate(): void {
    this.close(1006, "");
  }

  readonly queuedBytes = 0;

  whenWritable(): undefined {
    return undefined;
  }

  deliverFrame(text: string): void {
    this.#deliver((receiver) => {
      if (!this.#closedHere) receiver.onFrame(text, false);
    });
  }

  deliverClose(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deliver((receiver) => receiver.onClosed({ code, reason }));
  }

  #deliver(action: (receiver: TransportReceiver) => void): void {
    const receiver = this.#receiver;
    if (receiver === undefined) this.#early.push(action);
    else queueMicrotask(() => action(receiver));
  }
}
