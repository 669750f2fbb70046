import {
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
  parseMessage,
  type Frame,
  type Message,
  type RequestId,
} from "./envelope.js";
import { messageOf, SwitchboardError } from "./errors.js";
import type { W3cTraceContext } from "./generated/index.js";
import { invalidRequest, RpcError, rpcCodes } from "./rpc-error.js";
import type { Transport, TransportClosed } from "./transport.js";

/** A request from the other side, while it is being answered. */
export interface IncomingRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly params: unknown;
  /** The trace that it is part of, as the client says; not checked. */
  readonly trace: W3cTraceContext | undefined;
  /** Aborts when the connection closes before the answer. Made on first use. */
  readonly signal: AbortSignal;
  /** Runs `action` right after the reply was queued, so that what it sends comes after the reply. */
  afterReply(action: () => void): void;
}

/**
 * What to do with input that is not a request this side can route. The app-server ignores all of it,
 * as the reference's does; an exec-server is stricter.
 */
export interface IrregularInput {
  /** Not a message. `reply` answers -32600 under the id -1. */
  readonly malformed: "ignore" | "reply";
  /** A binary WebSocket frame. */
  readonly binary: "ignore" | "parse";
  /** A notification that nobody handles. `terminate` breaks the connection without a word, as the reference does. */
  readonly unknownNotification: "ignore" | "terminate";
  /** A reply to a request that was never sent, or was answered before. */
  readonly strayReply: "ignore" | "terminate";
}

const lenient: IrregularInput = {
  malformed: "ignore",
  binary: "ignore",
  unknownNotification: "ignore",
  strayReply: "ignore",
};

/** What a {@link Peer} is made from. Handlers may be called as soon as the peer exists. */
export interface PeerOptions {
  readonly transport: Transport;
  /** Answers a request: a result (undefined becomes `{}`), or a thrown {@link RpcError}. */
  readonly onRequest: (request: IncomingRequest) => unknown;
  /** Returns false for a notification it does not know. */
  readonly onNotification?: (method: string, params: unknown) => boolean;
  /** Called once, after all pending requests were ended. */
  readonly onClosed?: (closed: TransportClosed) => void;
  /** Something worth a log line happened: irregular input, or a handler failed unexpectedly. */
  readonly onIncident?: (text: string, cause?: unknown) => void;
  readonly irregular?: IrregularInput;
  /**
   * The next id for a request to the other side. A server gives all its peers the same counter, so
   * that one request can go to several peers under one id. Default: a counter of this peer's own, from 0.
   */
  readonly nextRequestId?: () => number;
  /** Most incoming requests in work at once; more are answered -32001. Default: 1024. */
  readonly maxRequestsInWork?: number;
}

/** How {@link Peer.request} sends. */
export interface RequestOptions {
  /** Stops waiting. The protocol has no cancellation message, so the other side is not told. */
  readonly signal?: AbortSignal;
  /** Use this id instead of the next one, to send one request to several peers. */
  readonly id?: number;
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

interface PendingRequest {
  settle(outcome: Outcome): void;
}

/** A counter of server request ids, from 0, to be shared between peers. */
export function requestIdCounter(): () => number {
  let next = 0;
  return () => next++;
}

/**
 * One end of a connection: requests both ways, notifications, and an end that settles everything.
 * It knows nothing of methods; validation and routing belong to its handlers.
 */
export class Peer {
  readonly #transport: Transport;
  readonly #options: PeerOptions;
  readonly #irregular: IrregularInput;
  readonly #nextRequestId: () => number;
  readonly #maxRequestsInWork: number;
  /** Requests that are being answered, and when they will have been. */
  readonly #inWork = new Map<RequestInWork, Promise<void>>();
  readonly #pending = new Map<RequestId, PendingRequest>();
  /** Requests that were aborted and whose answers, if they come, are no news. */
  readonly #abandoned = new Set<RequestId>();
  #closed: TransportClosed | undefined;

  constructor(options: PeerOptions) {
    this.#options = options;
    this.#transport = options.transport;
    this.#irregular = options.irregular ?? lenient;
    this.#nextRequestId = options.nextRequestId ?? requestIdCounter();
    this.#maxRequestsInWork = options.maxRequestsInWork ?? 1024;
    this.#transport.start({
      onFrame: (text, binary) => this.#receive(text, binary),
      onIrregular: (reason) => options.onIncident?.(reason),
      onClosed: (closed) => this.#end(closed),
    });
  }

  /** Sends a notification. `emittedAtMs` is a server's time stamp. */
  notify(method: string, params?: unknown, emittedAtMs?: number): void {
    this.#transport.send(encodeNotification(method, params, emittedAtMs));
  }

  /** Sends a message that is already encoded, to spare encoding it once per receiver. */
  sendFrame(frame: Frame): void {
    this.#transport.send(frame);
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws {@link RpcError} as the other side answered it; {@link SwitchboardError} `connection_closed`
   *   when the connection ends first; the signal's reason when it aborts.
   */
  request(
    method: string,
    params?: unknown,
    { signal, id = this.#nextRequestId() }: RequestOptions = {},
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== undefined) return reject(connectionClosed(this.#closed));
      if (signal?.aborted) return reject(signal.reason);
      const frame = encodeRequest(id, method, params);
      const abort = () => {
        this.#abandoned.add(id);
        this.#pending.get(id)?.settle({ error: signal?.reason });
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#pending.set(id, {
        settle: (outcome) => {
          this.#pending.delete(id);
          signal?.removeEventListener("abort", abort);
          if ("error" in outcome) reject(outcome.error);
          else resolve(outcome.result);
        },
      });
      this.#transport.send(frame);
    });
  }

  /** Resolves when every request that is in work now has been answered. */
  async whenAnswered(): Promise<void> {
    await Promise.allSettled(this.#inWork.values());
  }

  /** Ends the connection after what is already queued. */
  close(code?: number, reason?: string): void {
    this.#transport.close(code, reason);
  }

  /** Ends the connection at once and without a word; see {@link Transport.terminate}. */
  terminate(): void {
    this.#transport.terminate();
  }

  /** See {@link Transport.queuedBytes}. */
  get queuedBytes(): number {
    return this.#transport.queuedBytes;
  }

  /** See {@link Transport.whenWritable}. */
  whenWritable(): Promise<void> | undefined {
    return this.#transport.whenWritable();
  }

  #receive(text: string, binary: boolean): void {
    if (this.#closed !== undefined) return;
    if (binary && this.#irregular.binary === "ignore") {
      this.#options.onIncident?.("dropped a binary frame: messages are text frames");
      return;
    }
    const message = parseMessage(text);
    switch (message.kind) {
      case "request":
        return this.#answer(message);
      case "notification":
        return this.#take(message);
      case "result":
        return this.#settle(message.id, message);
      case "error": {
        const { code, message: reason, data } = message.error;
        return this.#settle(message.id, { error: new RpcError(code, reason, data) });
      }
      case "malformed":
        this.#options.onIncident?.(`malformed message: ${message.reason}`);
        if (this.#irregular.malformed === "reply") {
          this.#transport.send(encodeError(-1, invalidRequest(`failed to parse message: ${message.reason}`).toJSON()));
        }
    }
  }

  #answer({ id, method, params, trace }: Extract<Message, { kind: "request" }>): void {
    if (this.#inWork.size >= this.#maxRequestsInWork) {
      const error = new RpcError(rpcCodes.overloaded, "Server overloaded; retry later.");
      this.#transport.send(encodeError(id, error.toJSON()));
      return;
    }
    const request = new RequestInWork(id, method, params, trace);
    let result: unknown;
    try {
      result = this.#options.onRequest(request);
    } catch (error) {
      return this.#fail(request, error);
    }
    // Most answers are ready at once and pay neither for a promise nor for the bookkeeping of one.
    if (!(result instanceof Promise)) return this.#succeed(request, result);
    const answer = result.then(
      (value: unknown) => this.#succeed(request, value),
      (error: unknown) => this.#fail(request, error),
    );
    this.#inWork.set(request, answer);
  }

  #succeed(request: RequestInWork, result: unknown): void {
    let frame: Frame;
    try {
      frame = encodeResult(request.id, result);
    } catch (error) {
      return this.#fail(request, error);
    }
    this.#reply(request, frame);
  }

  #fail(request: RequestInWork, thrown: unknown): void {
    // A handler that gives up because the connection has ended, as its signal told it to, has not failed.
    if (!(thrown instanceof RpcError) && !request.wasAbortedBy(thrown)) {
      this.#options.onIncident?.(`${request.method} failed`, thrown);
    }
    const error =
      thrown instanceof RpcError ? thrown : new RpcError(rpcCodes.internal, `internal error: ${messageOf(thrown)}`);
    this.#reply(request, encodeError(request.id, error.toJSON()));
  }

  #reply(request: RequestInWork, frame: Frame): void {
    this.#inWork.delete(request);
    this.#transport.send(frame);
    try {
      request.replied();
    } catch (error) {
      this.#options.onIncident?.(`${request.method} failed after its reply`, error);
    }
  }

  #take({ method, params }: Extract<Message, { kind: "notification" }>): void {
    let known = false;
    try {
      known = this.#options.onNotification?.(method, params) ?? false;
    } catch (error) {
      this.#options.onIncident?.(`${method} failed`, error);
      return;
    }
    if (known) return;
    this.#options.onIncident?.(`unknown notification: ${method}`);
    if (this.#irregular.unknownNotification === "terminate") this.terminate();
  }

  #settle(id: RequestId, outcome: Outcome): void {
    const pending = this.#pending.get(id);
    if (pending !== undefined) return pending.settle(outcome);
    if (this.#abandoned.delete(id)) return;
    this.#options.onIncident?.(`reply to no request: ${JSON.stringify(id)}`);
    if (this.#irregular.strayReply === "terminate") this.terminate();
  }

  #end(closed: TransportClosed): void {
    this.#closed = closed;
    const error = connectionClosed(closed);
    for (const request of this.#inWork.keys()) request.abort(error);
    this.#inWork.clear();
    for (const pending of this.#pending.values()) pending.settle({ error });
    this.#options.onClosed?.(closed);
  }
}

class RequestInWork implements IncomingRequest {
  readonly id: RequestId;
  readonly method: string;
  readonly params: unknown;
  readonly trace: W3cTraceContext | undefined;
  #controller: AbortController | undefined;
  #afterReply: Array<() => void> | undefined;

  constructor(id: RequestId, method: string, params: unknown, trace: W3cTraceContext | undefined) {
    this.id = id;
    this.method = method;
    this.params = params;
    this.trace = trace;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  afterReply(action: () => void): void {
    (this.#afterReply ??= []).push(action);
  }

  replied(): void {
    for (const action of this.#afterReply ?? []) action();
  }

  wasAbortedBy(reason: unknown): boolean {
    return this.#controller?.signal.aborted === true && this.#controller.signal.reason === reason;
  }

  abort(reason: Error): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}

function connectionClosed({ code, reason }: TransportClosed): SwitchboardError {
  const why = reason === "" ? `code ${code}` : `code ${code}, ${reason}`;
  return new SwitchboardError({
    code: "connection_closed",
    message: `the connection is closed (${why})`,
    isRetryable: true,
  });
}
