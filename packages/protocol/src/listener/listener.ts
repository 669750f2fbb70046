import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from "node:http";
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
  /** The only path that can be upgraded; every other one is 404. Default: any path. */
  readonly upgradePath?: string;
  /** Ping clients that have sent no message for so many milliseconds. Default: never. */
  readonly pingIntervalMs?: number;
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
  const { address, auth, onConnection } = options;
  if (address.kind === "tcp" && auth === undefined && !isLoopback(address.host)) {
    throw new SwitchboardError({
      code: "listener_needs_auth",
      message: `refusing to listen on ${address.host} without authentication: everybody who reaches it could run commands here. Add --ws-auth capability-token or --ws-auth signed-bearer-token, or listen on 127.0.0.1`,
    });
  }
  if (address.kind === "unix" && process.platform === "win32") {
    throw new SwitchboardError({
      code: "unsupported_platform",
      message: "unix sockets cannot be listened on under Windows; use --listen ws://127.0.0.1:PORT",
    });
  }
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxFrameBytes ?? defaultMaxFrameBytes,
  });
  const server = createServer({ requestTimeout: requestTimeoutMs }, (request, response) =>
    answerPlain(response, decidePlain(request, options)),
  );
  server.on("upgrade", (request, stream, head) => {
    stream.on("error", () => stream.destroy());
    void decide(request, options).then((answer) => {
      if (answer !== undefined) return answerUpgrade(stream, answer);
      // The listener may have closed meanwhile, and its owner expects no more connections.
      if (!server.listening) return stream.destroy();
      webSockets.handleUpgrade(request, stream, head, (socket) => {
        setSocketOptions(stream);
        const { pingIntervalMs } = options;
        const kind = address.kind === "unix" ? "unix" : "websocket";
        const limits = options.maxQueuedBytes === undefined ? {} : { maxQueuedBytes: options.maxQueuedBytes };
        onConnection(new WebSocketTransport({ kind, socket, stream, pingIntervalMs, ...limits }));
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

/** An answer in plain HTTP: an upgrade was refused or not asked for. */
interface Answer {
  readonly status: number;
  readonly text?: string;
  readonly allow?: string;
}

/** What an upgrade request gets instead of a WebSocket, if anything. */
async function decide(
  request: IncomingMessage,
  { auth, healthPaths, upgradePath }: ListenerOptions,
): Promise<Answer | undefined> {
  if (request.headers.origin !== undefined) return { status: 403 };
  // Some HTTP clients offer an upgrade to HTTP/2 with every request, also with a probe.
  if (healthPaths.includes(pathOf(request))) return health(request);
  if (upgradePath !== undefined && pathOf(request) !== upgradePath) return { status: 404 };
  const verdict = await auth?.check(request.headers.authorization);
  return verdict === undefined || verdict.ok ? undefined : { status: 401, text: verdict.reason };
}

function decidePlain(request: IncomingMessage, { healthPaths, upgradePath }: ListenerOptions): Answer {
  if (request.headers.origin !== undefined) return { status: 403 };
  if (healthPaths.includes(pathOf(request))) return health(request);
  if (upgradePath !== undefined && pathOf(request) !== upgradePath) return { status: 404 };
  if (request.method !== "GET") return { status: 405, text: "Request method must be `GET`" };
  return { status: 400, text: "Connection header did not include 'upgrade'" };
}

function pathOf({ url = "/" }: IncomingMessage): string {
  const [path = "/"] = url.split("?");
  return path;
}

function health({ method }: IncomingMessage): Answer {
  return method === "GET" || method === "HEAD" ? { status: 200 } : { status: 405, allow: "GET,HEAD" };
}

function headersOf({ text, allow }: Answer): Record<string, string> {
  return {
    ...(text === undefined ? {} : { "content-type": "text/plain; charset=utf-8" }),
    ...(allow === undefined ? {} : { allow }),
    "content-length": String(Buffer.byteLength(text ?? "")),
  };
}

function answerPlain(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, headersOf(answer)).end(answer.text);
}

/** An upgrade request has no response object, only its socket. */
function answerUpgrade(stream: Duplex, answer: Answer): void {
  const headers = Object.entries({ ...headersOf(answer), connection: "close" });
  const head = [`HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}`, ...headers.map((each) => each.join(": "))];
  stream.end(`${head.join("\r\n")}\r\n\r\n${answer.text ?? ""}`, () => stream.destroy());
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
    // Stays for good: a failure to accept one connection, for want of file descriptors, must not end the process.
    server.on("error", (error) => {
      const where = address.kind === "unix" ? address.path : webSocketUrl(address.host, address.port);
      reject(
        new SwitchboardError({
          code: "listen_failed",
          message: `cannot listen on ${where}: ${messageOf(error)}`,
          cause: error,
        }),
      );
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
