import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";

import { WebSocketServer } from "ws";

import { messageOf, SwitchboardError } from "../errors.js";
import { defaultMaxFrameBytes, type Transport } from "../transport.js";
import { WebSocketTransport } from "../transports/websocket.js";
import { isLoopback, webSocketUrl, type ListenAddress } from "./listen-url.js";
import { clearUnixSocketPath } from "./unix-socket.js";
import type { WebSocketAuth } from "./websocket-auth.js";

/** What a {@link Listener} needs. */
export interface ListenerOptions {
  readonly address: Extract<ListenAddress, { kind: "tcp" | "unix" }>;
  /** Takes each new connection and owns it from then on. */
  readonly onConnection: (transport: Transport) => void;
  /** Required beyond loopback. */
  readonly auth?: WebSocketAuth;
  /** Paths, besides the upgrade, that answer 200 with an empty body. */
  readonly healthPaths: readonly string[];
  /** Largest inbound message in bytes. Default: 64 MiB. */
  readonly maxFrameBytes?: number;
  /** Most bytes that wait for one peer. Default: 64 MiB. */
  readonly maxQueuedBytes?: number;
}

/** An open server socket. It does not own the connections it has handed over. */
export interface Listener {
  /** `ws://IP:PORT` with the port that was bound, or `unix://PATH`. */
  readonly url: string;
  /** Stops accepting and frees the address. Connections that were handed over go on. */
  close(): Promise<void>;
}

/** Probes and idle HTTP clients may not hold sockets for long. */
const requestTimeoutMs = 10_000;

/**
 * Listens for WebSocket connections over TCP or a unix socket (mode 0600). Any request with an `Origin`
 * header gets 403, so no web page can reach the server through a browser.
 *
 * @throws {@link SwitchboardError} `listener_needs_auth` for an open listener beyond loopback,
 *   `listen_failed` when the address cannot be bound, and those of the unix socket path.
 */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { address, auth, healthPaths, onConnection } = options;
  if (address.kind === "tcp" && auth === undefined && !isLoopback(address.host)) {
    throw new SwitchboardError({
      code: "listener_needs_auth",
      message: `refusing to listen on ${address.host} without authentication: everybody who reaches it could run commands here. Add --ws-auth capability-token or --ws-auth signed-bearer-token, or listen on 127.0.0.1`,
    });
  }
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxFrameBytes ?? defaultMaxFrameBytes,
  });
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) => answerPlain(request, response, healthPaths));
  server.on("upgrade", (request, stream, head) => {
    stream.on("error", () => stream.destroy());
    void admit(request, auth).then((refusal) => {
      if (refusal !== undefined) return refuse(stream, refusal);
      webSockets.handleUpgrade(request, stream, head, (socket) => {
        setSocketOptions(stream);
        const kind = address.kind === "unix" ? "unix" : "websocket";
        const limits = options.maxQueuedBytes === undefined ? {} : { maxQueuedBytes: options.maxQueuedBytes };
        onConnection(new WebSocketTransport({ kind, socket, stream, ...limits }));
      });
    });
  });
  const url = await bind(server, address);
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        // The callback of `close` would wait for the connections that were handed over.
        server.close();
        server.closeAllConnections();
        setImmediate(resolve);
      }),
  };
}

interface Refusal {
  readonly status: string;
  readonly text: string;
}

const forbiddenOrigin: Refusal = { status: "403 Forbidden", text: "" };

async function admit(request: IncomingMessage, auth: WebSocketAuth | undefined): Promise<Refusal | undefined> {
  if (request.headers.origin !== undefined) return forbiddenOrigin;
  const verdict = await auth?.check(request.headers.authorization);
  return verdict === undefined || verdict.ok ? undefined : { status: "401 Unauthorized", text: verdict.reason };
}

function refuse(stream: Duplex, { status, text }: Refusal): void {
  const body = Buffer.from(text);
  stream.end(
    `HTTP/1.1 ${status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${text}`,
    () => stream.destroy(),
  );
}

function answerPlain(request: IncomingMessage, response: ServerResponse, healthPaths: readonly string[]): void {
  const [path = "/"] = (request.url ?? "/").split("?");
  if (request.headers.origin !== undefined) response.writeHead(403).end();
  else if (request.method === "GET" && healthPaths.includes(path)) response.writeHead(200).end();
  else response.writeHead(400, { "content-type": "text/plain; charset=utf-8" }).end("Connection header did not include 'upgrade'");
}

/** Small frames must not wait for each other's acknowledgement; vanished peers must be noticed without pings. */
function setSocketOptions(stream: Duplex): void {
  if (!isTcpSocket(stream)) return;
  stream.setNoDelay(true);
  stream.setKeepAlive(true, 60_000);
}

function isTcpSocket(stream: Duplex): stream is Socket {
  return "setNoDelay" in stream && "setKeepAlive" in stream;
}

async function bind(server: Server, address: ListenerOptions["address"]): Promise<string> {
  if (address.kind === "unix") await clearUnixSocketPath(address.path);
  return new Promise((resolve, reject) => {
    server.once("error", (error) => {
      const where = address.kind === "unix" ? address.path : webSocketUrl(address.host, address.port);
      reject(new SwitchboardError({ code: "listen_failed", message: `cannot listen on ${where}: ${messageOf(error)}`, cause: error }));
    });
    if (address.kind === "unix") {
      // The socket must never exist with a wider mode, not even for a moment.
      const before = process.umask(0o177);
      server.listen(address.path, () => resolve(`unix://${address.path}`));
      process.umask(before);
    } else {
      server.listen(address.port, address.host, 4096, () => {
        const bound = server.address();
        resolve(webSocketUrl(address.host, typeof bound === "object" && bound !== null ? bound.port : address.port));
      });
    }
  });
}
