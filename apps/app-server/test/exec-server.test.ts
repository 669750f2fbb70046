import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { runToEnd, start, type Program } from "./support/program.js";
import { temporaryFolder } from "./support/temporary-home.js";
import { WireClient } from "./support/wire-client.js";

const initialize = { id: "initialize", method: "initialize", params: { clientName: "test" } };

/** A client of a running program, with its handshake made. */
async function clientOf(program: Program): Promise<WireClient> {
  const [url] = await program.says(/ws:\/\/\S+/);
  const client = await WireClient.open(url);
  await client.request("initialize", initialize.params);
  client.sendRaw('{"method":"initialized"}');
  return client;
}

/** Starts a process that lasts, and returns its process id. */
async function lastingProcess(client: WireClient): Promise<number> {
  await client.request("process/start", {
    processId: "p",
    argv: ["sh", "-c", "echo $$; exec sleep 60"],
    cwd: "file:///",
    env: { PATH: "/usr/bin:/bin" },
    tty: false,
  });
  const { params } = await client.notification("process/output");
  return Number(Buffer.from(params.chunk, "base64").toString());
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("switchboard exec-server", () => {
  it("says on stdout where it listens, and nothing else", async () => {
    const program = await start(["exec-server"]);
    const client = await clientOf(program);
    expect(await client.request("environment/status")).toEqual({ status: "ready" });
    const { environmentInfo } = await (
      await WireClient.open(program.stdout().trim())
    ).request("initialize", {
      clientName: "second",
    });
    expect(environmentInfo.executorVersion).toBe("0.169.0");
    expect(program.stdout()).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\n$/);
    expect(program.stderr()).toBe("");
  });

  it("helps", async () => {
    expect(await runToEnd(["exec-server", "--help"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Usage: switchboard exec-server"),
    });
  });

  it.each([
    ["ws://localhost:0", "invalid websocket --listen URL `ws://localhost:0`; expected `ws://IP:PORT`"],
    ["ws://127.0.0.1", "invalid websocket --listen URL `ws://127.0.0.1`; expected `ws://IP:PORT`"],
    ["unix:///tmp/x", "unsupported --listen URL `unix:///tmp/x`; expected `ws://IP:PORT` or `stdio`"],
    ["http://127.0.0.1:0", "unsupported --listen URL `http://127.0.0.1:0`; expected `ws://IP:PORT` or `stdio`"],
    ["off", "unsupported --listen URL `off`; expected `ws://IP:PORT` or `stdio`"],
    ["", "unsupported --listen URL ``; expected `ws://IP:PORT` or `stdio`"],
    ["ws://0.0.0.0:0", "refusing to listen on 0.0.0.0 without authentication"],
    ["ws://192.0.2.1:0", "refusing to listen on 192.0.2.1 without authentication"],
  ])("does not listen on '%s'", async (url, reason) => {
    const { code, stdout, stderr } = await runToEnd(["exec-server", "--listen", url]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(`Error: ${reason}`);
  });

  it.each([
    [["--ws-token-file", "/x"], "websocket auth flags require `--ws-auth capability-token`"],
    [["--ws-auth", "capability-token"], "`--ws-token-file` or `--ws-token-sha256` is required"],
    [["--ws-auth", "signed-bearer-token"], "`--ws-shared-secret-file` is required"],
    [["--ws-auth", "capability-token", "--ws-token-sha256", "aa"], "must be a 64-character hex SHA-256 digest"],
  ])("refuses %j with exit code 1", async (args, reason) => {
    const { code, stderr } = await runToEnd(["exec-server", "--listen", "stdio", ...args]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
  });

  it.each([
    [["--concurrent-requests", "0"], "number would be zero for non-zero type"],
    [["--concurrent-requests", "x"], "invalid value 'x' for '--concurrent-requests <COUNT>'"],
    [["--listen", "stdio", "--listen", "stdio"], "cannot be used multiple times"],
    [["--ws-auth", "zzz"], "[possible values: capability-token, signed-bearer-token]"],
    [["--remote", "http://a.example"], "--remote"],
    [["forward"], "forward"],
  ])("refuses %j with exit code 2", async (args, reason) => {
    const { code, stdout, stderr } = await runToEnd(["exec-server", ...args]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain("    at ");
  });

  it.each(["stdio", "stdio://"])("serves over %s until its input ends, and answers what was asked", async (url) => {
    const program = await start(["exec-server", "--listen", url, "-c", "model='any'", "--concurrent-requests", "2"]);
    program.send(initialize);
    program.send({ method: "initialized" });
    program.send({ id: "read", method: "fs/readFile", params: { path: "file:///dev/null" } });
    program.child.stdin?.end();
    expect(await program.ended).toEqual({ code: 0, signal: null });
    const frames = program
      .stdout()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(frames).toEqual([
      { id: "initialize", result: expect.objectContaining({ sessionId: expect.any(String) }) },
      { id: "read", error: { code: -32600, message: "path `/dev/null` is not a file" } },
    ]);
  });

  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("ends its processes and itself with %s", async (signal) => {
    const program = await start(["exec-server"]);
    const client = await clientOf(program);
    const pid = await lastingProcess(client);
    program.child.kill(signal);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(await client.closed).toMatchObject({ code: 1001 });
    expect(isAlive(pid)).toBe(false);
  });

  it("ends its processes when its input ends", async () => {
    const program = await start(["exec-server", "--listen", "stdio"]);
    program.send(initialize);
    program.send({ method: "initialized" });
    const argv = ["sh", "-c", "echo $$; exec sleep 60"];
    const params = { processId: "p", argv, cwd: "file:///", env: { PATH: "/usr/bin:/bin" }, tty: false };
    program.send({ id: 1, method: "process/start", params });
    const [, chunk = ""] = await program.says(/"process\/output".*"chunk":"([^"]+)"/);
    program.child.stdin?.end();
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(isAlive(Number(Buffer.from(chunk, "base64").toString()))).toBe(false);
  });

  it("admits who has the token", async () => {
    const digest = createHash("sha256").update("the-token").digest("hex");
    const auth = ["--ws-auth", "capability-token", "--ws-token-sha256", digest];
    const program = await start(["exec-server", "--listen", "ws://0.0.0.0:0", ...auth]);
    const [, port] = await program.says(/ws:\/\/0\.0\.0\.0:(\d+)/);
    const url = `ws://127.0.0.1:${port}`;
    await expect(WireClient.open(url)).rejects.toThrow("401");
    await expect(WireClient.open(url, { authorization: "Bearer another" })).rejects.toThrow("401");
    const client = await WireClient.open(url, { authorization: "Bearer the-token" });
    expect(await client.request("initialize", initialize.params)).toMatchObject({ sessionId: expect.any(String) });
    expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  });

  it("does without HTTPS when its certificates cannot be read", async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, "there"), "hello");
    const file = join(folder, "missing.pem");
    const program = await start(["exec-server"], { env: { CODEX_CA_CERTIFICATE: file } });
    const client = await clientOf(program);
    const get = (url: string) => client.call("http/request", { method: "GET", url, requestId: "1" });
    expect((await get("https://127.0.0.1:9/")).error).toEqual({
      code: -32603,
      message: expect.stringContaining(`cannot read ${file}, named by CODEX_CA_CERTIFICATE`),
    });
    expect((await get("http://127.0.0.1:9/")).error.message).toContain("error sending request for url");
    expect(await client.request("fs/readFile", { path: `file://${join(folder, "there")}` })).toEqual({
      dataBase64: "aGVsbG8=",
    });
  });
});
