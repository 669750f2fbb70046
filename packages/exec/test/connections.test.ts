import { describe, expect, test } from "vitest";

import { ExecClient } from "./support/exec-client.js";
import { testServer } from "./support/exec-server.js";

const status = { id: 7, method: "environment/status" };

describe("a connection", () => {
  test("takes text and binary frames and answers in text", async () => {
    const { ready } = await testServer();
    const client = await ready();
    const kinds: boolean[] = [];
    client.socket.on("message", (_, isBinary) => kinds.push(isBinary));
    client.socket.send(Buffer.from(JSON.stringify(status)));
    client.send({ ...status, id: "eight", jsonrpc: "1.0", more: true });
    await client.frame(({ id }) => id === "eight");
    expect(client.frames.slice(1)).toEqual([
      { id: 7, result: { status: "ready" } },
      { id: "eight", result: { status: "ready" } },
    ]);
    expect(kinds).toEqual([false, false]);
  });

  test.each([
    "{",
    "",
    "hello",
    "5",
    "null",
    "[]",
    JSON.stringify([status]),
    "{}",
    '{"id":1}',
    '{"id":null,"method":"environment/status"}',
    '{"id":1.5,"method":"environment/status"}',
    '{"id":1,"method":5}',
  ])("answers %s under the id -1 and goes on", async (text) => {
    const { ready } = await testServer();
    const client = await ready();
    client.socket.send(text);
    const { error } = await client.frame(({ id }) => id === -1);
    expect(error).toEqual({ code: -32600, message: expect.stringMatching(/^failed to parse message: ./) });
    expect(await client.request("environment/status")).toEqual({ status: "ready" });
  });

  test.each([
    ["an unknown notification", { method: "foo" }],
    ["a cancellation", { method: "$/cancelRequest", params: { id: 1 } }],
    ["a request without an id", { method: "environment/status" }],
    ["a result", { id: 1, result: {} }],
    ["an error", { id: 1, error: { code: 1, message: "m" } }],
  ])("is broken off over %s", async (_, message) => {
    const { ready, incidents } = await testServer();
    const client = await ready();
    client.send(message);
    expect(await client.closed).toEqual({ code: 1006, reason: "" });
    expect(incidents).toHaveLength(1);
  });

  test("is broken off over initialized before initialize, but not over a second one", async () => {
    const { open, ready } = await testServer();
    const early = await open();
    early.send({ method: "initialized" });
    expect(await early.closed).toEqual({ code: 1006, reason: "" });
    const twice = await ready();
    twice.send({ method: "initialized" });
    expect(await twice.request("environment/status")).toEqual({ status: "ready" });
  });

  test("takes messages up to 64 MiB", async () => {
    const { ready } = await testServer();
    const client = await ready();
    const padding = "x".repeat(20 * 1024 * 1024);
    client.send({ ...status, padding });
    expect(await client.frame(({ id }) => id === 7)).toMatchObject({ result: { status: "ready" } });
    client.socket.send('{"padding":"', { fin: false });
    for (let part = 0; part < 4; part += 1) client.socket.send(padding, { fin: part === 3 });
    expect(await client.closed).toMatchObject({ code: 1009 });
  });

  test("tells a client that asks too much at once", async () => {
    const { ready } = await testServer();
    const client = await ready();
    await client.request("process/start", {
      processId: "p",
      argv: ["sleep", "5"],
      cwd: "file:///",
      env: { PATH: "/usr/bin:/bin" },
      tty: false,
    });
    client.send({ id: "first", method: "process/read", params: { processId: "p", waitMs: 2000 } });
    for (let id = 1; id <= 1024; id += 1) client.send({ ...status, id: `n${id}` });
    const { error } = await client.frame((frame) => frame.error !== undefined);
    expect(error).toEqual({ code: -32001, message: "Server overloaded; retry later." });
    await client.request("environment/status").catch(() => undefined);
  });
});

describe("HTTP", () => {
  test.each([
    ["GET", "/readyz", {}, 200],
    ["HEAD", "/readyz", {}, 200],
    ["POST", "/readyz", {}, 405],
    ["GET", "/healthz", {}, 404],
    ["GET", "/elsewhere", {}, 404],
    ["GET", "/", {}, 400],
    ["GET", "/readyz", { origin: "http://a.example" }, 403],
    ["GET", "/", { origin: "null" }, 403],
  ])("answers %s %s %j with %i", async (method, path, headers, expected) => {
    const { url } = await testServer();
    const answer = await fetch(url.replace("ws:", "http:") + path, { method, headers: { ...headers } });
    expect(answer.status).toBe(expected);
  });

  test("refuses WebSockets of browsers and elsewhere", async () => {
    const { url } = await testServer();
    await expect(ExecClient.open(url, { origin: "http://a.example" })).rejects.toThrow("403");
    await expect(ExecClient.open(`${url}/elsewhere`)).rejects.toThrow("404");
    await expect(ExecClient.open(`${url}/?any=query`).then((client) => client.close())).resolves.toBeUndefined();
  });
});

describe("a server", () => {
  test.each([
    ["ws://localhost:0", "invalid websocket --listen URL `ws://localhost:0`; expected `ws://IP:PORT`"],
    ["unix:///tmp/x", "unsupported --listen URL `unix:///tmp/x`; expected `ws://IP:PORT` or `stdio`"],
    ["off", "unsupported --listen URL `off`; expected `ws://IP:PORT` or `stdio`"],
    ["stdio", "stdio is not an address to listen on; expected ws://IP:PORT"],
    ["ws://0.0.0.0:0", /^refusing to listen on 0\.0\.0\.0 without authentication/],
  ])("does not listen on %s", async (url, message) => {
    const { server } = await testServer();
    await expect(server.listen(url)).rejects.toThrow(message);
  });

  test("listens beyond loopback with authentication", async () => {
    const { server } = await testServer();
    const { url } = await server.listen("ws://0.0.0.0:0", { auth: { check: () => ({ ok: false, reason: "no" }) } });
    expect(url).toMatch(/^ws:\/\/0\.0\.0\.0:\d+$/);
    await expect(ExecClient.open(url.replace("0.0.0.0", "127.0.0.1"))).rejects.toThrow("401");
  });

  test("ends connections and processes when it closes", async () => {
    const { server, ready, url } = await testServer();
    const client = await ready();
    await client.request("process/start", {
      processId: "p",
      argv: ["sh", "-c", "echo $$; exec sleep 60"],
      cwd: "file:///",
      env: { PATH: "/usr/bin:/bin" },
      tty: false,
    });
    const { chunk } = await client.notification("process/output");
    const pid = Number(Buffer.from(chunk, "base64").toString());
    expect(process.kill(pid, 0)).toBe(true);
    await server.close();
    expect(await client.closed).toEqual({ code: 1001, reason: "the server is shutting down" });
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await expect(ExecClient.open(url)).rejects.toThrow("ECONNREFUSED");
  });
});
