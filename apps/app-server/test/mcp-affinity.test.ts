import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { affinityCookies, createRequestClient } from "@switchboard/client";
import {
  startInterceptingProxy,
  type InterceptedAnswer,
  type InterceptedRequest,
  type InterceptingProxy,
} from "@switchboard/simulator";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";

import { start } from "./support/program.js";
import { temporaryFolder } from "./support/temporary-home.js";
import { testServer } from "./support/test-server.js";
import { WireClient, type Json } from "./support/wire-client.js";

const hosted = "https://chatgpt.com/backend-api/ps/mcp";
const foreign = "https://mcp.example.test/mcp";

/** A Streamable HTTP server of one tool, and a new `__cflb` with every answer, the number of the request. */
function mcpAnswer(request: InterceptedRequest, cookie: string): InterceptedAnswer {
  const cookies = ["set-cookie", `__cflb=${cookie}; Path=/; Secure`] as const;
  if (request.method !== "POST") return { status: request.method === "GET" ? 405 : 200, headers: [cookies] };
  const { id, method, params }: Json = JSON.parse(request.body.toString());
  if (id === undefined) return { status: 202, headers: [cookies] };
  const results: Json = {
    initialize: {
      protocolVersion: params?.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: "ps", version: "1" },
    },
    "tools/list": { tools: [{ name: "echo", description: "e", inputSchema: { type: "object" } }] },
    "tools/call": { content: [{ type: "text", text: "hello" }] },
  };
  return {
    headers: [["content-type", "application/json"], ["mcp-session-id", "s"], cookies],
    body: JSON.stringify({ jsonrpc: "2.0", id, result: results[method] ?? {} }),
  };
}

async function intercept(): Promise<InterceptingProxy> {
  let answered = 0;
  const proxy = await startInterceptingProxy({
    hosts: ["chatgpt.com", "mcp.example.test"],
    answer: (request) => mcpAnswer(request, `n${(answered += 1)}`),
  });
  onTestFinished(() => proxy.close());
  return proxy;
}

function methodOf({ method, body }: InterceptedRequest): string {
  return method === "POST" && body.length > 2 ? JSON.parse(body.toString()).method : method;
}

/** Waits for the MCP server of a new thread to be ready, and calls its tool. */
async function useTool(client: WireClient, server: string): Promise<void> {
  const threadId = await client.startThread();
  await client.notification(
    "mcpServer/startupStatus/updated",
    (params) => params.threadId === threadId && params.status === "ready",
  );
  const { content } = await client.request("mcpServer/tool/call", { threadId, server, tool: "echo", arguments: {} });
  expect(content[0].text).toBe("hello");
}

/** Each request after the first has one cookie, which an earlier answer set. */
function expectAffinity(requests: readonly InterceptedRequest[]): void {
  expect(requests[0]?.header("cookie")).toBeUndefined();
  requests.slice(1).forEach((request, index) => {
    const [, number] = /^__cflb=n(\d+)$/.exec(request.header("cookie") ?? "") ?? [];
    expect(Number(number)).toBeGreaterThanOrEqual(1);
    expect(Number(number)).toBeLessThanOrEqual(index + 1);
  });
}

beforeEach(() => affinityCookies.clear());

describe("MCP over HTTP at ChatGPT's host", () => {
  it("has initialize's __cflb on its next request, and shares each new one with other threads and requests", async () => {
    const proxy = await intercept();
    const network = { httpsProxy: proxy.url, extraCertificates: proxy.authority };
    const { client } = await testServer({ provider: `[mcp_servers.ps]\nurl = "${hosted}"`, options: { network } });
    const owner = await client("codex_vscode");
    await useTool(owner, "ps");
    const [first, second] = proxy.requests;
    expect([first, second].map((request) => request && methodOf(request))).toEqual([
      "initialize",
      "notifications/initialized",
    ]);
    expect(second?.header("cookie")).toBe("__cflb=n1");
    // A second thread shares the session; a thread of another client has its own, which goes on where that one was.
    await useTool(owner, "ps");
    const before = proxy.requests.length;
    await useTool(await client("codex_ios"), "ps");
    const initialize = proxy.requests.slice(before).find((request) => methodOf(request) === "initialize");
    expect(initialize?.header("cookie")).toMatch(/^__cflb=n\d+$/);
    const other = createRequestClient({ network });
    onTestFinished(() => other.close());
    const request = {
      method: "GET",
      url: "https://chatgpt.com/other",
      headers: {},
      owner: {},
      path: "mcp-http",
      headersTimeoutMs: 5_000,
      bodyTimeoutMs: 5_000,
    } as const;
    (await other.send(request)).body.resume();
    expect(proxy.requests.at(-1)?.header("cookie")).toMatch(/^__cflb=n\d+$/);
    expectAffinity(proxy.requests);
  });

  it("leaves a third party that sets __cflb without one", async () => {
    const proxy = await intercept();
    const network = { httpsProxy: proxy.url, extraCertificates: proxy.authority };
    const { client } = await testServer({ provider: `[mcp_servers.other]\nurl = "${foreign}"`, options: { network } });
    await useTool(await client("codex_vscode"), "other");
    expect(proxy.requests.length).toBeGreaterThan(3);
    for (const request of proxy.requests) expect(request.header("cookie")).toBeUndefined();
    expect(affinityCookies.inspect()).toEqual([]);
  });

  it("uses the exec-server's store, with its http/request, when it goes through one", async () => {
    const proxy = await intercept();
    const folder = await temporaryFolder();
    await writeFile(join(folder, "authority.pem"), proxy.authority);
    const exec = await start(["exec-server", "--listen", "ws://127.0.0.1:0"], {
      env: { HTTPS_PROXY: proxy.url, CODEX_CA_CERTIFICATE: join(folder, "authority.pem") },
    });
    const [url] = await exec.says(/ws:\/\/127\.0\.0\.1:\d+/);
    const { client } = await testServer({
      provider: `[mcp_servers.ps]\nurl = "${hosted}"\nenvironment_id = "remote"`,
      options: { environment: { MOCK_KEY: "k", CODEX_EXEC_SERVER_URL: url } },
    });
    await useTool(await client("codex_vscode"), "ps");
    const direct = await WireClient.open(url);
    await direct.request("initialize", { clientName: "test" });
    direct.sendRaw(JSON.stringify({ method: "initialized" }));
    await direct.request("http/request", { requestId: "1", method: "GET", url: "https://chatgpt.com/other" });
    expectAffinity(proxy.requests);
    expect(proxy.requests.at(-1)?.header("cookie")).toMatch(/^__cflb=n\d+$/);
    // Our own process, which never talked to the host, has nothing.
    expect(affinityCookies.inspect()).toEqual([]);
  });
});
