import type { Frame } from "./envelope.js";

/** Why a transport ended. `code` is a WebSocket close code (RFC 6455, section 7.4) where there is one. */
export interface TransportClosed {
  readonly code: number;
  readonly reason: string;
}

/** Who takes what a transport receives. All calls come from the event loop, never from within `start`. */
export interface TransportReceiver {
  /** One whole message. `binary` is true only for a WebSocket's binary frames. */
  onFrame(text: string, binary: boolean): void;
  /** The input broke the transport's framing rules in a way it can go on from (say, a line over the limit). */
  onIrregular(reason: string): void;
  /** Called exactly once; nothing is received or sent afterwards. */
  onClosed(closed: TransportClosed): void;
}

/**
 * One link to one peer that carries whole messages both ways. The owner calls `start` once, then
 * `send` any number of times, and `close` when done; a transport also ends by itself.
 */
export interface Transport {
  /** What kind of link this is, for logs. */
  readonly kind: "stdio" | "websocket" | "unix" | "memory";
  /** Begins delivery. Until then the transport buffers or does not read. */
  start(receiver: TransportReceiver): void;
  /**
   * Queues one message. Never blocks, never throws; after the end it does nothing. A peer that does
   * not read fills the queue up to its limit in bytes; over that the transport closes itself.
   */
  send(frame: Frame): void;
  /**
   * Ends the link after what is already queued, as far as the peer takes it. What the peer still sends
   * is dropped, for it could not be answered any more. Default: 1000, normal closure.
   */
  close(code?: number, reason?: string): void;
  /** Ends the link at once. What is queued is dropped, and the peer is told nothing: it sees a broken connection, 1006. */
  terminate(): void;
  /**
   * Undefined while the peer keeps up. Otherwise resolves once what waits for it has gone, or the link has ended:
   * the way for a sender with much to say not to fill the queue.
   */
  whenWritable(): Promise<void> | undefined;
  /** Bytes that wait for the peer to read, beyond what the system has taken. */
  readonly queuedBytes: number;
}

/** Largest inbound message of a transport, in bytes, unless told otherwise: 64 MiB, the reference's WebSocket limit. */
export const defaultMaxFrameBytes = 64 * 1024 * 1024;

/** Most bytes that wait for a peer that does not read, unless told otherwise: 64 MiB. */
export const defaultMaxQueuedBytes = 64 * 1024 * 1024;
