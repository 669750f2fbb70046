import type { ServerResponse } from "node:http";

import { describe, expect, it } from "vitest";

import { httpMcpServer } from "./support/http-mcp-server.js";
import { calls, patient } from "./support/mcp.js";
import { testServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

const toml = (url: string, more = ""): string => `[mcp_servers.web]\nurl = "${url}"\n${more}\n`;

const settled = async (client: WireClient, threadId: string): Promise<Json> =>
  (
    await client.notification(
      "mcpServer/startupStatus/updated",
      (params) => params.threadId === threadId && params.status !== "starting",
    )
  ).params;

const items = (client: WireClient): Json[] =>
  client
    .notifications("item/completed")
    .map(({ item }) => item)
    .filter(({ type }) => type === "mcpToolCall");

describe("an MCP server over HTTP", () => {
  it("is called, plainly and streaming, and never learns who our client is", async () => {
    const web = await httpMcpServer();
    const { client } = await testServer({
      top: patient,
      script: [...calls("mcp__web__echo", { a: 1 }), ...calls("mcp__web__stream")],
      provider: toml(
        web.url,
        'bearer_token_env_var = "TOKEN"\nhttp_headers = { "X-Fixed" = "one" }\nenv_http_headers = { "X-Env" = "FROM_ENV", "X-Absent" = "ABSENT" }',
      ),
      options: { environment: { MOCK_KEY: "k", TOKEN: "secret-token", FROM_ENV: "two" } },
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.runTurn(threadId, "go");
    await owner.runTurn(threadId, "go");
    expect(items(owner).map(({ result }) => result.content[0].text)).toEqual(['echo {"a":1}', "streamed"]);
    expect(owner.notifications("item/mcpToolCall/progress").map(({ message }) => message)).toEqual(["half"]);
    expect(web.requests.length).toBeGreaterThanOrEqual(5);
    for (const { headers } of web.requests) {
      expect(headers).toMatchObject({
        "user-agent": "codex-mcp-client/0.169.0",
        authorization: "Bearer secret-token",
        "x-fixed": "one",
        "x-env": "two",
      });
      expect(headers).not.toHaveProperty("originator");
      expect(headers).not.toHaveProperty("x-absent");
      expect(JSON.stringify(headers)).not.toContain("vscode");
    }
    const [list] = web.ofMethod("tools/list");
    expect(list?.headers).toMatchObject({ "mcp-session-id": "session-1", "mcp-protocol-version": "2025-06-18" });
  });

  it("ends its session when it is not used any more", async () => {
    const web = await httpMcpServer();
    const { client, server } = await testServer({ top: patient, provider: toml(web.url) });
    const owner = await client("codex_vscode");
    await settled(owner, await owner.startThread());
    await server.close();
    expect(web.requests.at(-1)).toMatchObject({ method: "DELETE", headers: { "mcp-session-id": "session-1" } });
  });

  it("gets a new session on the next use when the old one is lost", async () => {
    let isLost = false;
    const web = await httpMcpServer(({ message }, response) => {
      if (message?.method !== "tools/call" || isLost) return false;
      isLost = true;
      response.writeHead(404).end("no such session");
      return true;
    });
    const { client } = await testServer({
      top: patient,
      script: [...calls("mcp__web__echo"), ...calls("mcp__web__echo")],
      provider: toml(web.url),
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.runTurn(threadId, "one");
    await owner.runTurn(threadId, "two");
    expect(items(owner).map(({ status }) => status)).toEqual(["failed", "completed"]);
    expect(web.ofMethod("initialize")).toHaveLength(2);
  });

  it("fails a call at once when its stream breaks off, and gets a new session on the next use", async () => {
    const web = await httpMcpServer(({ message }, response) => {
      if (message?.params?.name !== "stream") return false;
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(": nothing yet\n\n", () => response.destroy());
      return true;
    });
    const { client } = await testServer({
      top: patient,
      script: [...calls("mcp__web__stream"), ...calls("mcp__web__echo")],
      provider: toml(web.url),
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.runTurn(threadId, "one");
    await owner.runTurn(threadId, "two");
    expect(items(owner).map(({ status, error }) => [status, error?.message])).toEqual([
      ["failed", expect.stringContaining("Transport closed")],
      ["completed", undefined],
    ]);
  });

  it("cannot send us to another place", async () => {
    const elsewhere = await httpMcpServer();
    const web = await httpMcpServer((_request, response) => {
      response.writeHead(307, { location: elsewhere.url }).end();
      return true;
    });
    const { client } = await testServer({
      top: patient,
      provider: toml(web.url, 'http_headers = { "X-Key" = "secret" }'),
    });
    const owner = await client("codex_vscode");
    const { status, error } = await settled(owner, await owner.startThread());
    expect(status).toBe("failed");
    expect(error).toContain("handshaking with MCP server failed");
    expect(elsewhere.requests).toEqual([]);
  });

  it("is followed to another path of its own", async () => {
    const web = await httpMcpServer(({ message }, response, { url }) => {
      if (url !== "/mcp" || message?.method !== "initialize") return false;
      response.writeHead(307, { location: "/moved" }).end();
      return true;
    });
    const { client } = await testServer({ top: patient, provider: toml(web.url) });
    const owner = await client("codex_vscode");
    expect((await settled(owner, await owner.startThread())).status).toBe("ready");
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ["an error", (response) => void response.writeHead(500).end("broken")],
    ["a page", (response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>")],
    ["nonsense", (response) => void response.writeHead(200, { "content-type": "application/json" }).end("{")],
    ["a login", (response) => void response.writeHead(401).end()],
    ["a cut", (response) => response.destroy()],
    [
      "an answer without an end",
      (response) => {
        response.writeHead(200, { "content-type": "application/json" });
        const more = () => {
          while (!response.destroyed && response.write("x".repeat(1 << 20)));
        };
        response.on("drain", more);
        more();
      },
    ],
    [
      "an event without an end",
      (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const more = () => {
          while (!response.destroyed && response.write(`data: ${"x".repeat(1 << 20)}\n`));
        };
        response.on("drain", more);
        more();
      },
    ],
  ])("that answers with %s fails to start, with a reason", async (_what, misbehave) => {
    const web = await httpMcpServer((_request, response) => {
      misbehave(response);
      return true;
    });
    const { client } = await testServer({ top: patient, provider: toml(web.url, "startup_timeout_sec = 5") });
    const owner = await client("codex_vscode");
    const { status, error } = await settled(owner, await owner.startThread());
    expect(status).toBe("failed");
    expect(error).toContain("MCP client for `web`");
  });

  it.each([
    ["no URL", "nothing"],
    ["nobody there", "http://127.0.0.1:9/mcp"],
  ])("with %s fails to start", async (_what, url) => {
    const { client } = await testServer({ top: patient, provider: toml(url) });
    const owner = await client("codex_vscode");
    expect((await settled(owner, await owner.startThread())).status).toBe("failed");
  });

  it("that never answers a call leaves it to its time", async () => {
    const web = await httpMcpServer(({ message }) => message?.method === "tools/call");
    const { client } = await testServer({
      top: patient,
      script: calls("mcp__web__echo"),
      provider: toml(web.url, "tool_timeout_sec = 0.2"),
    });
    const owner = await client("codex_vscode");
    await owner.runTurn(await owner.startThread(), "go");
    expect(items(owner)[0].error.message).toContain("timed out awaiting tools/call after 0.2s");
  });

  it("is shared by clients with different names", async () => {
    const web = await httpMcpServer();
    const { client } = await testServer({ top: patient, provider: toml(web.url) });
    const [owner, other] = await Promise.all([client("codex_vscode"), client("codex_ios")]);
    await settled(owner, await owner.startThread());
    await settled(other, await other.startThread());
    expect(web.ofMethod("initialize")).toHaveLength(1);
  });
});
