import { createHash } from "node:crypto";
import { once } from "node:events";
import { lstat, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { createConnection, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";

import { SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";

import {
  capabilityTokenAuth,
  openListener,
  signedTokenAuth,
  type Listener,
  type ListenerOptions,
  type WebSocketAuth,
} from "../src/listener/index.js";
import type { TransportClosed } from "../src/transport.js";
import { connect } from "../src/transports/index.js";
import { endOf, type End } from "./support/ends.js";
import { rawRequest, upgradeHeaders } from "./support/raw-http.js";

const token = "the-token";
const capability = capabilityTokenAuth(createHash("sha256").update(token).digest());
const anyPort: ListenerOptions["address"] = { kind: "tcp", host: "127.0.0.1", port: 0 };

let listeners: Listener[] = [];
let ends: End[] = [];
let clients: WebSocket[] = [];

afterEach(async () => {
  for (const client of clients) client.terminate();
  for (const { peer } of ends) peer.close();
  await Promise.all(listeners.map((listener) => listener.close()));
  [listeners, ends, clients] = [[], [], []];
});

/** A listener that answers `{}` to every request of every connection. */
async function open(options: Partial<ListenerOptions> = {}) {
  const accepted: End[] = [];
  const listener = await openListener({
    address: anyPort,
    healthPaths: ["/readyz", "/healthz"],
    onConnection: (transport) => {
      accepted.push(endOf(transport));
      ends.push(...accepted.slice(-1));
    },
    ...options,
  });
  listeners.push(listener);
  const port = Number(/:(\d+)$/.exec(listener.url)?.[1]);
  return { listener, url: listener.url, where: { host: "127.0.0.1", port }, accepted };
}

/** A client whose frames are under the test's control. */
async function rawClient(url: string) {
  const client = new WebSocket(url);
  clients.push(client);
  const closed = new Promise<TransportClosed>((resolve) =>
    client.on("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") })),
  );
  client.on("error", () => undefined);
  const answers: string[] = [];
  client.on("message", (data: Buffer) => answers.push(data.toString("utf8")));
  await once(client, "open");
  return { client, closed, answers };
}

async function clientOf(url: string, options?: Parameters<typeof connect>[1]): Promise<End> {
  const end = endOf(await connect(url, options));
  ends.push(end);
  return end;
}

const auths: ReadonlyArray<readonly [string, Partial<ListenerOptions>]> = [
  ["without authentication", {}],
  ["with a capability token", { auth: capability }],
  ["with signed tokens", { auth: signedTokenAuth({ sharedSecret: Buffer.alloc(32, 1) }) }],
];

describe.each(auths)("a listener %s", (_, options) => {
  test.each(["/readyz", "/healthz", "/readyz?verbose=1"])("answers a probe of %s", async (path) => {
    const { where } = await open(options);
    for (const method of ["GET", "HEAD"]) {
      const answer = await rawRequest(where, `${method} ${path} HTTP/1.1`, ["Host: h", "Connection: close"]);
      expect(answer).toMatchObject({ status: 200, body: "", headers: { "content-length": "0" } });
    }
    const answer = await rawRequest(where, `POST ${path} HTTP/1.1`, ["Host: h", "Connection: close"]);
    expect(answer).toMatchObject({ status: 405, body: "", headers: { allow: "GET,HEAD" } });
  });

  test.each([
    ["to a WebSocket", upgradeHeaders],
    ["to HTTP/2", ["Host: h", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"]],
  ])("answers a probe that offers an upgrade %s", async (__, headers) => {
    const { where, accepted } = await open(options);
    const answer = await rawRequest(where, "GET /readyz HTTP/1.1", headers);
    expect(answer).toMatchObject({ status: 200, body: "", headers: { "content-length": "0" } });
    expect(accepted).toEqual([]);
  });

  test.each(["/", "/readyz", "/healthz", "/foo"])("refuses a browser on %s", async (path) => {
    const { where, accepted } = await open(options);
    for (const origin of ["Origin: http://127.0.0.1", "Origin: null", "Origin:", "oRiGiN: https://any.example"]) {
      for (const headers of [["Host: h", "Connection: close"], upgradeHeaders]) {
        const request = [...headers, `Authorization: Bearer ${token}`, origin];
        const answer = await rawRequest(where, `GET ${path} HTTP/1.1`, request);
        expect(answer).toMatchObject({ status: 403, body: "", headers: { "content-length": "0" } });
      }
    }
    expect(accepted).toEqual([]);
  });

  test("says what is wrong with a plain request", async () => {
    const { where } = await open(options);
    for (const path of ["/", "/foo", "/readyz/", "/?/readyz"]) {
      expect(await rawRequest(where, `GET ${path} HTTP/1.1`, ["Host: h", "Connection: close"])).toMatchObject({
        status: 400,
        headers: { "content-type": "text/plain; charset=utf-8", "content-length": "43" },
        body: "Connection header did not include 'upgrade'",
      });
      for (const method of ["POST", "OPTIONS", "PUT", "DELETE", "HEAD"]) {
        const answer = await rawRequest(where, `${method} ${path} HTTP/1.1`, ["Host: h", "Connection: close"]);
        expect(answer).toMatchObject({
          status: 405,
          headers: { "content-type": "text/plain; charset=utf-8", "content-length": "28" },
          body: method === "HEAD" ? "" : "Request method must be `GET`",
        });
      }
    }
  });

  test("survives what is no HTTP", async () => {
    const { where } = await open(options);
    expect(await rawRequest(where, "garbage")).toMatchObject({ status: 400 });
    expect(await rawRequest(where, "GET /readyz HTTP/1.1", ["Host: h", "Connection: close"])).toMatchObject({
      status: 200,
    });
  });
});

describe("an upgrade", () => {
  test.each(["/", "/foo", "/?a=b", "/readyz/x"])("works on %s", async (path) => {
    const { where } = await open();
    expect(await rawRequest(where, `GET ${path} HTTP/1.1`, upgradeHeaders)).toMatchObject({
      status: 101,
      headers: { upgrade: "websocket", "sec-websocket-accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" },
    });
  });

  test("negotiates neither compression nor anything else that is offered", async () => {
    const { where } = await open();
    const { status, headers } = await rawRequest(where, "GET / HTTP/1.1", [
      ...upgradeHeaders,
      "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
      "x-codex-app-server-compression: zstd-stream-v1",
    ]);
    expect(status).toBe(101);
    expect(Object.keys(headers).toSorted()).toEqual(["connection", "sec-websocket-accept", "upgrade"]);
  });

  test.each([
    ["without a key", upgradeHeaders.filter((each) => !each.startsWith("Sec-WebSocket-Key"))],
    [
      "of an unknown version",
      [...upgradeHeaders.filter((each) => !each.includes("Version")), "Sec-WebSocket-Version: 12"],
    ],
    ["to something else", ["Host: h", "Connection: Upgrade", "Upgrade: h2c"]],
  ])("%s is refused", async (_, headers) => {
    const { where, accepted } = await open();
    expect(await rawRequest(where, "GET / HTTP/1.1", headers)).toMatchObject({ status: 400 });
    expect(accepted).toEqual([]);
  });

  test("makes a connection that says what it is", async () => {
    const kinds: string[] = [];
    const { url } = await open({
      onConnection: (transport) => {
        kinds.push(transport.kind);
        ends.push(endOf(transport));
      },
    });
    const client = await clientOf(url);
    expect(await client.peer.request("m")).toEqual({});
    expect(kinds).toEqual(["websocket"]);
  });
});

describe("a listener with one path", () => {
  const onePath: Partial<ListenerOptions> = { healthPaths: ["/readyz"], upgradePath: "/" };

  test.each([
    ["GET /readyz HTTP/1.1", 200],
    ["GET /healthz HTTP/1.1", 404],
    ["GET /foo?bar HTTP/1.1", 404],
    ["POST /foo HTTP/1.1", 404],
    ["GET / HTTP/1.1", 400],
    ["POST / HTTP/1.1", 405],
  ])("answers %s with %i", async (line, status) => {
    const { where } = await open(onePath);
    expect(await rawRequest(where, line, ["Host: any.example", "Connection: close"])).toMatchObject({ status });
  });

  test.each([
    ["/", 101],
    ["/?a=b", 101],
    ["/foo", 404],
    ["/readyz", 200],
  ])("answers an upgrade of %s with %i", async (path, status) => {
    const { where } = await open(onePath);
    expect(await rawRequest(where, `GET ${path} HTTP/1.1`, upgradeHeaders)).toMatchObject({ status });
  });

  test("refuses a browser before all else", async () => {
    const { where } = await open(onePath);
    expect(await rawRequest(where, "GET /foo HTTP/1.1", [...upgradeHeaders, "Origin: http://a"])).toMatchObject({
      status: 403,
    });
  });
});

describe("authentication", () => {
  const unauthorized = (body: string) => ({
    status: 401,
    headers: { "content-type": "text/plain; charset=utf-8", "content-length": `${body.length}`, connection: "close" },
    body,
  });

  test.each([
    ["no header", "/", [], "missing websocket bearer token"],
    ["a token in the URL", `/?token=${token}`, [], "missing websocket bearer token"],
    ["a wrong token", "/", ["Authorization: Bearer wrong"], "invalid websocket bearer token"],
    ["Basic", "/", ["Authorization: Basic dXNlcjpwYXNz"], "invalid authorization header"],
    ["an empty token", "/", ["Authorization: Bearer "], "invalid authorization header"],
    ["no scheme", "/", [`Authorization: ${token}`], "invalid authorization header"],
  ])("by token refuses %s", async (_, path, headers, text) => {
    const { where, accepted } = await open({ auth: capability });
    const answer = await rawRequest(where, `GET ${path} HTTP/1.1`, [...upgradeHeaders, ...headers]);
    expect(answer).toEqual(unauthorized(text));
    expect(accepted).toEqual([]);
  });

  test.each(["Bearer", "bearer", "Bearer "])("by token admits the scheme %j", async (scheme) => {
    const { where } = await open({ auth: capability });
    const headers = [...upgradeHeaders, `Authorization: ${scheme} ${token}`];
    expect(await rawRequest(where, "GET / HTTP/1.1", headers)).toMatchObject({ status: 101 });
  });

  test("by token shows in what connect does", async () => {
    const { url } = await open({ auth: capability });
    const client = await clientOf(url, { token });
    expect(await client.peer.request("m")).toEqual({});
    await expect(connect(url)).rejects.toThrow(`cannot connect to ${url}: 401 missing websocket bearer token`);
    await expect(connect(url, { token: "x" })).rejects.toThrow("401 invalid websocket bearer token");
  });

  test("by signed token admits and refuses", async () => {
    const sharedSecret = Buffer.from("0123456789abcdef0123456789abcdef");
    const { url } = await open({ auth: signedTokenAuth({ sharedSecret, audience: "us" }) });
    const sign = (aud: string) =>
      new SignJWT({ aud }).setProtectedHeader({ alg: "HS256" }).setExpirationTime("1m").sign(sharedSecret);
    const client = await clientOf(url, { token: await sign("us") });
    expect(await client.peer.request("m")).toEqual({});
    await expect(connect(url, { token: await sign("them") })).rejects.toThrow("401 websocket jwt audience mismatch");
    await expect(connect(url, { token: "x" })).rejects.toThrow("401 invalid websocket jwt");
  });

  test("that ends after the listener has closed hands nothing over", async () => {
    let decide!: () => void;
    let tellAsked!: () => void;
    const asked = new Promise<void>((resolve) => (tellAsked = resolve));
    const auth: WebSocketAuth = {
      check: () => {
        tellAsked();
        return new Promise((resolve) => (decide = () => resolve({ ok: true })));
      },
    };
    const { listener, url, accepted } = await open({ auth });
    const attempt = connect(url).catch((error: unknown) => error);
    await asked;
    await listener.close();
    decide();
    expect(await attempt).toMatchObject({ code: "connection_refused" });
    expect(accepted).toEqual([]);
  });
});

describe("one bad client", () => {
  test.each([
    [
      "a frame over the limit",
      1009,
      Buffer.concat([Buffer.from([0x81, 0xfe, 0x04, 0x01, 0, 0, 0, 0]), Buffer.alloc(1025, "x")]),
    ],
    ["a text frame that is not UTF-8", 1007, Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28])],
    ["an unmasked frame", 1002, Buffer.from([0x81, 0x01, 0x78])],
  ])("with %s is closed and others go on", async (_, code, bytes) => {
    const { url, accepted } = await open({ maxFrameBytes: 1024 });
    const good = await clientOf(url);
    const bad = await rawClient(url);
    // A frame at the limit is still fine.
    bad.client.send(`{"id":1,"method":"${"m".repeat(1024 - 20)}"}`);
    await once(bad.client, "message");
    expect(bad.answers).toEqual(['{"id":1,"result":{}}']);

    (bad.client as unknown as { _socket: Duplex })._socket.write(bytes);
    expect(await bad.closed).toMatchObject({ code });
    await accepted[1]?.closed;
    expect(accepted[1]?.received).toHaveLength(1);
    expect(accepted[1]?.incidents).toHaveLength(1);

    expect(await good.peer.request("m")).toEqual({});
    expect(await (await clientOf(url)).peer.request("m")).toEqual({});
    expect(accepted[0]?.timesClosed()).toBe(0);
  });

  test("that does not read is closed and others go on", async () => {
    const { url, accepted } = await open({ maxQueuedBytes: 256 * 1024 });
    const good = await clientOf(url);
    const bad = await rawClient(url);
    bad.client.pause();
    const [forGood, forBad] = accepted;
    const big = "x".repeat(64 * 1024);
    // More than any socket buffer holds goes to both; only one of them reads.
    for (let sent = 1; sent <= 800; sent += 1) {
      forBad?.peer.notify(`${sent}`, big);
      forGood?.peer.notify(`${sent}`, big);
      await good.whenReceived(sent);
    }
    expect(await good.peer.request("m")).toEqual({});
    bad.client.resume();
    expect(await bad.closed).toEqual({ code: 1013, reason: "the client does not read its messages fast enough" });
    const numbers = bad.answers.map((text) => Number(JSON.parse(text).method));
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
    expect(numbers.length).toBeLessThan(800);
    expect(good.received).toHaveLength(800);
    expect(forGood?.timesClosed()).toBe(0);
  });
});

describe("an address", () => {
  test.each(["0.0.0.0", "::", "10.0.0.1", "2001:db8::1"])("beyond loopback, %s, needs authentication", async (host) => {
    await expect(open({ address: { kind: "tcp", host, port: 0 } })).rejects.toMatchObject({
      code: "listener_needs_auth",
      message: expect.stringContaining("--ws-auth"),
    });
  });

  test("beyond loopback works with authentication", async () => {
    const { where } = await open({ address: { kind: "tcp", host: "0.0.0.0", port: 0 }, auth: capability });
    const client = await clientOf(`ws://127.0.0.1:${where.port}`, { token });
    expect(await client.peer.request("m")).toEqual({});
  });

  test("with port 0 is told with the port that was bound", async () => {
    const { url } = await open();
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:[1-9]\d*$/);
    expect(await (await clientOf(url)).peer.request("m")).toEqual({});
  });

  test("in use is refused", async () => {
    const { where, url } = await open();
    await expect(open({ address: { kind: "tcp", ...where } })).rejects.toMatchObject({
      code: "listen_failed",
      message: expect.stringMatching(new RegExp(`^cannot listen on ${url}: .*EADDRINUSE`)),
      cause: { code: "EADDRINUSE" },
    });
  });

  test("is free after a close while its connections go on", async () => {
    const { listener, url, where } = await open();
    const client = await clientOf(url);
    expect(await client.peer.request("before")).toEqual({});
    await listener.close();
    await expect(connect(url)).rejects.toMatchObject({ code: "connection_refused" });

    const taken = createServer().listen(where.port, where.host);
    await once(taken, "listening");
    expect((taken.address() as AddressInfo).port).toBe(where.port);
    expect(await client.peer.request("after")).toEqual({});
    taken.close();
    await listener.close();
  });

  test("is free although an idle HTTP client stays connected", async () => {
    const { listener, where } = await open();
    const idle = rawRequest(where, "GET /readyz HTTP/1.1", ["Host: h"]);
    const silent = createConnection(where);
    await once(silent, "connect");
    // Both have been accepted once a later client was served.
    await rawRequest(where, "GET /readyz HTTP/1.1", ["Host: h", "Connection: close"]);
    const gone = once(silent, "close");
    await listener.close();
    silent.resume();
    await gone;
    expect(await idle).toMatchObject({ status: 200 });
  });
});

describe("a unix socket", () => {
  let folder: string;
  let path: string;
  let servers: Array<ReturnType<typeof createServer>>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "switchboard-unix-"));
    path = join(folder, "s.sock");
    servers = [];
  });

  afterEach(async () => {
    for (const server of servers) server.close();
    await rm(folder, { recursive: true });
  });

  const openUnix = (where = path) => open({ address: { kind: "unix", path: where } });

  /** A server of someone else. */
  async function occupy(where: string) {
    const server = createServer((socket) => socket.on("error", () => undefined));
    servers.push(server);
    server.listen(where);
    await once(server, "listening");
    return server;
  }

  test("carries connections and may be reached by its owner only", async () => {
    const umask = process.umask();
    const { url, accepted } = await openUnix();
    expect(process.umask()).toBe(umask);
    expect(url).toBe(`unix://${path}`);
    const { mode } = await lstat(path);
    expect(mode & 0o777).toBe(0o600);
    const client = await clientOf(url);
    expect(await client.peer.request("m")).toEqual({});
    expect(accepted).toHaveLength(1);
  });

  test("answers probes and refuses browsers like any listener", async () => {
    await openUnix();
    const probe = await rawRequest({ path }, "GET /readyz HTTP/1.1", ["Host: h", "Connection: close"]);
    expect(probe).toMatchObject({ status: 200, body: "" });
    const browser = await rawRequest({ path }, "GET / HTTP/1.1", [...upgradeHeaders, "Origin: http://h"]);
    expect(browser).toMatchObject({ status: 403 });
  });

  test("needs no authentication but takes it", async () => {
    const { url } = await open({ address: { kind: "unix", path }, auth: capability });
    await expect(connect(url)).rejects.toThrow("401 missing websocket bearer token");
    expect(await (await clientOf(url, { token })).peer.request("m")).toEqual({});
  });

  test("is gone after a close while its connections go on", async () => {
    const { listener, url } = await openUnix();
    const client = await clientOf(url);
    await client.peer.request("before");
    await listener.close();
    await expect(lstat(path)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await client.peer.request("after")).toEqual({});
    const second = await openUnix();
    expect(await (await clientOf(second.url)).peer.request("m")).toEqual({});
  });

  test("replaces what a server that died has left", async () => {
    const before = await occupy(join(folder, "before.sock"));
    // Moved away, so that the close below does not remove it.
    await rename(join(folder, "before.sock"), path);
    before.close();
    await once(before, "close");
    expect((await lstat(path)).isSocket()).toBe(true);

    const { url } = await openUnix();
    expect(await (await clientOf(url)).peer.request("m")).toEqual({});
    expect((await lstat(path)).mode & 0o777).toBe(0o600);
  });

  test("is not taken from a server that answers", async () => {
    const other = await occupy(path);
    const { ino } = await lstat(path);
    await expect(openUnix()).rejects.toMatchObject({
      code: "unix_socket_in_use",
      message: expect.stringContaining(path),
    });
    expect((await lstat(path)).ino).toBe(ino);
    const accepted = once(other, "connection");
    const socket = createConnection(path);
    await accepted;
    socket.destroy();
  });

  test("is not taken from our own kind either", async () => {
    const { url } = await openUnix();
    await expect(openUnix()).rejects.toMatchObject({ code: "unix_socket_in_use" });
    expect(await (await clientOf(url)).peer.request("m")).toEqual({});
  });

  test("does not replace a file", async () => {
    await writeFile(path, "precious");
    await expect(openUnix()).rejects.toMatchObject({ code: "unix_socket_blocked" });
    expect(await readFile(path, "utf8")).toBe("precious");
  });

  test("does not replace a folder or follow a link", async () => {
    await mkdir(path);
    await expect(openUnix()).rejects.toMatchObject({ code: "unix_socket_blocked" });
    const link = join(folder, "link.sock");
    await symlink(join(folder, "nowhere.sock"), link);
    await expect(openUnix(link)).rejects.toMatchObject({ code: "unix_socket_blocked" });
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
  });

  test("has a path of limited length", async () => {
    const longest = process.platform === "darwin" ? 103 : 107;
    const fill = (bytes: number) => join(folder, "x".repeat(bytes - folder.length - 1));
    await expect(openUnix(fill(longest + 1))).rejects.toMatchObject({ code: "unix_socket_path_too_long" });
    const { url } = await openUnix(fill(longest));
    expect(await (await clientOf(url)).peer.request("m")).toEqual({});
  });

  test("fails where there is no folder", async () => {
    const where = join(folder, "no", "such.sock");
    await expect(openUnix(where)).rejects.toMatchObject({
      code: "listen_failed",
      message: expect.stringContaining(`cannot listen on ${where}: `),
    });
  });
});
