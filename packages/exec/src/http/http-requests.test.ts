import type { IncomingMessage } from "node:http";

import { describe, expect, test } from "vitest";

import { openRequests, startOrigin, startTcpOrigin } from "../../test/support/origin.js";
import { failure } from "../../test/support/session.js";

interface Seen {
  readonly method: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** An origin that answers `ok` and keeps what it saw. */
async function startRecorder(): Promise<{ readonly origin: string; readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  const origin = await startOrigin((request, response) => {
    void bodyOf(request).then((body) => {
      seen.push({ method: request.method ?? "", headers: request.rawHeaders, body });
      response.end("ok");
    });
  });
  return { origin, seen };
}

const decode = (base64: string): string => Buffer.from(base64, "base64").toString();

describe("what is sent", () => {
  test("the client's headers, accept and host, and nothing about us", async () => {
    const { origin, seen } = await startRecorder();
    await openRequests().send({
      url: `${origin}/`,
      headers: [
        { name: "X-A", value: "é" },
        { name: "x-a", value: "two" },
        { name: "Cookie", value: "mine=1" },
      ],
    });
    const headers = seen[0]?.headers ?? [];
    const pairs = headers.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${headers[index + 1]}`] : []));
    expect(pairs.filter((pair) => !/^(?:host|connection):/.test(pair)).sort()).toEqual(
      ["accept: */*", "cookie: mine=1", "x-a: two", `x-a: ${Buffer.from("é").toString("latin1")}`].sort(),
    );
  });

  test.each([
    ["POST", "YWJj", "abc"],
    ["GET", "YWJj", "abc"],
    ["DELETE", null, ""],
    ["PROPFIND", "", ""],
  ])("%s with the body %s", async (method, bodyBase64, body) => {
    const { origin, seen } = await startRecorder();
    const { status } = await openRequests().send({ url: origin, method, bodyBase64 });
    expect(status).toBe(200);
    expect(seen).toMatchObject([{ method, body: Buffer.from(body) }]);
  });

  test("a body of eleven mebibytes", async () => {
    const { origin, seen } = await startRecorder();
    const body = Buffer.alloc(11 * 1024 * 1024, "body");
    await openRequests().send({ url: origin, method: "POST", bodyBase64: body.toString("base64") });
    expect(seen[0]?.body.equals(body)).toBe(true);
  });

  test("variables of the executor behind a value", async () => {
    const { origin, seen } = await startRecorder();
    await openRequests({ environment: { PS_TOKEN: "t0p" } }).send({
      url: origin,
      headers: [{ name: "Authorization", value: "Bearer ", valueEnvVar: "PS_TOKEN" }],
    });
    expect(seen[0]?.headers.join(" ")).toContain("authorization Bearer t0p");
  });

  test("user and password of the URL as authorization, and neither fragment nor dots", async () => {
    const { origin, seen } = await startRecorder();
    await openRequests().send({ url: `${origin.replace("://", "://us%20er:p%40w@")}/a/../b#c` });
    expect(seen[0]?.headers.join(" ")).toContain(`authorization Basic ${Buffer.from("us er:p@w").toString("base64")}`);
  });
});

describe("what comes back", () => {
  test("status, all headers one by one, and the bytes as they came", async () => {
    const origin = await startOrigin((_request, response) => {
      response.writeHead(
        403,
        [
          ["Set-Cookie", "a=1"],
          ["Set-Cookie", "b=2"],
          ["Content-Encoding", "gzip"],
          ["Server", "cloudflare"],
          ["Cf-Mitigated", "challenge"],
        ].flat(),
      );
      response.end(Buffer.from([0x1f, 0x8b, 0xff]));
    });
    const { status, headers, bodyBase64 } = await openRequests().send({ url: origin });
    expect([status, bodyBase64]).toEqual([403, Buffer.from([0x1f, 0x8b, 0xff]).toString("base64")]);
    expect(headers.slice(0, 5)).toEqual([
      { name: "set-cookie", value: "a=1" },
      { name: "set-cookie", value: "b=2" },
      { name: "content-encoding", value: "gzip" },
      { name: "server", value: "cloudflare" },
      { name: "cf-mitigated", value: "challenge" },
    ]);
  });

  test("forty mebibytes in one piece", async () => {
    const body = Buffer.alloc(40 * 1024 * 1024, "x");
    const origin = await startOrigin((_request, response) => response.end(body));
    const { bodyBase64 } = await openRequests().send({ url: origin });
    expect(Buffer.from(bodyBase64, "base64").equals(body)).toBe(true);
  });

  test("redirects are followed, or given back", async () => {
    const origin = await startOrigin((request, response) => {
      if (request.url === "/end") return void response.end("end");
      response.writeHead(302, { location: "/end" });
      response.end();
    });
    const { send } = openRequests();
    expect(decode((await send({ url: origin })).bodyBase64)).toBe("end");
    expect(decode((await send({ url: origin, redirectPolicy: "follow" })).bodyBase64)).toBe("end");
    expect(await send({ url: origin, redirectPolicy: "stop" })).toMatchObject({ status: 302, bodyBase64: "" });
  });
});

describe("streams", () => {
  test("the answer first, then the pieces, then an empty last one", async () => {
    const origin = await startOrigin((_request, response) => response.end("data:"));
    const { send, stream, deltas } = openRequests();
    const answer = await send({ url: origin, streamResponse: true, requestId: "s" });
    expect(answer).toMatchObject({ status: 200, bodyBase64: "" });
    expect(deltas).toEqual([]);
    expect(await stream("s")).toEqual([
      { requestId: "s", seq: 1, deltaBase64: Buffer.from("data:").toString("base64"), done: false, error: null },
      { requestId: "s", seq: 2, deltaBase64: "", done: true, error: null },
    ]);
  });

  test("an empty body is one delta", async () => {
    const origin = await startOrigin((_request, response) => response.writeHead(204).end());
    const { send, stream } = openRequests();
    await send({ url: origin, streamResponse: true });
    expect(await stream("r")).toEqual([{ requestId: "r", seq: 1, deltaBase64: "", done: true, error: null }]);
  });

  test("no delta before the answer is on its way", async () => {
    const origin = await startOrigin((_request, response) => response.end("x"));
    const { http, deltas, stream } = openRequests();
    let begin: (() => void) | undefined;
    const params = { requestId: "s", method: "GET", url: origin, streamResponse: true };
    await http.request(params, new AbortController().signal, (task) => (begin = task));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(deltas).toEqual([]);
    begin?.();
    expect(await stream("s")).toHaveLength(2);
  });

  test("a large body comes whole and in order, no piece over a mebibyte", async () => {
    const body = Buffer.from(Array.from({ length: 5 * 1024 * 1024 }, (_, index) => index % 251));
    const origin = await startOrigin((_request, response) => response.end(body));
    const { send, stream } = openRequests();
    await send({ url: origin, streamResponse: true });
    const deltas = await stream("r");
    expect(deltas.map(({ seq }) => seq)).toEqual(deltas.map((_, index) => index + 1));
    const pieces = deltas.map(({ deltaBase64 }) => Buffer.from(deltaBase64, "base64"));
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(1024 * 1024);
    expect(Buffer.concat(pieces).equals(body)).toBe(true);
  });

  test("an id is taken while it streams, for streams only", async () => {
    const endings: Array<() => void> = [];
    const origin = await startOrigin((request, response) => {
      if (request.url !== "/slow") return void response.end("quick");
      response.write("x");
      endings.push(() => response.end());
    });
    const { send, stream, deltas } = openRequests();
    const slow = { url: `${origin}/slow`, streamResponse: true, requestId: "dup" };
    await send(slow);
    const taken = { code: -32602, message: "http/request streamResponse requestId `dup` is already active" };
    expect(await failure(() => send(slow))).toEqual(taken);
    expect(await failure(() => send({ ...slow, method: "NOT A METHOD" }))).toEqual(taken);
    expect(await send({ url: origin, requestId: "dup" })).toMatchObject({ status: 200 });
    endings[0]?.();
    await stream("dup");
    const count = deltas.length;
    await send(slow);
    endings[1]?.();
    await expect.poll(() => deltas.slice(count).at(-1)?.done).toBe(true);
  });

  test("an id is free after a failure", async () => {
    const { send } = openRequests();
    for (let turn = 0; turn < 2; turn++) {
      expect(await failure(() => send({ url: "ftp://x", streamResponse: true }))).toMatchObject({ code: -32602 });
      expect(await failure(() => send({ streamResponse: true }))).toMatchObject({ code: -32603 });
    }
  });

  test("nothing is read while a delta is not taken", async () => {
    let sent = 0;
    const origin = await startOrigin((_request, response) => {
      const more = (): void => {
        while (sent < 64 * 1024 * 1024) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once("drain", more);
        }
        response.end();
      };
      more();
    });
    let release: () => void = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    let told = 0;
    const { send, stream } = openRequests({
      onBodyDelta: () => {
        told++;
        return released;
      },
    });
    await send({ url: origin, streamResponse: true });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told).toBe(1);
    expect(sent).toBeLessThan(32 * 1024 * 1024);
    release();
    const deltas = await stream("r");
    const bytes = deltas.reduce((sum, { deltaBase64 }) => sum + Buffer.byteLength(deltaBase64, "base64"), 0);
    expect(bytes).toBe(64 * 1024 * 1024);
  });
});

test("a stream that nobody takes any more is given up", async () => {
  let hangUp: () => void = () => {};
  const hungUp = new Promise<void>((resolve) => (hangUp = resolve));
  const origin = await startOrigin((_request, response) => {
    response.write("x");
    response.on("close", hangUp);
  });
  const { send, deltas } = openRequests({ onBodyDelta: () => Promise.reject(new Error("closed")) });
  await send({ url: origin, streamResponse: true });
  await hungUp;
  expect(deltas).toHaveLength(1);
});

describe("failures", () => {
  const secret = "s3cret-value";
  const environment = { EMPTY: "", LINES: `${secret}\nx`, OPENAI_API_KEY: secret };
  const header = (name: string, value: string, valueEnvVar?: string) => ({
    headers: [{ name, value, ...(valueEnvVar === undefined ? {} : { valueEnvVar }) }],
  });
  const method = "http/request method is invalid: invalid HTTP method";
  const name = "http/request header name is invalid: invalid HTTP header name";
  const value = (of: string): string => `http/request header value is invalid for ${of}: failed to parse header value`;
  const url = (why: string): string => `http/request url is invalid: ${why}`;
  const own = (variable: string): string =>
    `http/request header Authorization cannot use executor environment variable ${variable}`;

  test.each([
    ["no method", { method: "" }, method],
    ["two methods", { method: "A B" }, method],
    ["no token", { method: "GÉT" }, method],
    ["no URL", { url: "" }, url("relative URL without a base")],
    ["a path", { url: "/x" }, url("relative URL without a base")],
    ["no host", { url: "http://" }, url("empty host")],
    ["a broken address", { url: "http://[::1" }, url("invalid IPv6 address")],
    ["no such port", { url: "http://x:99999/" }, url("invalid port number")],
    ["no domain", { url: "http://a b/" }, url("invalid international domain name")],
    ["ftp", { url: "ftp://x/y" }, "http/request only supports http and https URLs, got ftp"],
    ["file", { url: "file:///etc/passwd" }, "http/request only supports http and https URLs, got file"],
    ["an empty name", header("", secret), name],
    ["a name with a space", header("a b", secret), name],
    ["a name with a line break", header("a\r\nx", secret), name],
    ["an injected header", header("X-A", `${secret}\r\nx: y`), value("X-A")],
    ["a NUL", header("x-a", `${secret}\0`), value("x-a")],
    ["an injected variable", header("x-a", "", "LINES"), value("x-a")],
    [
      "an unknown variable",
      header("Authorization", secret, "NOPE"),
      "http/request header Authorization requires executor environment variable NOPE",
    ],
    [
      "a name that all objects have",
      header("Authorization", secret, "constructor"),
      "http/request header Authorization requires executor environment variable constructor",
    ],
    [
      "an empty variable",
      header("x-b", secret, "EMPTY"),
      "http/request header x-b requires a non-empty executor environment variable EMPTY",
    ],
    ["the server's key", header("Authorization", "Bearer ", "OPENAI_API_KEY"), own("OPENAI_API_KEY")],
    ["the server's key, unset", header("Authorization", "Bearer ", "CODEX_API_KEY"), own("CODEX_API_KEY")],
    ["its token, in lower case", header("Authorization", "", "codex_access_token"), own("codex_access_token")],
    ["no base64", { bodyBase64: "!!" }, "Invalid symbol 33, offset 0."],
    ["base64 of URLs", { bodyBase64: "YQ-_" }, "Invalid symbol 45, offset 2."],
    ["no padding", { bodyBase64: "YQ" }, "Invalid padding"],
  ])("%s is refused", async (_name, params, message) => {
    const refused = await failure(() => openRequests({ environment }).send(params));
    expect(refused).toEqual({ code: -32602, message });
    expect(refused.message).not.toContain(secret);
  });

  test("nobody listens", async () => {
    const refused = await failure(() =>
      openRequests().send({
        url: `HTTP://user:${secret}@127.0.0.1:1/a?b#c`,
        ...header("authorization", secret),
      }),
    );
    expect(refused).toEqual({
      code: -32603,
      message: "http/request failed: error sending request for url (http://127.0.0.1:1/a?b#c)",
    });
  });

  test("an origin that talks nonsense", async () => {
    const origin = await startTcpOrigin((socket) => socket.end("nonsense\r\n\r\n"));
    expect(await failure(() => openRequests().send({ url: origin }))).toEqual({
      code: -32603,
      message: `http/request failed: error sending request for url (${origin}/)`,
    });
  });

  test.each([
    ["/loop", "http/request failed: too many redirects"],
    ["ftp://x/y", "http/request failed: redirect target uses unsupported URL scheme: ftp"],
  ])("a redirect to %s", async (location, message) => {
    const origin = await startOrigin((_request, response) => response.writeHead(302, { location }).end());
    expect(await failure(() => openRequests().send({ url: origin }))).toEqual({ code: -32603, message });
  });

  test("three hundred cookies", async () => {
    const cookies = Array.from({ length: 300 }, (_, index) => `a${index}=b`);
    const origin = await startOrigin((_request, response) => response.writeHead(200, { "set-cookie": cookies }).end());
    expect(await failure(() => openRequests().send({ url: origin }))).toMatchObject({ code: -32603 });
  });

  const brokenBody = "failed to read http/request response body: error decoding response body";

  test("a body that is cut", async () => {
    const origin = await startTcpOrigin((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc");
      setTimeout(() => socket.destroy(), 20);
    });
    const { send, stream } = openRequests();
    expect(await failure(() => send({ url: origin }))).toEqual({ code: -32603, message: brokenBody });
    await send({ url: origin, streamResponse: true });
    expect(await stream("r")).toEqual([
      { requestId: "r", seq: 1, deltaBase64: "YWJj", done: false, error: null },
      { requestId: "r", seq: 2, deltaBase64: "", done: true, error: "error decoding response body" },
    ]);
  });

  test("no time at all", async () => {
    const { origin, seen } = await startRecorder();
    expect(await failure(() => openRequests().send({ url: origin, timeoutMs: 0 }))).toEqual({
      code: -32603,
      message: "http/request failed: route-aware request timed out",
    });
    expect(seen).toEqual([]);
  });

  test("an origin that never answers", async () => {
    const origin = await startOrigin(() => {});
    for (const streamResponse of [false, true]) {
      expect(await failure(() => openRequests().send({ url: origin, timeoutMs: 50, streamResponse }))).toEqual({
        code: -32603,
        message: `http/request failed: error sending request for url (${origin}/)`,
      });
    }
  });

  test("an origin that never ends", async () => {
    const origin = await startOrigin((_request, response) => void response.write("abc"));
    const { send, stream } = openRequests();
    expect(await failure(() => send({ url: origin, timeoutMs: 100 }))).toEqual({ code: -32603, message: brokenBody });
    await send({ url: origin, timeoutMs: 100, streamResponse: true });
    expect((await stream("r")).at(-1)).toEqual({
      requestId: "r",
      seq: 2,
      deltaBase64: "",
      done: true,
      error: "error decoding response body",
    });
  });

  test("a time limit beyond all timers", async () => {
    const { origin } = await startRecorder();
    expect(await openRequests().send({ url: origin, timeoutMs: 2 ** 53 - 1 })).toMatchObject({ status: 200 });
  });
});

describe("the connection goes", () => {
  /** An origin that tells when its client has hung up. */
  async function startStalling(answer: string): Promise<{ readonly origin: string; readonly hungUp: Promise<void> }> {
    let tell: () => void = () => {};
    const hungUp = new Promise<void>((resolve) => (tell = resolve));
    const origin = await startTcpOrigin((socket) => {
      socket.write(answer);
      socket.on("close", () => tell());
    });
    return { origin, hungUp };
  }

  test("a signal ends a request that waits", async () => {
    const { origin, hungUp } = await startStalling("");
    const connection = new AbortController();
    const waiting = openRequests().send({ url: origin }, connection.signal);
    setTimeout(() => connection.abort(new Error("gone")), 20);
    await expect(waiting).rejects.toThrow("gone");
    await hungUp;
  });

  test("a signal that is aborted sends nothing", async () => {
    const { origin, seen } = await startRecorder();
    const { send } = openRequests();
    await expect(send({ url: origin, streamResponse: true }, AbortSignal.abort(new Error("gone")))).rejects.toThrow(
      "gone",
    );
    expect(await send({ url: origin, streamResponse: true })).toMatchObject({ status: 200 });
    expect(seen).toHaveLength(1);
  });

  test("close ends what waits and what streams, and tells nothing more", async () => {
    const stalling = await startStalling("");
    const streaming = await startStalling("HTTP/1.1 200 OK\r\n\r\nabc");
    const { http, send, deltas } = openRequests();
    const waiting = failure(() => send({ url: stalling.origin }));
    await send({ url: streaming.origin, streamResponse: true });
    await expect.poll(() => deltas.length).toBe(1);
    http.close();
    expect(await waiting).toEqual({
      code: -32603,
      message: "http/request failed: the connection was closed",
    });
    await Promise.all([stalling.hungUp, streaming.hungUp]);
    expect(deltas).toHaveLength(1);
    expect(await failure(() => send({ url: streaming.origin }))).toMatchObject({ code: -32603 });
  });

  test("a signal after the answer leaves the stream alone", async () => {
    const connection = new AbortController();
    const origin = await startOrigin((_request, response) => {
      response.write("a");
      setTimeout(() => response.end("b"), 30);
    });
    const { send, stream } = openRequests();
    await send({ url: origin, streamResponse: true }, connection.signal);
    connection.abort(new Error("late"));
    expect((await stream("r")).at(-1)).toMatchObject({ done: true, error: null });
  });
});
