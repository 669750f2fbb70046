import type { RawData, WebSocket } from "../open-web-socket.js";
import type { Headers } from "../outbound.js";
import type { ResponsesBody } from "./events.js";
import { inputOf, newInput, shapeOf, type KnownConversation } from "./incremental-input.js";
import { isJsonObject, type OutputItem } from "./items.js";
import { streamDisconnected } from "./model-error.js";
import { asSocketEvent } from "./socket-event.js";
import type { StreamReceiver } from "./stream-response.js";

/** One request on a socket. */
export interface SocketAsk {
  readonly url: string;
  readonly body: ResponsesBody;
  /** Added to the body's `client_metadata`. */
  readonly metadata: Headers;
  /** Longest silence in milliseconds. */
  readonly idleTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** A WebSocket on which responses are asked for, one after another. It is of no use after one that failed. */
export class ResponseSocket {
  readonly #socket: WebSocket;
  /** Of the messages that answered the last request, as UTF-8. */
  receivedBytes = 0;
  #known: KnownConversation | undefined;

  /** Takes the socket over. `onClose` is called once, whoever closes it. */
  constructor(socket: WebSocket, onClose: () => void) {
    this.#socket = socket;
    // An error comes with a close, which says all that matters.
    socket.on("error", () => undefined);
    socket.once("close", onClose);
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Closes it at once, without a word, as the reference does. */
  close(): void {
    this.#socket.terminate();
  }

  /**
   * Asks, and hands over the events up to `response.completed`. What the server knows from the request before is
   * not sent again. Fails as {@link streamResponse} does; then the socket is closed.
   */
  async ask(request: SocketAsk, receiver: StreamReceiver): Promise<void> {
    try {
      await this.#stream(request, receiver);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #stream({ url, body, metadata, idleTimeoutMs, signal }: SocketAsk, receiver: StreamReceiver): Promise<void> {
    const socket = this.#socket;
    const shape = shapeOf(body);
    // A copy: the caller's list grows while the answer arrives.
    const input = [...inputOf(body)];
    const known = this.#known;
    this.#known = undefined;
    const output: OutputItem[] = [];
    this.receivedBytes = 0;
    return new Promise((resolve, reject) => {
      const settle = (end: () => void) => {
        clearTimeout(silence);
        socket.off("message", onMessage);
        socket.off("close", onClose);
        signal.removeEventListener("abort", onAbort);
        end();
      };
      const fail = (error: unknown) => settle(() => reject(error));
      const silence =
        idleTimeoutMs === 0
          ? undefined
          : setTimeout(() => fail(streamDisconnected("idle timeout waiting for websocket")), idleTimeoutMs);
      const onAbort = () => fail(signal.reason);
      const onClose = () => fail(streamDisconnected("websocket closed by server before response.completed"));
      const onMessage = (data: RawData, isBinary: boolean) => {
        silence?.refresh();
        this.receivedBytes += bytesOf(data);
        if (isBinary) return fail(streamDisconnected("unexpected binary websocket event"));
        const message = asSocketEvent(textOf(data), url);
        try {
          if (message === undefined) return;
          if (message.kind === "failure") return fail(message.error);
          if (message.kind === "headers") return receiver.onHeaders(message.headers);
          const { event, responseId } = message;
          if (event.type === "response.output_item.done") output.push(event.item);
          receiver.onEvent(event);
          if (event.type !== "response.completed") return;
          if (responseId !== undefined) this.#known = { responseId, shape, input, output };
          settle(resolve);
        } catch (bug) {
          // A receiver that fails is a bug of ours and must not look like a broken stream.
          fail(bug);
        }
      };
      socket.on("message", onMessage);
      socket.once("close", onClose);
      signal.addEventListener("abort", onAbort, { once: true });
      if (signal.aborted) return onAbort();
      if (!this.isOpen) return onClose();
      socket.send(frameFor(body, metadata, known, shape, input));
    });
  }
}

/** A `response.create`, members in the reference's order. */
function frameFor(
  body: ResponsesBody,
  metadata: Headers,
  known: KnownConversation | undefined,
  shape: string,
  input: readonly unknown[],
): string {
  const fresh = known === undefined ? undefined : newInput(known, shape, input);
  const { model, stream, input: _whole, client_metadata: own, ...rest } = body;
  return JSON.stringify({
    type: "response.create",
    model,
    stream,
    ...(known === undefined || fresh === undefined ? {} : { previous_response_id: known.responseId }),
    input: fresh ?? input,
    ...rest,
    client_metadata: {
      ...(isJsonObject(own) ? own : {}),
      ...metadata,
      "x-codex-ws-stream-request-start-ms": String(Date.now()),
    },
  });
}

function bytesOf(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, part) => sum + part.length, 0) : data.byteLength;
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString("utf8");
  return Buffer.isBuffer(data) ? data.toString("utf8") : Buffer.from(data).toString("utf8");
}
