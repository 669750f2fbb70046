import { withinTime, type ModelError } from "@switchboard/client";
import type { ClientIdentity } from "@switchboard/login";

import type { Emit } from "../emit.js";
import type { ModelProvider } from "../model-provider.js";
import { unlessAborted } from "../unless-aborted.js";

/** A socket that is being made ready, and for whom. */
interface WarmUp {
  readonly owner: ClientIdentity;
  readonly done: Promise<void>;
}

/**
 * How a thread's requests reach the model: over WebSockets if the provider has them, until that has failed too
 * often; from then on over HTTP. As in the reference each thread finds out for itself, and for good.
 */
export class ModelWire {
  readonly #threadId: string;
  readonly #emit: Emit;
  readonly #connectTimeoutMs: number;
  readonly #closing = new AbortController();
  #usesWebSocket: boolean;
  #warmUp: WarmUp | undefined;

  constructor({ supportsWebSockets, webSocketConnectTimeoutMs }: ModelProvider, threadId: string, emit: Emit) {
    this.#connectTimeoutMs = webSocketConnectTimeoutMs;
    this.#usesWebSocket = supportsWebSockets;
    this.#threadId = threadId;
    this.#emit = emit;
  }

  get usesWebSocket(): boolean {
    return this.#usesWebSocket;
  }

  /** Has a socket made ready for one owner, within the time that a handshake may take. If it fails nothing is said. */
  warmUp(owner: ClientIdentity, work: (signal: AbortSignal) => Promise<void>): void {
    const late = () => new Error("the socket was not ready in time");
    const done = withinTime({ limitMs: this.#connectTimeoutMs, late, signal: this.#closing.signal }, work)
      .catch(() => undefined)
      .finally(() => (this.#warmUp = undefined));
    this.#warmUp = { owner, done };
  }

  /** Resolves when the owner's socket is ready, or will not be. For another owner there is nothing to wait for. */
  async whenReadyFor(owner: ClientIdentity, signal: AbortSignal): Promise<void> {
    if (this.#warmUp?.owner === owner) await unlessAborted(this.#warmUp.done, signal);
  }

  /** Gives up a socket that is being made ready. */
  close(): void {
    this.#closing.abort();
  }

  /** Goes on over HTTP without a word: the provider says that it has no WebSockets. */
  useHttp(): void {
    this.#usesWebSocket = false;
  }

  /** Goes on over HTTP after failures, and tells clients. False when that is what failed. */
  fallBack({ message }: ModelError): boolean {
    if (!this.#usesWebSocket) return false;
    this.#usesWebSocket = false;
    this.#emit("warning", {
      threadId: this.#threadId,
      message: `Falling back from WebSockets to HTTPS transport. ${message}`,
    });
    return true;
  }
}
