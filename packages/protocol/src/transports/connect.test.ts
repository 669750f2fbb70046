import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";

import { afterEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";

import { endOf } from "../../test/support/ends.js";
import { connect } from "./connect.js";

let cleanUp: Array<() => unknown> = [];

afterEach(async () => {
  for (const each of cleanUp.toReversed()) await each();
  cleanUp = [];
});

/** A server that takes every upgrade and greets at once, and notes what it was asked. */
async function greeter(address: { path: string } | { port: number } = { port: 0 }) {
  const webSockets = new WebSocketServer({ noServer: true });
  const requests: IncomingMessage[] = [];
  const server = createServer();
  server.on("upgrade", (request, stream: Duplex, head) => {
    requests.push(request);
    stream.cork();
    webSockets.handleUpgrade(request, stream, head, (socket) => {
      // Leaves in one piece with the answer to the upgrade.
      socket.send('{"method":"greeting"}');
      stream.uncork();
    });
  });
  server.listen({ host: "127.0.0.1", ...address });
  await once(server, "listening");
  cleanUp.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  const bound = server.address();
  return { requests, url: typeof bound === "string" ? `unix://${bound}` : `ws://127.0.0.1:${bound?.port}` };
}

async function httpServer(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanUp.push(
    () => server.close(),
    () => server.closeAllConnections(),
  );
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("connect", () => {
  test("offers a plain upgrade with the token and the headers", async () => {
    const { url, requests } = await greeter();
    const transport = await connect(`${url}/some/path?x=1`, { token: "secret", headers: { "x-more": "yes" } });
    expect(transport.kind).toBe("websocket");
    expect(requests[0]?.url).toBe("/some/path?x=1");
    const headers = requests[0]?.headers ?? {};
    expect(headers).toMatchObject({ authorization: "Bearer secret", "x-more": "yes" });
    expect(headers).not.toHaveProperty("origin");
    expect(headers).not.toHaveProperty("sec-websocket-extensions");
    expect(headers).not.toHaveProperty("sec-websocket-protocol");
    transport.close();
  });

  test("asks for nothing that it was not given", async () => {
    const { url, requests } = await greeter();
    const transport = await connect(url);
    expect(requests[0]?.headers).not.toHaveProperty("authorization");
    transport.close();
  });

  test("reaches a unix socket", async () => {
    const folder = await mkdtemp(join(tmpdir(), "switchboard-connect-"));
    cleanUp.push(() => rm(folder, { recursive: true }));
    const { url, requests } = await greeter({ path: join(folder, "s.sock") });
    const transport = await connect(url, { token: "secret" });
    expect(transport.kind).toBe("unix");
    expect(requests[0]?.headers.authorization).toBe("Bearer secret");
    transport.close();
  });

  test("keeps what comes with the answer to the upgrade until there is a receiver", async () => {
    const { url } = await greeter();
    const transport = await connect(url);
    await new Promise((resolve) => setImmediate(resolve));
    const end = endOf(transport);
    await end.whenReceived(1);
    expect(end.received).toEqual(["greeting"]);
    transport.close();
  });

  test("can be closed without ever being started", async () => {
    const { url, requests } = await greeter();
    const transport = await connect(url);
    const stream = requests[0]?.socket;
    transport.close(1000, "changed my mind");
    if (stream?.destroyed === false) await once(stream, "close");
    const end = endOf(transport);
    expect(await end.closed).toEqual({ code: 1000, reason: "changed my mind" });
  });

  test("ends a connection that sends more than it accepts", async () => {
    const { url } = await greeter();
    const end = endOf(await connect(url, { maxFrameBytes: 5 }));
    await end.closed;
    expect(end.received).toEqual([]);
    expect(end.incidents).toEqual([{ text: expect.stringMatching(/max payload/i), cause: undefined }]);
  });

  test.each([
    [401, "missing websocket bearer token\n", "401 missing websocket bearer token"],
    [403, "", "403"],
    [200, "<html>", "200 <html>"],
  ])("tells what a server answers instead of the upgrade: %s", async (status, body, text) => {
    const url = await httpServer((_, response) => response.writeHead(status).end(body));
    await expect(connect(url)).rejects.toMatchObject({
      code: "connection_refused",
      message: `cannot connect to ${url}: ${text}`,
      isRetryable: true,
    });
  });

  test("does not wait for the rest of an answer that is cut off", async () => {
    const url = await httpServer((request, response) => {
      response.writeHead(503, { "content-length": 100 }).write("half an ");
      setImmediate(() => request.socket.destroy());
    });
    await expect(connect(url)).rejects.toMatchObject({ code: "connection_refused", message: /503 half an/ });
  });

  test.each(["ws://127.0.0.1:1", "unix:///nowhere/at/all.sock"])("fails for %s, where nobody listens", async (url) => {
    await expect(connect(url)).rejects.toMatchObject({
      code: "connection_refused",
      message: expect.stringContaining(`cannot connect to ${url}: connect E`),
      cause: expect.any(Error),
    });
  });

  test("stops when the signal aborts", async () => {
    // Accepts and never answers.
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => sockets.push(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    cleanUp.push(() => server.close());
    const controller = new AbortController();
    const attempt = connect(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { signal: controller.signal });
    const outcome = attempt.catch((error: unknown) => error);
    await once(server, "connection");
    const gone = once(sockets[0] ?? server, "close");
    sockets[0]?.resume();
    controller.abort(new Error("enough"));
    expect(await outcome).toMatchObject({ code: "connection_refused", cause: new Error("enough") });
    await gone;
  });

  test("does not even start when the signal has aborted before", async () => {
    const { url, requests } = await greeter();
    await expect(connect(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "connection_refused" });
    const transport = await connect(url);
    expect(requests).toHaveLength(1);
    transport.close();
  });

  test("an abort after the connection stands changes nothing", async () => {
    const { url } = await greeter();
    const controller = new AbortController();
    const end = endOf(await connect(url, { signal: controller.signal }));
    controller.abort();
    await end.whenReceived(1);
    expect(end.timesClosed()).toBe(0);
    end.peer.close();
  });
});
