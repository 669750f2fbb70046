import { createHash } from "node:crypto";

import { openWebSocket, WebSocketRefusedError } from "../open-web-socket.js";
import type { NetworkOptions } from "../network.js";
import type { Attribution, Headers, OnOutbound, OutboundEnd, OutboundRecord } from "../outbound.js";
import type { ResponsesBody } from "./events.js";
import { httpFailure } from "./http-failure.js";
import { ModelError, streamDisconnected } from "./model-error.js";
import { ResponseSocket } from "./response-socket.js";
import type { StreamReceiver } from "./stream-response.js";

/** One request for a response over a WebSocket. */
export interface SocketRequest {
  /** The provider, by its id: two providers share no socket, whatever else they share. */
  readonly provider: string;
  /** `ws:` or `wss:`, with the provider's query parameters. */
  readonly url: string;
  /** The request's own headers, for the handshake: the provider's, the protocol's, the credential. */
  readonly headers: Headers;
  /** The owner's headers, captured when the turn started. */
  readonly owner: Headers;
  readonly attribution?: Attribution;
  readonly body: ResponsesBody;
  /** What goes into the body's `client_metadata` on this way only. */
  readonly metadata: Headers;
  /** Longest handshake in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Longest silence in milliseconds while a response is waited for. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** What {@link ResponseSockets} are made from. */
export interface ResponseSocketsOptions {
  readonly network?: NetworkOptions;
  /**
   * Takes the record of every handshake, and of every request on a socket: as the handshake's, since its headers are
   * those that the request goes under, with `response.create` for a method.
   */
  readonly onRequest?: OnOutbound;
  /** How long a socket waits for its next request, in milliseconds. Default: 5 minutes. */
  readonly maxIdleMs?: number;
  /** Most sockets that wait. Default: 64. When one more is to wait, the one that waited longest is closed. */
  readonly maxIdle?: number;
}

/** A socket with what was noted of its handshake. */
interface OpenSocket {
  readonly socket: ResponseSocket;
  readonly record: OutboundRecord | undefined;
}

interface IdleSocket extends OpenSocket {
  readonly key: string;
  readonly timer: NodeJS.Timeout;
}

/** Headers that tell of one request. A socket serves many; the reference, too, sends those of the first only. */
const passingHeaders = new Set(["x-codex-turn-metadata", "x-codex-turn-state", "x-codex-window-id"]);

/**
 * The process's WebSockets to model providers. A socket serves one request at a time, and its next one only if
 * that would have had the very same handshake: provider, URL, the owner's names, credential, account and
 * conversation, all by value. So nobody's request goes out under another's name.
 */
export class ResponseSockets {
  readonly #options: ResponseSocketsOptions;
  /** Oldest first. */
  readonly #idle = new Set<IdleSocket>();
  readonly #open = new Set<ResponseSocket>();
  readonly #closing = new AbortController();

  constructor(options: ResponseSocketsOptions = {}) {
    this.#options = options;
  }

  /**
   * Asks for a response and hands over its events up to `response.completed`. Nothing is sent again.
   *
   * @throws {@link ModelError}, with the status of a refused handshake; the signal's reason when it aborted.
   */
  async stream(request: SocketRequest, receiver: StreamReceiver): Promise<void> {
    request.signal.throwIfAborted();
    const key = keyOf(request);
    const open = this.#take(key) ?? (await this.#connect(request));
    const onEnd = this.#note(open, request);
    const end = (how: Omit<OutboundEnd, "receivedBytes">) =>
      onEnd?.({ ...how, receivedBytes: open.socket.receivedBytes });
    try {
      await open.socket.ask({ ...request, url: withoutSecrets(request.url) }, receiver);
      end({ status: 200, failure: undefined });
    } catch (error) {
      const refusal = error instanceof ModelError ? error : undefined;
      end({ status: refusal?.httpStatus ?? undefined, failure: refusal?.code ?? "given_up" });
      throw error;
    }
    this.#keep(key, open);
  }

  /** Closes all sockets, those in use too. */
  close(): void {
    this.#closing.abort(streamDisconnected("the server is shutting down"));
    for (const { timer } of this.#idle) clearTimeout(timer);
    this.#idle.clear();
    for (const socket of this.#open) socket.close();
  }

  /** A socket that waits and still lives: the one used last. */
  #take(key: string): OpenSocket | undefined {
    for (const entry of [...this.#idle].toReversed()) {
      if (entry.key !== key) continue;
      this.#forget(entry);
      if (entry.socket.isOpen) return entry;
    }
    return undefined;
  }

  #note({ record }: OpenSocket, { attribution, metadata }: SocketRequest): ReturnType<OnOutbound> {
    if (record === undefined) return undefined;
    const traceparent = metadata["ws_request_header_traceparent"];
    return this.#options.onRequest?.({ ...record, method: "response.create", attribution, traceparent });
  }

  #keep(key: string, { socket, record }: OpenSocket): void {
    if (!socket.isOpen) return;
    const { maxIdleMs = 5 * 60_000, maxIdle = 64 } = this.#options;
    const entry: IdleSocket = {
      key,
      socket,
      record,
      timer: setTimeout(() => this.#drop(entry), maxIdleMs),
    };
    this.#idle.add(entry);
    for (const oldest of this.#idle) {
      if (this.#idle.size <= maxIdle) break;
      this.#drop(oldest);
    }
  }

  #forget(entry: IdleSocket): void {
    clearTimeout(entry.timer);
    this.#idle.delete(entry);
  }

  #drop(entry: IdleSocket): void {
    this.#forget(entry);
    entry.socket.close();
  }

  async #connect({ url, headers, owner, attribution, connectTimeoutMs, signal }: SocketRequest): Promise<OpenSocket> {
    const { network, onRequest } = this.#options;
    let noted: OutboundRecord | undefined;
    try {
      const opened = await openWebSocket({
        url,
        headers,
        owner,
        path: "responses-websocket",
        ...(attribution === undefined ? {} : { attribution }),
        ...(network === undefined ? {} : { network }),
        onRequest: (record) => {
          noted = record;
          return onRequest?.(record);
        },
        handshakeTimeoutMs: connectTimeoutMs,
        signal: AbortSignal.any([signal, this.#closing.signal]),
      });
      const socket = new ResponseSocket(opened, () => {
        this.#open.delete(socket);
        for (const entry of this.#idle) if (entry.socket === socket) this.#forget(entry);
      });
      this.#open.add(socket);
      if (this.#closing.signal.aborted) {
        socket.close();
        throw this.#closing.signal.reason;
      }
      return { socket, record: noted };
    } catch (error) {
      if (!(error instanceof WebSocketRefusedError)) throw error;
      const { answer, message } = error;
      if (answer === undefined) throw streamDisconnected(message, error);
      throw httpFailure({ ...answer, url: withoutSecrets(url) });
    }
  }
}

/** A digest, since a credential is part of it. */
function keyOf({ provider, url, headers, owner }: SocketRequest): string {
  const all = Object.entries({ ...owner, ...headers })
    .filter(([name]) => !passingHeaders.has(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([provider, url, all]))
    .digest("base64");
}

/** Query parameters and the part before the host may hold keys; they stay out of error texts. */
function withoutSecrets(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}
