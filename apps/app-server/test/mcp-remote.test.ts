import { createRequestClient } from "@switchboard/client";
import { createExecServer } from "@switchboard/exec";
import { describe, expect, it, onTestFinished } from "vitest";

import { until } from "./support/agent.js";
import { httpMcpServer } from "./support/http-mcp-server.js";
import { calls, patient } from "./support/mcp.js";
import { silentServer } from "./support/silent-server.js";
import { testServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

/** An exec-server on a real port, gone when the test has finished. */
async function execServer(environment: Record<string, string>): Promise<{ url: string; sent: string[] }> {
  const sent: string[] = [];
  const requestClient = createRequestClient({ onRequest: ({ method, path }) => void sent.push(`${method} ${path}`) });
  const server = createExecServer({ environment, requestClient });
  const { url } = await server.listen("ws://127.0.0.1:0");
  onTestFinished(async () => {
    await server.close();
    await requestClient.close();
  });
  return { url, sent };
}

const settled = async (client: WireClient, threadId: string): Promise<Json> =>
  (
    await client.notification(
      "mcpServer/startupStatus/updated",
      (params) => params.threadId === threadId && params.status !== "starting",
    )
  ).params;

const toml = (url: string): string =>
  `[mcp_servers.web]\nurl = "${url}"\nenvironment_id = "remote"\nbearer_token_env_var = "TOKEN"\n`;

describe("an MCP server in the environment `remote`", () => {
  it("is reached through the exec-server, which has the token", async () => {
    const web = await httpMcpServer();
    const remote = await execServer({ TOKEN: "executor's token" });
    const { client, server } = await testServer({
      top: patient,
      script: [...calls("mcp__web__echo", { a: 1 }), ...calls("mcp__web__stream")],
      provider: toml(web.url),
      options: { environment: { MOCK_KEY: "k", TOKEN: "our token", CODEX_EXEC_SERVER_URL: remote.url } },
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.runTurn(threadId, "go");
    await owner.runTurn(threadId, "go");
    const results = owner
      .notifications("item/completed")
      .flatMap(({ item }) => (item.type === "mcpToolCall" ? [item.result.content[0].text] : []));
    expect(results).toEqual(['echo {"a":1}', "streamed"]);
    expect(remote.sent).toHaveLength(web.requests.length);
    for (const { headers } of web.requests) {
      expect(headers).toMatchObject({
        authorization: "Bearer executor's token",
        "user-agent": "codex-mcp-client/0.169.0",
      });
      expect(headers).not.toHaveProperty("originator");
    }
    await server.close();
    expect(web.requests.at(-1)?.method).toBe("DELETE");
  });

  it("fails with a reason when the executor has no token", async () => {
    const web = await httpMcpServer();
    const remote = await execServer({});
    const { client } = await testServer({
      top: patient,
      provider: toml(web.url),
      options: { environment: { MOCK_KEY: "k", CODEX_EXEC_SERVER_URL: remote.url } },
    });
    const owner = await client("codex_vscode");
    const { status, error } = await settled(owner, await owner.startThread());
    expect(status).toBe("failed");
    expect(error).toContain("requires executor environment variable TOKEN");
    expect(web.requests).toEqual([]);
  });

  it.each([
    ["no exec-server is there", "ws://127.0.0.1:9", "cannot open a WebSocket to ws://127.0.0.1:9"],
    ["none is configured", "", "environment `remote` is not available"],
  ])("fails with a reason when %s", async (_what, url, reason) => {
    const { client } = await testServer({
      top: patient,
      provider: toml("http://127.0.0.1:9/mcp"),
      options: { environment: { MOCK_KEY: "k", CODEX_EXEC_SERVER_URL: url } },
    });
    const owner = await client("codex_vscode");
    const { status, error } = await settled(owner, await owner.startThread());
    expect(status).toBe("failed");
    expect(error).toContain(reason);
  });

  it("leaves no socket behind when the exec-server takes connections and says nothing", async () => {
    const { port, sockets } = await silentServer();
    const { client } = await testServer({
      top: patient,
      provider: `${toml("http://127.0.0.1:9/mcp")}startup_timeout_sec = 0.2\n`,
      options: {
        environment: {
          MOCK_KEY: "k",
          TOKEN: "t",
          CODEX_EXEC_SERVER_URL: `ws://127.0.0.1:${port}`,
        },
      },
    });
    const owner = await client("codex_vscode");
    const { status, error } = await settled(owner, await owner.startThread());
    expect([status, error]).toEqual(["failed", expect.stringContaining("timed out after 0.2 seconds")]);
    await until(() => sockets.size === 0);
  });

  it("does not gather listeners over many calls", async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    const web = await httpMcpServer();
    const remote = await execServer({ TOKEN: "t" });
    const { client } = await testServer({
      top: patient,
      script: Array.from({ length: 14 }, () => calls("mcp__web__echo", { a: 1 })).flat(),
      provider: toml(web.url),
      options: { environment: { MOCK_KEY: "k", CODEX_EXEC_SERVER_URL: remote.url } },
    });
    const owner = await client("codex_vscode");
    const threadId = await owner.startThread();
    for (let turn = 0; turn < 14; turn += 1) await owner.runTurn(threadId, "go");
    expect(web.ofMethod("tools/call")).toHaveLength(14);
    expect(warnings.filter((text) => text.includes("listeners"))).toEqual([]);
  });
});
