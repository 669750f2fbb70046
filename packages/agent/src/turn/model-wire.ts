import type { ModelError } from "@switchboard/client";

import type { Emit } from "../emit.js";
import type { ModelProvider } from "../model-provider.js";

/**
 * How a thread's requests reach the model: over WebSockets if the provider has them, until that has failed too
 * often; from then on over HTTP. As in the reference each thread finds out for itself, and for good.
 */
export class ModelWire {
  readonly #threadId: string;
  readonly #emit: Emit;
  #usesWebSocket: boolean;

  constructor({ supportsWebSockets }: ModelProvider, threadId: string, emit: Emit) {
    this.#usesWebSocket = supportsWebSockets;
    this.#threadId = threadId;
    this.#emit = emit;
  }

  get usesWebSocket(): boolean {
    return this.#usesWebSocket;
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
