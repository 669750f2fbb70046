import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, createServer as createTcpServer, type Server, type Socket } from "node:net";

import { onTestFinished } from "vitest";

import type { Certificates } from "@switchboard/simulator";

/** Listens on a free port of loopback until the test is over, and gives the port. */
async function listen(server: Server): Promise<number> {
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
  return address.port;
}

/** A TCP server for answers that no HTTP server would give. */
export async function startTcpServer(onConnection: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  return `http://127.0.0.1:${await listen(server)}`;
}

/** An HTTP server; gives its origin. */
export async function startHttpServer(listener: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createHttpServer(listener))}`;
}

/** An HTTPS server with a certificate for 127.0.0.1; gives its origin. */
export async function startHttpsServer({ key, certificate }: Certificates, listener: RequestListener): Promise<string> {
  return `https://127.0.0.1:${await listen(createHttpsServer({ key, cert: certificate }, listener))}`;
}

/** An origin where nobody listens. */
export async function refusingOrigin(): Promise<string> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${address.port}`;
}

/** A forward proxy and the hosts it was asked for. */
export interface Proxy {
  readonly url: string;
  /** `host:port` of every tunnel (CONNECT) and every request in absolute form. */
  readonly targets: readonly string[];
  /** Header lines the proxy itself could read: those of CONNECT, and those of requests it forwarded. */
  readonly seenHeaders: readonly string[];
}

/** Starts a proxy that passes everything on. */
export async function startProxy(): Promise<Proxy> {
  const targets: string[] = [];
  const seenHeaders: string[] = [];
  const server = createHttpServer((request, response) => {
    seenHeaders.push(...request.rawHeaders);
    const target = new URL(request.url ?? "");
    targets.push(target.host);
    const upstream = connect(Number(target.port), target.hostname, () => {
      const headers = request.rawHeaders.flatMap((name, index) =>
        index % 2 === 0 ? [`${name}: ${request.rawHeaders[index + 1] ?? ""}\r\n`] : [],
      );
      upstream.write(`${request.method} ${target.pathname}${target.search} HTTP/1.1\r\n${headers.join("")}\r\n`);
      request.pipe(upstream, { end: false });
      // The answer's bytes go back as they come, head included.
      if (response.socket !== null) upstream.pipe(response.socket);
    });
    upstream.on("error", () => response.destroy());
    request.socket.on("close", () => upstream.destroy());
  });
  server.on("connect", (request, socket, head) => {
    seenHeaders.push(...request.rawHeaders);
    targets.push(request.url ?? "");
    const [host, port] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
    socket.on("close", () => upstream.destroy());
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, targets, seenHeaders };
}
