import { connect as connectSocket } from "node:net";

import { SwitchboardError } from "../errors.js";
import { defaultMaxFrameBytes, type Transport } from "../transport.js";
import { WebSocketTransport } from "./websocket.js";

/** How to open a connection to a server. */
export interface ConnectOptions {
  /** Sent as `Authorization: Bearer …` on the upgrade. */
  readonly token?: string;
  /** More headers of the upgrade request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Largest message that is accepted, in bytes. Default: 64 MiB. */
  readonly maxFrameBytes?: number;
  readonly signal?: AbortSignal;
}

/**
 * Opens a client connection to `ws://HOST:PORT` or `unix://PATH` (WebSocket over the socket). The
 * caller owns the transport. For local control connections only: requests to model providers go
 * through the request client.
 *
 * @throws {@link SwitchboardError} `connection_refused` when the server cannot be reached or answers
 *   with anything but the upgrade; the message holds its answer.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Transport> {
  // Loaded here: a server on stdio needs no WebSockets.
  const { WebSocket } = await import("ws");
  const { token, headers = {}, maxFrameBytes = defaultMaxFrameBytes, signal } = options;
  const path = url.startsWith("unix://") ? url.slice("unix://".length) : undefined;
  return new Promise((resolve, reject) => {
    const refuse = (why: string, cause?: unknown) => {
      signal?.removeEventListener("abort", abort);
      reject(
        new SwitchboardError({
          code: "connection_refused",
          message: `cannot connect to ${url}: ${why}`,
          isRetryable: true,
          cause,
        }),
      );
    };
    const abort = () => {
      socket.terminate();
      refuse("aborted", signal?.reason);
    };
    // An abort that came before this call fires no event.
    if (signal?.aborted) return refuse("aborted", signal.reason);
    const socket = new WebSocket(path === undefined ? url : "ws://localhost/", {
      headers: { ...headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      maxPayload: maxFrameBytes,
      perMessageDeflate: false,
      ...(path === undefined ? {} : { createConnection: () => connectSocket(path) }),
    });
    signal?.addEventListener("abort", abort, { once: true });
    socket.once("error", (error) => refuse(error.message, error));
    socket.once("unexpected-response", (request, response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      // Not `end`: an answer that is cut off must not leave the caller waiting.
      response.on("close", () => {
        request.destroy();
        refuse(`${response.statusCode} ${Buffer.concat(parts).toString("utf8")}`.trim());
      });
    });
    socket.once("upgrade", ({ socket: stream }) => {
      socket.once("open", () => {
        signal?.removeEventListener("abort", abort);
        resolve(new WebSocketTransport({ kind: path === undefined ? "websocket" : "unix", socket, stream }));
      });
    });
  });
}
