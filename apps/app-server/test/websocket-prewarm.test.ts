import { hang, httpError, text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { until } from "./support/agent.js";
import { httpMcpServer } from "./support/http-mcp-server.js";
import { silentServer } from "./support/silent-server.js";
import { namesOf, namesOn, testServer, type TestServer, type TestServerOptions } from "./support/test-server.js";
import type { Json } from "./support/wire-client.js";

function server(options: TestServerOptions = {}): Promise<TestServer> {
  return testServer({ ...options, provider: `supports_websockets = true\n${options.provider ?? ""}` });
}

const rolesOf = (input: unknown): string[] => ((input ?? []) as Json[]).map(({ role, type }) => role ?? type);

describe("the prewarm of a thread", () => {
  it("opens the socket that the first turn uses, which tells only what is new", async () => {
    const { client, simulator } = await server();
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    await until(() => simulator.prewarms.length === 1);
    const [prewarm] = simulator.prewarms;
    expect(namesOn(simulator.handshakes[0])).toEqual(namesOf("codex_vscode"));
    const members =
      "type model stream input tools tool_choice parallel_tool_calls reasoning store include prompt_cache_key generate client_metadata";
    expect(Object.keys(prewarm?.body as Json).join(" ")).toBe(members);
    expect([prewarm?.at("generate"), prewarm?.at("parallel_tool_calls")]).toEqual([false, true]);
    expect(rolesOf(prewarm?.at("input"))).toEqual(["developer"]);
    expect(prewarm?.at("client_metadata", "thread_id")).toBe(threadId);
    expect(prewarm?.at("client_metadata", "turn_id")).toBe("");
    expect(prewarm?.at("client_metadata", "root_turn_id")).toBeUndefined();
    const metadata = JSON.parse(prewarm?.at("client_metadata", "x-codex-turn-metadata") as string);
    expect(metadata).toMatchObject({ request_kind: "prewarm", turn_id: "" });
    expect(Object.keys(metadata)).not.toContain("turn_started_at_unix_ms");
    await one.runTurn(threadId, "hello");
    const [turn] = simulator.requests;
    expect(simulator.handshakes).toHaveLength(1);
    expect(turn?.connectionIndex).toBe(prewarm?.connectionIndex);
    expect(turn?.at("previous_response_id")).toEqual(expect.stringMatching(/^resp_/));
    expect(rolesOf(turn?.at("input"))).toEqual(["developer", "user", "user"]);
    expect(turn?.at("tools")).toEqual(prewarm?.at("tools"));
  });

  it("does not happen for a provider without WebSockets", async () => {
    const { client, simulator } = await testServer();
    const one = await client("codex_vscode");
    await one.runTurn(await one.startThread(), "hello");
    expect([simulator.handshakes.length, simulator.requestCount]).toEqual([0, 1]);
  });

  it("is of no use to another owner, who does not wait for it either", async () => {
    const { client, simulator } = await server({ prewarm: () => [hang()] });
    const [one, two] = [await client("codex_vscode"), await client("codex_ios")];
    const threadId = await one.startThread();
    await until(() => simulator.prewarms.length === 1);
    await two.request("thread/resume", { threadId });
    await two.runTurn(threadId, "mine");
    expect(simulator.handshakes.map(namesOn)).toEqual([namesOf("codex_vscode"), namesOf("codex_ios")]);
    expect(simulator.requests[0]?.at("previous_response_id")).toBeUndefined();
    expect(rolesOf(simulator.requests[0]?.at("input"))).toEqual(["developer", "developer", "user", "user"]);
  });

  it("that hangs is given up after the time for a handshake, and the turn has a socket of its own", async () => {
    const { client, simulator } = await server({
      prewarm: () => [hang()],
      provider: "websocket_connect_timeout_ms = 300",
    });
    const one = await client("codex_vscode");
    const { status } = await one.runTurn(await one.startThread(), "hello");
    expect(status).toBe("completed");
    expect(simulator.handshakes).toHaveLength(2);
    expect(rolesOf(simulator.prewarms[0]?.at("input"))).toEqual(["developer"]);
    expect(rolesOf(simulator.requests[0]?.at("input"))).toEqual(["developer", "developer", "user", "user"]);
    expect(one.notifications("error")).toEqual([]);
    await until(() => simulator.openSockets === 1);
  });

  it("that hangs does not hold up an interrupt", async () => {
    const { client, simulator } = await server({ prewarm: () => [hang()] });
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    await until(() => simulator.prewarms.length === 1);
    const turnId = await one.startTurn(threadId, "hello");
    await one.notification("item/completed", ({ item }) => item.type === "userMessage");
    await one.request("turn/interrupt", { threadId, turnId });
    const { turn } = (await one.notification("turn/completed")).params;
    expect([turn.status, simulator.requestCount]).toEqual(["interrupted", 0]);
  });

  it("ends with the server", async () => {
    const { client, server: running, simulator } = await server({ prewarm: () => [hang()] });
    const one = await client("codex_vscode");
    await one.startThread();
    await until(() => simulator.prewarms.length === 1);
    await running.close();
    await until(() => simulator.openSockets === 0);
    expect(simulator.requestCount).toBe(0);
  });

  it("answered by 426 sends the first turn over HTTP at once", async () => {
    const { client, simulator } = await server({ handshake: () => httpError(426) });
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    await until(() => simulator.handshakes.length === 1);
    await one.runTurn(threadId, "hello");
    expect(simulator.handshakes).toHaveLength(1);
    expect(simulator.requests.map(({ transport }) => transport)).toEqual(["http"]);
  });

  it("and a turn do not wait for ever for a proxy that says nothing, nor does the server's end", async () => {
    const { port, sockets } = await silentServer();
    const httpProxy = `http://127.0.0.1:${port}`;
    const { client, server: running } = await server({ options: { network: { httpProxy } } });
    const [one, two] = [await client("codex_vscode"), await client("codex_ios")];
    const threadId = await one.startThread();
    await two.request("thread/resume", { threadId });
    const turnId = await two.startTurn(threadId, "mine");
    await until(() => sockets.size === 2);
    await two.request("turn/interrupt", { threadId, turnId });
    const { turn } = (await two.notification("turn/completed")).params;
    expect(turn.status).toBe("interrupted");
    await until(() => sockets.size === 1);
    await running.close();
    await until(() => sockets.size === 0);
  });

  it("never goes out over HTTP, also when others find out meanwhile that there are no WebSockets", async () => {
    // The prewarm waits for a server that takes its time; a compaction does not.
    const slow = await httpMcpServer(({ message }) => message?.method === "initialize");
    const { client, simulator } = await server({
      top: "mcp_optional_startup_grace_ms = 500",
      handshake: () => httpError(426),
      provider: `[mcp_servers.slow]\nurl = "${slow.url}"\n`,
    });
    const [one, two] = [await client("codex_vscode"), await client("codex_ios")];
    const threadId = await one.startThread();
    await two.request("thread/resume", { threadId });
    await two.request("thread/compact/start", { threadId });
    await two.notification("turn/completed");
    // The maker's own turn waits until the prewarm is over.
    await one.runTurn(threadId, "hello");
    expect(simulator.requests.map((request) => [request.transport, request.at("generate")])).toEqual([
      ["http", undefined],
      ["http", undefined],
    ]);
  });

  it("that fails is not spoken of, and counts for nothing", async () => {
    const { client, simulator } = await server({ prewarm: () => httpError(500), script: [text("Hi")] });
    const one = await client("codex_vscode");
    await one.runTurn(await one.startThread(), "hello");
    expect([simulator.handshakes.length, simulator.requestCount]).toEqual([2, 1]);
    expect([...one.notifications("error"), ...one.notifications("warning")]).toEqual([
      expect.objectContaining({ message: expect.stringContaining("Model metadata") }),
    ]);
  });
});
