import { createServer, type RequestListener } from "node:http";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";

import { createRequestClient } from "@switchboard/client";
import { onTestFinished } from "vitest";

import {
  HttpRequests,
  type BodyDelta,
  type HttpRequestParams,
  type HttpRequestsOptions,
} from "../../src/http/index.js";

/** An HTTP server on loopback until the test is over; gives its origin. */
export function startOrigin(listener: RequestListener): Promise<string> {
  return listen(createServer(listener));
}

/** A TCP server for answers that no HTTP server would give; gives its origin. */
export function startTcpOrigin(onConnection: (socket: Socket) => void): Promise<string> {
  return listen(
    createTcpServer((socket) => {
      socket.on("error", () => undefined);
      onConnection(socket);
    }),
  );
}

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return `http://127.0.0.1:${address.port}`;
}

/** One connection's requests, and the deltas that it was told. */
export interface Requests {
  readonly http: HttpRequests;
  readonly deltas: readonly BodyDelta[];
  /** Sends a request; a GET with the id `r` unless it says otherwise. */
  readonly send: (params: Partial<HttpRequestParams>, signal?: AbortSignal) => ReturnType<HttpRequests["request"]>;
  /** Settles with the deltas of a stream when the last one was told. */
  readonly stream: (requestId: string) => Promise<readonly BodyDelta[]>;
}

/** Opens the requests of a connection. They and their client are closed when the test is over. */
export function openRequests(options: Partial<HttpRequestsOptions> = {}): Requests {
  const client = createRequestClient();
  const deltas: BodyDelta[] = [];
  const listeners = new Set<() => void>();
  const http = new HttpRequests({
    client,
    environment: {},
    ...options,
    onBodyDelta(delta) {
      deltas.push(delta);
      for (const listener of listeners) listener();
      return options.onBodyDelta?.(delta);
    },
  });
  onTestFinished(async () => {
    http.close();
    await client.close();
  });
  return {
    http,
    deltas,
    send: (params, signal = new AbortController().signal) =>
      http.request({ requestId: "r", method: "GET", url: "http://127.0.0.1:1/", ...params }, signal),
    stream: (requestId) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!deltas.some((delta) => delta.requestId === requestId && delta.done)) return;
          listeners.delete(look);
          resolve(deltas.filter((delta) => delta.requestId === requestId));
        };
        listeners.add(look);
        look();
      }),
  };
}
