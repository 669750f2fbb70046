import { createHash } from "node:crypto";
import { mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { message, startSimulator, text, type Script } from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import { runToEnd, start } from "./support/program.js";
import { mockProviderToml, temporaryFolder, temporaryHome } from "./support/temporary-home.js";
import { WireClient } from "./support/wire-client.js";

async function modelAndHome(script: Script = () => text("Hello world", { deltas: 2 })) {
  const simulator = await startSimulator({ script });
  onTestFinished(() => simulator.close());
  const codexHome = await temporaryHome(mockProviderToml(simulator.url));
  return { simulator, codexHome, env: { CODEX_HOME: codexHome, MOCK_KEY: "k" } };
}

const initialize = {
  id: "initialize",
  method: "initialize",
  params: { clientInfo: { name: "cli", title: null, version: "1.0.0" } },
};

describe("the command line", () => {
  it("says which Codex it stands for, and its own version", async () => {
    expect(await runToEnd(["--version"])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^codex-cli 0\.169\.0 \(switchboard \d+\.\d+\.\d+\)\n$/),
    });
    expect((await runToEnd(["-V"])).code).toBe(0);
  });

  it.each([[["--help"]], [["app-server", "--help"]], [[]]])("helps: %j", async (args) => {
    expect(await runToEnd(args)).toMatchObject({ code: 0, stdout: expect.stringContaining("Usage: switchboard") });
  });

  it.each([
    [["zzz"], "unrecognized subcommand 'zzz'"],
    [["--zzz"], "unexpected argument '--zzz' found"],
    [["app-server", "--zzz"], "--zzz"],
    [["app-server", "zzz"], "zzz"],
    [
      ["app-server", "--listen", "ws://localhost:0"],
      "invalid value 'ws://localhost:0' for '--listen <URL>': invalid websocket --listen URL `ws://localhost:0`; expected `ws://IP:PORT`",
    ],
    [["app-server", "--listen", "http://127.0.0.1:0"], "unsupported --listen URL `http://127.0.0.1:0`"],
    [["app-server", "--listen", "ws://127.0.0.1:99999"], "invalid websocket --listen URL"],
    [["app-server", "--listen", "stdio://", "--listen", "off"], "cannot be used multiple times"],
    [["app-server", "--stdio", "--listen", "off"], "'--stdio' cannot be used with '--listen <URL>'"],
    [["app-server", "--ws-auth", "zzz"], "[possible values: capability-token, signed-bearer-token]"],
  ])("refuses %j with exit code 2", async (args, reason) => {
    const { code, stderr, stdout } = await runToEnd(args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain("    at ");
  });

  it.each([
    [["--listen", "off"], "no transport configured"],
    [["--listen", "ws://0.0.0.0:0"], "refusing to listen on 0.0.0.0 without authentication"],
    [
      ["--ws-auth", "capability-token"],
      "`--ws-token-file` or `--ws-token-sha256` is required when `--ws-auth capability-token` is set",
    ],
    [
      ["--ws-auth", "signed-bearer-token"],
      "`--ws-shared-secret-file` is required when `--ws-auth signed-bearer-token` is set",
    ],
    [
      ["--ws-token-file", "t"],
      "websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`",
    ],
    [["--ws-auth", "capability-token", "--ws-token-file", "missing"], "failed to read websocket auth secret missing"],
    [
      ["--ws-auth", "capability-token", "--ws-token-sha256", "zz"],
      "--ws-token-sha256 must be a 64-character hex SHA-256 digest",
    ],
    [["--ws-auth", "capability-token", "--ws-token-file", "t", "--ws-token-sha256", "ab"], "are mutually exclusive"],
    [["--ws-auth", "capability-token", "--ws-issuer", "x"], "require `--ws-auth signed-bearer-token`"],
    [
      ["--ws-auth", "signed-bearer-token", "--ws-token-file", "t"],
      "require `--ws-auth capability-token`, not `signed-bearer-token`",
    ],
    [["-c", "novalue"], "error parsing -c overrides: Invalid override (missing '='): novalue"],
    [["-c", "model=5"], "invalid type: integer `5`, expected a string"],
    [["-c", "model_provider=nope"], "Model provider `nope` not found"],
    [["--strict-config", "-c", "zzz=1"], "`zzz` is ignored"],
  ])("refuses app-server %j with exit code 1", async (args, reason) => {
    const { code, stderr, stdout } = await runToEnd(["app-server", ...args]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain("    at ");
  });

  it("says file, line and reason of a broken config.toml and exits 1", async () => {
    const codexHome = await temporaryHome('model = "x"\nbroken\n');
    const { code, stderr } = await runToEnd(["app-server", "--listen", "ws://127.0.0.1:0"], {
      env: { CODEX_HOME: codexHome },
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(codexHome, "config.toml")}:2:`);
  });

  it("says which certificates it cannot read", async () => {
    const { code, stderr } = await runToEnd(["app-server"], { env: { CODEX_CA_CERTIFICATE: "/nowhere.pem" } });
    expect(code).toBe(1);
    expect(stderr).toContain("cannot read /nowhere.pem, named by CODEX_CA_CERTIFICATE");
  });
});

describe("app-server on stdio", () => {
  it("runs a turn, with nothing but frames on stdout, and ends with its input", async () => {
    const { env, simulator } = await modelAndHome();
    const program = await start(["app-server"], { env });
    program.send(initialize);
    program.send({ method: "initialized" });
    await program.says(/"id":"initialize","result"/);
    program.send({ id: 1, method: "thread/start", params: {} });
    const [, threadId] = await program.says(/"thread":\{"id":"([^"]+)"/);
    program.send({ id: 2, method: "turn/start", params: { threadId, input: [{ type: "text", text: "hi" }] } });
    await program.says(/"method":"turn\/completed"/);
    program.child.stdin?.end();
    expect(await program.ended).toEqual({ code: 0, signal: null });
    for (const line of program.stdout().trim().split("\n")) expect(JSON.parse(line)).toBeTypeOf("object");
    expect(program.stderr()).toBe("");
    expect(simulator.requests[0]?.header("originator")).toBe("cli");
  });

  it("answers what was asked before the input ended", async () => {
    const { env } = await modelAndHome();
    const program = await start(["app-server", "--stdio"], { env });
    program.child.stdin?.end(
      `${JSON.stringify(initialize)}\r\n\n${JSON.stringify({ id: 1, method: "thread/start", params: {} })}`,
    );
    expect((await program.ended).code).toBe(0);
    expect(program.stdout()).toContain('"id":"initialize","result"');
    expect(program.stdout()).toContain('"id":1,"result"');
  });

  it("lets a running turn end after the end of input", async () => {
    const { env, simulator } = await modelAndHome(() => text("one two three", { deltas: 3, delayMs: 100 }));
    const program = await start(["app-server"], { env });
    program.send(initialize);
    program.send({ id: 1, method: "thread/start", params: {} });
    const [, threadId] = await program.says(/"thread":\{"id":"([^"]+)"/);
    program.send({ id: 2, method: "turn/start", params: { threadId, input: [{ type: "text", text: "hi" }] } });
    await simulator.waitForRequest(1);
    program.child.stdin?.end();
    expect((await program.ended).code).toBe(0);
    expect(program.stdout()).toMatch(/"method":"turn\/completed".*"status":"completed"/);
  });

  it("is not held up by a reader that stops reading", async () => {
    const { env, simulator } = await modelAndHome(() => message(Array.from({ length: 50 }, () => "x".repeat(100_000))));
    const program = await start(["app-server"], { env });
    program.send(initialize);
    program.send({ id: 1, method: "thread/start", params: {} });
    const [, threadId] = await program.says(/"thread":\{"id":"([^"]+)"/);
    program.child.stdout?.pause();
    program.send({ id: 2, method: "turn/start", params: { threadId, input: [{ type: "text", text: "hi" }] } });
    // A server that waited for its reader would never take the whole answer of the model.
    expect(await (await simulator.waitForRequest(1)).done).toBe("sent");
    program.child.kill("SIGTERM");
    program.child.stdout?.resume();
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  it("ends when its reader is gone", async () => {
    const { env } = await modelAndHome();
    const program = await start(["app-server"], { env });
    program.send(initialize);
    await program.says(/"id":"initialize","result"/);
    program.child.stdout?.destroy();
    program.send({ id: 1, method: "model/list", params: {} });
    expect((await program.ended).code).toBe(0);
  });
});

describe("app-server on an address", () => {
  it("prints where it listens, and is healthy there", async () => {
    const { env } = await modelAndHome();
    const program = await start(["app-server", "--listen", "ws://127.0.0.1:0"], { env });
    const [, url = ""] = await program.says(/listening on: (ws:\/\/127\.0\.0\.1:\d+)\n/);
    for (const path of ["/readyz", "/healthz"]) {
      const answer = await fetch(url.replace("ws:", "http:") + path);
      expect([answer.status, await answer.text()]).toEqual([200, ""]);
    }
    expect((await fetch(url.replace("ws:", "http:"), { headers: { origin: "http://evil.example" } })).status).toBe(403);
    expect(program.stdout()).toBe("");
  });

  it("asks for the token it was given", async () => {
    const { env } = await modelAndHome();
    const digest = createHash("sha256").update("open-sesame").digest("hex");
    const tokenFile = join(await temporaryFolder(), "token");
    await writeFile(tokenFile, "open-sesame\n");
    for (const flags of [
      ["--ws-token-sha256", digest],
      ["--ws-token-file", tokenFile],
    ]) {
      const program = await start(
        ["app-server", "--listen", "ws://127.0.0.1:0", "--ws-auth", "capability-token", ...flags],
        { env },
      );
      const [, url = ""] = await program.says(/listening on: (\S+)/);
      await expect(WireClient.open(url)).rejects.toThrow("401");
      await expect(WireClient.open(url, { authorization: "Bearer wrong" })).rejects.toThrow("401");
      const admitted = await WireClient.open(url, { authorization: "Bearer open-sesame" });
      expect((await admitted.initialize("x")).userAgent).toMatch(/^x\//);
    }
  });

  it("has its default socket in CODEX_HOME, for its user alone, and leaves one that answers alone", async () => {
    const { env, codexHome } = await modelAndHome();
    const program = await start(["app-server", "--listen", "unix://"], { env });
    const path = join(codexHome, "app-server-control", "app-server-control.sock");
    await program.says(new RegExp(`listening on: unix://${path}`));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(codexHome, "app-server-control"))).mode & 0o777).toBe(0o700);
    const second = await runToEnd(["app-server", "--listen", "unix://"], { env });
    expect(second).toMatchObject({ code: 1, stderr: expect.stringContaining(`another server answers on ${path}`) });
    const client = await WireClient.open(`ws+unix:${path}`);
    expect((await client.initialize("socket")).userAgent).toMatch(/^socket\//);
    program.child.kill("SIGTERM");
    expect((await program.ended).code).toBe(0);
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("uses the override variable for nothing that a client asked for, and ignores a bad one", async () => {
    const { env, simulator } = await modelAndHome();
    const program = await start(["app-server", "--listen", "ws://127.0.0.1:0"], {
      env: { ...env, CODEX_INTERNAL_ORIGINATOR_OVERRIDE: "env_override" },
    });
    const [, url = ""] = await program.says(/listening on: (\S+)/);
    const client = await WireClient.open(url);
    expect((await client.initialize("codex_vscode")).userAgent).toMatch(/^codex_vscode\//);
    await client.runTurn(await client.startThread(), "hi");
    expect(simulator.requests[0]?.header("originator")).toBe("codex_vscode");
    for (const value of ["", "bad\nvalue"]) {
      const warned = await runToEnd(["app-server"], { env: { ...env, CODEX_INTERNAL_ORIGINATOR_OVERRIDE: value } });
      expect(warned).toMatchObject({
        code: 0,
        stderr: expect.stringContaining("ignoring CODEX_INTERNAL_ORIGINATOR_OVERRIDE"),
      });
    }
  });
});

describe("signals", () => {
  async function serving(script?: Script) {
    const { env, simulator } = await modelAndHome(script);
    const program = await start(["app-server", "--listen", "ws://127.0.0.1:0"], { env });
    const [, url = ""] = await program.says(/listening on: (\S+)/);
    const client = await WireClient.open(url);
    await client.initialize("codex_vscode");
    return { program, client, simulator, url };
  }

  it.each(["SIGTERM", "SIGINT"] as const)(
    "%s ends an idle server with exit code 0, and tells clients",
    async (signal) => {
      const { program, client } = await serving();
      program.child.kill(signal);
      expect(await program.ended).toEqual({ code: 0, signal: null });
      expect((await client.closed).code).toBe(1001);
    },
  );

  it.each(["SIGTERM", "SIGINT"] as const)("%s lets a running turn end, and no new client in", async (signal) => {
    const { program, client, simulator, url } = await serving(() => text("one two three", { deltas: 3, delayMs: 150 }));
    const threadId = await client.startThread();
    await client.startTurn(threadId, "hi");
    await simulator.waitForRequest(1);
    program.child.kill(signal);
    await client.notification("item/agentMessage/delta");
    await expect(WireClient.open(url)).rejects.toThrow("ECONNREFUSED");
    expect((await client.notification("turn/completed")).params.turn.status).toBe("completed");
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  it("a second one ends it at once", async () => {
    const { program, client, simulator } = await serving(() => new Promise(() => undefined));
    await client.startTurn(await client.startThread(), "hi");
    await simulator.waitForRequest(1);
    program.child.kill("SIGTERM");
    // The first was taken once the listener is gone.
    await expect
      .poll(async () => (await client.call("thread/start", {})).error?.data?.reason)
      .toBe("serverShuttingDown");
    program.child.kill("SIGTERM");
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(client.notifications("turn/completed")).toEqual([]);
  });
});

describe("the demonstration", () => {
  it("prints that every name was right, and leaves nothing behind", async () => {
    const tmp = await temporaryFolder();
    await mkdir(join(tmp, "t"));
    const { code, stdout } = await runToEnd(["demo", "--once"], { env: { TMPDIR: join(tmp, "t") } });
    expect(code).toBe(0);
    expect(stdout).toContain("All right: every request went out under its owner's name.");
    const [ledger = "", received = ""] = stdout.split("What the other side received:");
    for (const name of ["codex-backend", "codex_vscode", "codex_ios"]) {
      const times = name === "codex_ios" ? 3 : name === "codex_vscode" ? 4 : 3;
      expect(received).toMatch(new RegExp(`^${name} +${times} × model request over HTTP +${name} .* right$`, "m"));
      expect(received).toMatch(new RegExp(`^${name} +1 × WebSocket to the model +${name} .* right$`, "m"));
      expect(received).toMatch(
        new RegExp(`^${name} +1 × call of an MCP tool +\\(none\\) +codex-mcp-client/[0-9.]+ +right$`, "m"),
      );
      expect(received).toMatch(new RegExp(`^${name} +1 × realtime conversation +${name} .* right$`, "m"));
      for (const path of ["responses", "responses-websocket", "realtime-websocket"]) {
        expect(ledger).toMatch(new RegExp(` ${name} +${name} +${path} `));
      }
      expect(ledger).toMatch(new RegExp(` ${name} +- +mcp-http `));
    }
    expect(received).toMatch(/^codex_ios +1 × model request on codex_vscode's thread +codex_ios .* right$/m);
    expect(await readdir(join(tmp, "t"))).toEqual([]);
  });
});
