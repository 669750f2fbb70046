import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";

import { makeCertificates } from "./certificates.js";

/** A request as it arrived where it was meant to go. */
export interface InterceptedRequest {
  readonly scheme: "http" | "https";
  /** `host` or `host:port`, as the request names it. */
  readonly host: string;
  readonly method: string;
  readonly path: string;
  /** Names in lower case, in the order sent; values are UTF-8 decoded. */
  readonly headers: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body: Buffer;
  /** A header's value; several are joined with ", ". */
  readonly header: (name: string) => string | undefined;
}

/** What stands in for the real server. Default: 200 with an empty body. */
export interface InterceptedAnswer {
  readonly status?: number;
  readonly headers?: ReadonlyArray<readonly [name: string, value: string]>;
  readonly body?: string | Uint8Array;
}

/** How a proxy is started. */
export interface InterceptingProxyOptions {
  /** The hosts it stands in for over TLS; names with `*.` cover one label. */
  readonly hosts: readonly string[];
  readonly answer: (request: InterceptedRequest) => InterceptedAnswer | Promise<InterceptedAnswer>;
}

/** A running proxy. */
export interface InterceptingProxy extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, for `HTTPS_PROXY` and `HTTP_PROXY`. */
  readonly url: string;
  /** Its certificate authority, PEM, for `CODEX_CA_CERTIFICATE`. */
  readonly authority: string;
  /** Every request so far, in order. */
  readonly requests: readonly InterceptedRequest[];
  readonly close: () => Promise<void>;
}

/**
 * Starts an HTTP proxy on loopback that answers requests itself, in place of the servers they are meant for:
 * plain ones in absolute form, and those inside CONNECT tunnels, where it speaks TLS with certificates of its own
 * authority. WebSocket handshakes are accepted and then left silent.
 */
export async function startInterceptingProxy({ hosts, answer }: InterceptingProxyOptions): Promise<InterceptingProxy> {
  const certificates = await makeCertificates(hosts);
  const secureContext = createSecureContext({ cert: certificates.certificate, key: certificates.key });
  const requests: InterceptedRequest[] = [];
  const sockets = new Set<Duplex>();

  const record = async (incoming: IncomingMessage): Promise<InterceptedRequest> => {
    const request = await asRequest(incoming);
    requests.push(request);
    return request;
  };
  const respond = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { status = 200, headers = [], body = "" } = await answer(await record(incoming));
    response.writeHead(status, headers.flat());
    response.end(body);
  };
  const upgrade = async (incoming: IncomingMessage, socket: Duplex): Promise<void> => {
    const { headers = [] } = await answer(await record(incoming));
    const key = incoming.headers["sec-websocket-key"] ?? "";
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n${lines}\r\n`,
    );
  };
  const server = createServer((incoming, response) => {
    respond(incoming, response).catch(() => response.destroy());
  });
  server.on("upgrade", (incoming, socket) => {
    upgrade(incoming, socket).catch(() => socket.destroy());
  });
  server.on("connect", (_incoming, socket) => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    const secured = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ["http/1.1"] });
    secured.on("error", () => secured.destroy());
    // The same server goes on inside the tunnel.
    server.emit("connection", secured);
  });
  server.on("connection", (socket: Duplex) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url: `http://127.0.0.1:${port}`,
    authority: certificates.authority,
    requests,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function asRequest(incoming: IncomingMessage): Promise<InterceptedRequest> {
  const parts: Buffer[] = [];
  if (incoming.headers.upgrade === undefined) {
    for await (const part of incoming) if (Buffer.isBuffer(part)) parts.push(part);
  }
  const headers: Array<readonly [string, string]> = [];
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    const [name = "", value = ""] = incoming.rawHeaders.slice(index, index + 2);
    headers.push([name.toLowerCase(), Buffer.from(value, "latin1").toString("utf8")]);
  }
  const isAbsolute = /^http:\/\//i.test(incoming.url ?? "");
  const url = isAbsolute ? new URL(incoming.url ?? "") : undefined;
  return {
    scheme: incoming.socket instanceof TLSSocket ? "https" : "http",
    host: url?.host ?? incoming.headers.host ?? "",
    method: incoming.method ?? "",
    path: url === undefined ? (incoming.url ?? "") : url.pathname + url.search,
    headers,
    body: Buffer.concat(parts),
    header: (wanted) => {
      const values = headers.flatMap(([name, value]) => (name === wanted ? [value] : []));
      return values.length === 0 ? undefined : values.join(", ");
    },
  };
}
