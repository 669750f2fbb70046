import { readFile, writeFile } from "node:fs/promises";

import { describe, expect, it } from "vitest";

import { calls, gone, isAlive, mcpLog, patient, toolNames } from "./support/mcp.js";
import { temporaryFolder, mockProviderToml, temporaryHome } from "./support/temporary-home.js";
import { testServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

/** How servers started, as a client was told for one thread. */
const startup = (client: WireClient, threadId: string): Json[] =>
  client
    .notifications("mcpServer/startupStatus/updated")
    .filter((params) => params.threadId === threadId)
    .map(({ name, status, error }) => (error === null ? [name, status] : [name, status, error]));

const settled = (client: WireClient, threadId: string, name = "scr"): Promise<Json> =>
  client.notification(
    "mcpServer/startupStatus/updated",
    (params) => params.threadId === threadId && params.name === name && params.status !== "starting",
  );

describe("the start of MCP servers", () => {
  it("does not hold up thread/start, and is told after thread/started", async () => {
    const log = await mcpLog();
    const { client } = await testServer({
      top: patient,
      provider: log.server("scr") + log.server("dead", "dies") + log.server("off", "", "enabled = false"),
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await settled(owner, threadId);
    await settled(owner, threadId, "dead");
    expect(startup(owner, threadId)).toEqual(
      expect.arrayContaining([
        ["scr", "ready"],
        [
          "dead",
          "failed",
          "MCP client for `dead` failed to start: MCP startup failed: handshaking with MCP server failed: connection closed: initialize response: connection closed: initialize response",
        ],
      ]),
    );
    expect(startup(owner, threadId).slice(0, 2)).toEqual([
      ["dead", "starting"],
      ["scr", "starting"],
    ]);
    const methods = owner.frames.map(({ method }) => method);
    expect(methods.indexOf("thread/started")).toBeLessThan(methods.indexOf("mcpServer/startupStatus/updated"));
    expect(owner.notifications("mcpServer/startupStatus/updated")[0]).toEqual({
      threadId,
      name: "dead",
      status: "starting",
      error: null,
      failureReason: null,
    });
  });

  it.each([
    [
      "never answers",
      "silent-start",
      "startup_timeout_sec = 0.3",
      "MCP client for `scr` timed out after 0.3 seconds. Add or adjust `startup_timeout_sec` in your config.toml:\n[mcp_servers.scr]\nstartup_timeout_sec = XX",
    ],
    [
      "refuses",
      "refuses-start",
      "",
      "MCP client for `scr` failed to start: MCP startup failed: handshaking with MCP server failed: JSON-RPC error: -32000: not today: JSON-RPC error: -32000: not today",
    ],
    [
      "says too much",
      "overlong",
      "",
      "MCP client for `scr` failed to start: MCP startup failed: handshaking with MCP server failed: connection closed: initialize response: connection closed: initialize response",
    ],
    [
      "lives in a place that does not exist",
      "",
      'environment_id = "moon"',
      "MCP client for `scr` failed to start: MCP startup failed: environment `moon` is not available",
    ],
  ])("fails with a reason when the server %s, and turns go on", async (_what, mode, more, error) => {
    const log = await mcpLog();
    const { client } = await testServer({ top: patient, provider: log.server("scr", mode, more) });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    const { params } = await settled(owner, threadId);
    expect(params).toMatchObject({ status: "failed", error });
    expect((await owner.runTurn(threadId, "go")).status).toBe("completed");
    for (const { pid } of log.notes("start")) await gone(pid);
  });

  it("fails with a reason when there is no such command", async () => {
    const { client } = await testServer({
      top: patient,
      provider: '[mcp_servers.scr]\ncommand = "/nonexistent/program"',
    });
    const owner = await client("codex_vscode");
    const { params } = await settled(owner, await owner.startThread());
    expect(params.error).toBe(
      "MCP client for `scr` failed to start: MCP startup failed: No such file or directory (os error 2)",
    );
  });

  it("survives garbage on stdout", async () => {
    const log = await mcpLog();
    const { client } = await testServer({
      top: patient,
      script: calls("mcp__scr__echo"),
      provider: log.server("scr", "garbage"),
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.runTurn(threadId, "go");
    expect(owner.notifications("item/completed").map(({ item }) => item.status)).toContain("completed");
  });

  it("holds up a thread only for a required server, and refuses it without", async () => {
    const log = await mcpLog();
    const { client } = await testServer({
      top: patient,
      provider: log.server("scr", "", "required = true") + log.server("dead", "dies", "required = true"),
    });
    const owner = await client("codex_vscode");
    const { error } = await owner.call("thread/start", {});
    expect(error).toEqual({
      code: -32603,
      message:
        "error creating thread: Fatal error: Failed to initialize session: required MCP servers failed to initialize: dead: handshaking with MCP server failed: connection closed: initialize response: connection closed: initialize response",
    });
    expect((await owner.request("thread/loaded/list", {})).data).toEqual([]);
  });

  it("is not waited for long by a turn", async () => {
    const log = await mcpLog();
    const { client, simulator } = await testServer({
      top: "mcp_optional_startup_grace_ms = 50",
      provider: log.server("scr", "silent-start"),
    });
    const owner = await client("codex_vscode");
    const turn = await owner.runTurn(await owner.startThread(), "go");
    expect(turn.status).toBe("completed");
    expect(toolNames(simulator.requests[0])).toEqual([]);
  });
});

describe("the processes of MCP servers", () => {
  it("get what they need, and no credentials", async () => {
    const log = await mcpLog();
    const cwd = await temporaryFolder();
    const { client } = await testServer({
      top: patient,
      provider: log.server("scr", "", 'env_vars = ["WANTED", "ABSENT"]'),
      options: { environment: { MOCK_KEY: "secret-key", OPENAI_API_KEY: "secret", PATH: "/bin", WANTED: "yes" } },
    });
    const owner = await client("codex_vscode");
    await settled(owner, await owner.startThread({ cwd }));
    const [start] = log.notes("start");
    expect(start?.["cwd"]).toBe(cwd);
    expect(Object.keys(start?.["environment"]).sort()).toEqual(["MCP_LOG", "PATH", "WANTED"]);
  });

  it("are shared by threads for which they are the same", async () => {
    const log = await mcpLog();
    const { client } = await testServer({
      top: patient,
      script: [...calls("mcp__scr__echo"), ...calls("mcp__scr__echo")],
      provider: log.server("scr"),
    });
    const [owner, other] = await Promise.all([client("codex_vscode"), client("codex_ios")]);
    const first = await owner.startThread();
    const second = await other.startThread();
    await owner.runTurn(first, "go");
    await other.runTurn(second, "go");
    expect(startup(other, second)).toEqual([
      ["scr", "starting"],
      ["scr", "ready"],
    ]);
    expect(log.notes("start")).toHaveLength(1);
    const elsewhere = await owner.startThread({ cwd: await temporaryFolder() });
    await settled(owner, elsewhere);
    expect(log.notes("start")).toHaveLength(2);
  });

  it("start again on the next use after a crash, for all threads that share them", async () => {
    const log = await mcpLog();
    const { client } = await testServer({
      top: patient,
      script: [...calls("mcp__scr__crash"), ...calls("mcp__scr__echo")],
      provider: log.server("scr"),
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.runTurn(threadId, "crash it");
    const status = await owner.request("mcpServerStatus/list", { threadId });
    expect(status.data[0].runtimeStatus).toBe("notStarted");
    await owner.runTurn(threadId, "use it");
    const items = owner.notifications("item/completed").map(({ item }) => item);
    expect(items.filter(({ type }) => type === "mcpToolCall").map((item) => item.status)).toEqual([
      "failed",
      "completed",
    ]);
    expect(log.notes("start")).toHaveLength(2);
    expect(startup(owner, threadId)).toEqual([
      ["scr", "starting"],
      ["scr", "ready"],
      ["scr", "starting"],
      ["scr", "ready"],
    ]);
  });

  it("end soon after the last thread that uses them, with all they started", async () => {
    const log = await mcpLog();
    const { client } = await testServer({
      top: "thread_unload_delay_secs = 0",
      provider: log.server("scr", "child"),
    });
    const owner = await client("codex_vscode");
    const [first, second] = [await owner.startThread(), await owner.startThread()];
    await settled(owner, first);
    await settled(owner, second);
    const [start] = await log.noted("start");
    const [child] = await log.noted("child");
    await owner.request("thread/unsubscribe", { threadId: first });
    await owner.notification("thread/closed", ({ threadId }) => threadId === first);
    expect(isAlive(start?.pid ?? 0)).toBe(true);
    await owner.request("thread/unsubscribe", { threadId: second });
    await gone(start?.pid ?? 0);
    await gone(child?.["child"]);
    expect(log.notes("end of input")).toHaveLength(1);
    const third = await owner.startThread();
    await settled(owner, third);
    expect(log.notes("start")).toHaveLength(2);
  });

  it("end with the server, also those that will not", async () => {
    const log = await mcpLog();
    const { client, server } = await testServer({ top: patient, provider: log.server("scr", "stubborn") });
    const owner = await client("codex_vscode");
    await settled(owner, await owner.startThread());
    const [start] = log.notes("start");
    await server.close();
    expect(isAlive(start?.pid ?? 0)).toBe(false);
    expect(log.notes("SIGTERM")).toHaveLength(1);
  });
});

describe("mcpServerStatus/list", () => {
  it("shows the servers of a thread as they stand", async () => {
    const log = await mcpLog();
    const { client } = await testServer({
      top: patient,
      provider:
        log.server("scr", "", 'enabled_tools = ["echo"]') +
        log.server("dead", "dies") +
        log.server("off", "", "enabled = false") +
        '[mcp_servers.web]\nurl = "http://127.0.0.1:9/mcp"\nbearer_token_env_var = "MISSING"\n',
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await Promise.all(["scr", "dead", "web"].map((name) => settled(owner, threadId, name)));
    const list = (params: Json) => owner.request("mcpServerStatus/list", { threadId, ...params });
    const { data, nextCursor } = await list({});
    expect(nextCursor).toBeNull();
    const reason =
      "handshaking with MCP server failed: connection closed: initialize response: connection closed: initialize response";
    const nothing = {
      pluginId: null,
      serverInfo: null,
      serverCapabilities: null,
      toolListMeta: null,
      tools: {},
      resources: [],
      resourceTemplates: [],
    };
    expect(data).toEqual([
      {
        ...nothing,
        name: "dead",
        runtimeStatus: "failed",
        httpOrigin: null,
        toolsError: `MCP startup failed: ${reason}`,
        authStatus: "unsupported",
      },
      {
        ...nothing,
        name: "off",
        runtimeStatus: "disabled",
        httpOrigin: null,
        toolsError: null,
        authStatus: "unsupported",
      },
      {
        name: "scr",
        runtimeStatus: "connected",
        pluginId: null,
        httpOrigin: null,
        serverInfo: {
          name: "scripted",
          title: "Scripted",
          version: "1.2",
          description: null,
          icons: null,
          websiteUrl: null,
        },
        serverCapabilities: { tools: { listChanged: true }, resources: {} },
        toolListMeta: null,
        tools: {
          echo: {
            name: "echo",
            description: "echo tool",
            inputSchema: { type: "object", properties: { a: { type: "string" } } },
            annotations: { readOnlyHint: true },
          },
        },
        toolsError: null,
        resources: [{ uri: "mem://a", name: "A", mimeType: "text/plain" }],
        resourceTemplates: [{ uriTemplate: "mem://{x}", name: "T" }],
        authStatus: "unsupported",
      },
      {
        ...nothing,
        name: "web",
        runtimeStatus: "failed",
        httpOrigin: "http://127.0.0.1:9",
        toolsError: "MCP startup failed: Environment variable MISSING for MCP server 'web' is not set",
        authStatus: "bearerToken",
      },
    ]);
    expect((await list({ detail: "toolsAndAuthOnly", serverName: "scr" })).data).toMatchObject([
      { name: "scr", resources: [] },
    ]);
    expect(await list({ limit: 1 })).toMatchObject({ data: [{ name: "dead" }], nextCursor: "1" });
    expect((await list({ limit: 2, cursor: "1" })).data.map(({ name }: Json) => name)).toEqual(["off", "scr"]);
    expect(await list({ serverName: "unknown" })).toEqual({ data: [], nextCursor: null });
  });

  it("without a thread starts the configured ones", async () => {
    const log = await mcpLog();
    const { client } = await testServer({ top: patient, provider: log.server("scr") });
    const owner = await client("codex_vscode");
    const { data } = await owner.request("mcpServerStatus/list", {});
    expect(data).toMatchObject([{ name: "scr", runtimeStatus: null, serverInfo: { name: "scripted" } }]);
    expect(log.notes("start")).toHaveLength(1);
  });

  it.each<[Json, string]>([
    [{ cursor: "zz" }, "invalid cursor: zz"],
    [{ cursor: "99" }, "cursor 99 exceeds total MCP servers 0"],
    [{ threadId: "01a1f89d-5be0-7bd2-b960-b920f0df7f36" }, "thread not found: 01a1f89d-5be0-7bd2-b960-b920f0df7f36"],
  ])("refuses %j", async (params, message) => {
    const { client } = await testServer();
    const owner = await client("codex_vscode");
    expect((await owner.call("mcpServerStatus/list", params)).error).toEqual({ code: -32600, message });
  });
});

describe("mcpServer/tool/call and mcpServer/resource/read", () => {
  it("answer with what the server says", async () => {
    const log = await mcpLog();
    const { client } = await testServer({ top: patient, provider: log.server("scr") + log.server("dead", "dies") });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    const call = (tool: string, more: Json = {}) =>
      owner.call("mcpServer/tool/call", { threadId, server: "scr", tool, ...more });
    expect((await call("echo", { arguments: { a: 1 } })).result).toEqual({
      content: [{ type: "text", text: 'echo {"a":1}' }],
    });
    expect((await call("fail")).result).toEqual({ content: [{ type: "text", text: "it failed" }], isError: true });
    expect((await call("structured")).result).toMatchObject({ structuredContent: { x: 1 }, _meta: { k: "v" } });
    expect(JSON.parse((await call("meta", { _meta: { z: 1 } })).result.content[0].text)).toMatchObject({
      z: 1,
      threadId,
    });
    expect((await call("refuse")).error).toEqual({ code: -32602, message: "bad arguments", data: { x: 1 } });
    expect((await call("echo", { arguments: [1] })).error).toEqual({
      code: -32603,
      message: "tool call failed for `scr/echo`: MCP tool arguments must be a JSON object, got [1]",
    });
    expect((await call("crash")).error).toEqual({
      code: -32603,
      message: "tool call failed for `scr/crash`: Transport closed",
    });
    expect((await call("x", { server: "unknown" })).error).toEqual({
      code: -32603,
      message: "unknown MCP server 'unknown'",
    });
    expect((await call("x", { server: "dead" })).error.message).toMatch(/^failed to get client: MCP startup failed: /);
    const read = (params: Json) => owner.call("mcpServer/resource/read", { server: "scr", ...params });
    const contents = [{ uri: "mem://a", mimeType: "text/plain", text: "content" }];
    expect((await read({ threadId, uri: "mem://a" })).result).toEqual({ contents, originCallId: null });
    expect((await read({ uri: "mem://a" })).result).toEqual({ contents, originCallId: null });
    expect((await read({ threadId, uri: "mem://bad" })).error).toEqual({ code: -32002, message: "not found" });
    expect((await read({ server: "unknown", uri: "mem://a" })).error).toEqual({
      code: -32603,
      message: "unknown MCP server 'unknown'",
    });
  });
});

describe("config/mcpServer/reload", () => {
  it("takes new servers, leaves out old ones, and lets the rest go on", async () => {
    const log = await mcpLog();
    const home = await temporaryHome("");
    const { client, simulator } = await testServer({ top: patient, options: { codexHome: home } });
    const write = (servers: string) =>
      writeFile(`${home}/config.toml`, mockProviderToml(simulator.url, { more: servers }));
    await write(log.server("kept") + log.server("old"));
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await settled(owner, threadId, "kept");
    await settled(owner, threadId, "old");
    const [old] = log.notes("start").filter(({ pid }) => isAlive(pid));
    expect(old).toBeDefined();
    await write(log.server("kept") + log.server("fresh"));
    expect(await owner.request("config/mcpServer/reload")).toEqual({});
    await settled(owner, threadId, "fresh");
    await owner.runTurn(threadId, "go");
    const names: string[] = toolNames(simulator.requests.at(-1));
    expect(new Set(names.map((name) => name.split("__")[1]))).toEqual(new Set(["kept", "fresh"]));
    expect(log.notes("start")).toHaveLength(3);
    const [ended] = await log.noted("end of input");
    await gone(ended?.pid ?? 0);
    expect(log.notes("start").filter(({ pid }) => isAlive(pid))).toHaveLength(2);
    await writeFile(`${home}/config.toml`, "broken");
    const { error } = await owner.call("config/mcpServer/reload");
    expect(error.message).toMatch(/^failed to reload MCP servers: /);
    expect(await readFile(`${home}/config.toml`, "utf8")).toBe("broken");
  });

  it.each([
    ['url = "http://x"', "url is not supported for stdio"],
    ["startup_timeout_sec = -1", "cannot convert float seconds to Duration: value is negative"],
    ['tool_timeout_sec = "x"', 'invalid type: string "x", expected f64'],
    ['enabled_tools = "x"', 'invalid type: string "x", expected a sequence'],
    ["env_vars = [1]", "data did not match any variant of untagged enum McpServerEnvVar"],
    ['default_tools_approval_mode = "x"', "unknown variant `x`, expected one of `auto`, `prompt`, `writes`, `approve`"],
  ])("and thread/start refuse %s", async (line, message) => {
    const { client } = await testServer({ top: patient, provider: `[mcp_servers.scr]\ncommand = "x"\n${line}` });
    const owner = await client("codex_vscode");
    const { error } = await owner.call("thread/start", {});
    expect(error.code).toBe(-32600);
    expect(error.message).toMatch(/^failed to load configuration: .*config\.toml:\d+:\d+: /);
    expect(error.message).toContain(message);
  });
});
