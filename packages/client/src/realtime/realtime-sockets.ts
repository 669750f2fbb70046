import type { NetworkOptions } from "../network.js";
import { openWebSocketAs, WebSocketRefusedError } from "../open-web-socket.js";
import type { Attribution, Headers, OnOutbound } from "../outbound.js";
import { streamDisconnected } from "../responses/model-error.js";
import { handshakeFailure } from "./handshake-failure.js";
import { RealtimeSocket } from "./realtime-socket.js";
import type { RealtimeVersion } from "./version.js";

/** One WebSocket to a realtime endpoint: of a conversation, or beside a call. */
export interface RealtimeSocketRequest {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly version: RealtimeVersion;
  /** The handshake's own headers: the provider's, the protocol's, the credential. */
  readonly headers: Headers;
  /** The owner's headers, captured when the conversation was asked for. */
  readonly owner: Headers;
  readonly attribution: Attribution;
  /** Longest handshake in milliseconds. */
  readonly connectTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** Largest message of a peer in bytes; a longer one ends the connection. */
const maxMessageBytes = 16 * 1024 * 1024;

/** The process's WebSockets to realtime endpoints. None is ever used for a second conversation. */
export class RealtimeSockets {
  readonly #network: NetworkOptions;
  readonly #onRequest: OnOutbound | undefined;
  readonly #closing = new AbortController();

  constructor({
    network = {},
    onRequest,
  }: { readonly network?: NetworkOptions; readonly onRequest?: OnOutbound } = {}) {
    this.#network = network;
    this.#onRequest = onRequest;
  }

  /**
   * Opens a WebSocket, which then belongs to the caller.
   *
   * @throws {@link ModelError}, with the status of a refusal; the signal's reason when it aborted.
   */
  async open(request: RealtimeSocketRequest): Promise<RealtimeSocket> {
    const { url, version, headers, owner, attribution, connectTimeoutMs } = request;
    const signal = AbortSignal.any([request.signal, this.#closing.signal]);
    try {
      const opened = await openWebSocketAs(
        {
          url,
          headers,
          owner,
          attribution,
          path: "realtime-websocket",
          network: this.#network,
          ...(this.#onRequest === undefined ? {} : { onRequest: this.#onRequest }),
          handshakeTimeoutMs: connectTimeoutMs,
          maxMessageBytes,
          signal,
        },
        (socket) => new RealtimeSocket(socket, version),
      );
      if (signal.aborted) {
        opened.cut();
        throw signal.reason;
      }
      return opened;
    } catch (error) {
      throw error instanceof WebSocketRefusedError ? handshakeFailure(error) : error;
    }
  }

  /** Gives up all handshakes. What is open belongs to its conversation. */
  close(): void {
    this.#closing.abort(streamDisconnected("the server is shutting down"));
  }
}
