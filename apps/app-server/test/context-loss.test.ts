import { currentIdentity } from "@switchboard/login";
import { customToolCall, cut, functionCall, httpError, json, text, type RecordedRequest } from "@switchboard/simulator";
import { beforeEach, describe, expect, it } from "vitest";

import type { LedgerEntry } from "../src/ledger/entry.js";
import { agentServer, until } from "./support/agent.js";
import { accessToken, authJson, chatgptWorld } from "./support/chatgpt.js";
import { httpMcpServer } from "./support/http-mcp-server.js";
import { calls, patient } from "./support/mcp.js";
import { scrambleContexts, stranger } from "./support/scrambled-contexts.js";
import { namesOf, namesOn, testServer, type TestServer } from "./support/test-server.js";
import type { WireClient } from "./support/wire-client.js";

/** How often each turn has asked, by its id. */
function attempts(): (request: RecordedRequest) => number {
  const counts = new Map<unknown, number>();
  return (request) => {
    const turn = request.at("client_metadata", "turn_id");
    counts.set(turn, (counts.get(turn) ?? 0) + 1);
    return counts.get(turn) ?? 0;
  };
}

async function ledgerOf(client: WireClient): Promise<LedgerEntry[]> {
  const { entries, mismatches } = await client.request("switchboard/ledger/read", {});
  expect(mismatches).toBe(0);
  expect(entries.filter((entry: LedgerEntry) => [entry.client, entry.originator].includes(stranger))).toEqual([]);
  return entries;
}

/** Both clients run a turn in a thread of their own at the same time. */
async function bothAtOnce({ client }: Pick<TestServer, "client">): Promise<Array<readonly [string, string]>> {
  const clients = [await client("codex_vscode"), await client("codex_ios")] as const;
  const turns = await Promise.all(clients.map(async (each) => each.runTurn(await each.startThread(), "go")));
  expect(turns.map(({ status }) => status)).toEqual(["completed", "completed"]);
  for (const each of clients) await ledgerOf(each);
  return [
    ["codex_vscode", turns[0]?.id],
    ["codex_ios", turns[1]?.id],
  ];
}

describe("when every callback fires in another connection's scope", () => {
  beforeEach(scrambleContexts);

  it("they do: the test is one", async () => {
    const seen = await new Promise((resolve) => setTimeout(() => resolve(currentIdentity().originator), 1));
    expect(seen).toBe(stranger);
  });

  it("a model request that is tried again after timers and broken streams is its owner's", async () => {
    const attempt = attempts();
    const server = await testServer({
      provider: "request_max_retries = 2\nstream_max_retries = 3",
      script: (request) => {
        const nth = attempt(request);
        if (nth === 1) return httpError(503);
        return nth <= 3 ? [text("Hel"), cut({ afterEvents: nth })] : text("Hello");
      },
    });
    for (const [name, turnId] of await bothAtOnce(server)) {
      expect(server.requestsOf(turnId).map(namesOn)).toEqual(Array(4).fill(namesOf(name)));
    }
  });

  it("a WebSocket that is opened again in place of a dead one is its owner's, and so is HTTP after it", async () => {
    const attempt = attempts();
    const server = await testServer({
      provider: "supports_websockets = true\nstream_max_retries = 2",
      script: (request) =>
        attempt(request) <= 3 && request.transport === "websocket"
          ? [text("Hel"), cut({ afterEvents: 1 })]
          : text("Hello"),
    });
    for (const [name, turnId] of await bothAtOnce(server)) {
      expect(server.requestsOf(turnId).map(({ transport }) => transport)).toEqual([
        "websocket",
        "websocket",
        "websocket",
        "http",
      ]);
      expect(server.requestsOf(turnId).map(namesOn)).toEqual(Array(4).fill(namesOf(name)));
    }
    expect(server.simulator.handshakes.every((each) => each.header("originator") !== stranger)).toBe(true);
  });

  it("what follows the end of a child is its turn's", async () => {
    const server = await testServer({
      top: 'approval_policy = "never"\nsandbox_mode = "danger-full-access"\nallow_login_shell = false',
      script: (request) => {
        const outputs = (request.at("input") as Array<{ type: string }>).filter(({ type }) => type.endsWith("_output"));
        if (outputs.length === 0) {
          return [functionCall({ name: "exec_command", arguments: { cmd: "sleep 0.4; echo a", yield_time_ms: 250 } })];
        }
        const args = { session_id: Number(/session ID (\d+)/.exec(JSON.stringify(outputs))?.[1]), chars: "" };
        return outputs.length === 1 ? [functionCall({ name: "write_stdin", arguments: args })] : text("done");
      },
    });
    for (const [name, turnId] of await bothAtOnce(server)) {
      expect(server.requestsOf(turnId).map(namesOn)).toEqual(Array(3).fill(namesOf(name)));
    }
  });

  it("what follows an approval is its turn's, whoever gave it", async () => {
    const server = await agentServer({ top: 'approval_policy = "untrusted"' });
    const thread = await server.thread({ approvalPolicy: "untrusted" });
    const other = await server.client("codex_ios");
    await other.request("thread/resume", { threadId: thread.id });
    const turnId = await thread.start(
      [customToolCall({ name: "apply_patch", input: "*** Begin Patch\n*** Add File: b.txt\n+b\n*** End Patch" })],
      text("done"),
    );
    const question = await other.frame(({ method }) => method === "item/fileChange/requestApproval");
    other.sendRaw(JSON.stringify({ id: question.id, result: { decision: "accept" } }));
    await thread.client.notification("turn/completed");
    expect(server.requestsOf(turnId).map(namesOn)).toEqual(Array(2).fill(namesOf("codex_vscode")));
    await ledgerOf(other);
  });

  it("a request to an MCP server is noted for who caused it; what concerns the server, for who started it", async () => {
    const web = await httpMcpServer(({ message }, response) => {
      if (message?.method !== "tools/call") return false;
      response.writeHead(200, { "content-type": "text/event-stream" });
      const content = [{ type: "text", text: "more" }];
      for (const event of [{ method: "notifications/tools/list_changed" }, { id: message.id, result: { content } }]) {
        response.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", ...event })}\n\n`);
      }
      response.end();
      return true;
    });
    const server = await testServer({
      top: patient,
      script: [...calls("mcp__web__echo"), ...calls("mcp__web__echo"), ...calls("mcp__web__echo")],
      provider: `[mcp_servers.web]\nurl = "${web.url}"\n`,
    });
    const [one, two] = [await server.client("codex_vscode"), await server.client("codex_ios")];
    const threadId = await one.startThread();
    await one.runTurn(threadId, "go");
    await two.request("thread/resume", { threadId });
    await two.runTurn(threadId, "go");
    await two.runTurn(await two.startThread(), "go");
    const entries = (await ledgerOf(two)).filter(({ path, method }) => path === "mcp-http" && method === "POST");
    const posts = web.requests.filter(({ method }) => method === "POST");
    const noted = posts.map(({ message }, index) => [
      message.method,
      entries[index]?.client,
      entries[index]?.originator,
    ]);
    const of = (what: string) => noted.filter(([each]) => each === what).map(([, client]) => client);
    expect(of("tools/call")).toEqual(["codex_vscode", "codex_ios", "codex_ios"]);
    expect(new Set(noted.filter(([what]) => what !== "tools/call").map(([, client]) => client))).toEqual(
      new Set(["codex_vscode"]),
    );
    expect(of("tools/list").length).toBeGreaterThan(1);
    expect(noted.every(([, , originator]) => originator === null)).toBe(true);
  });

  it("what an MCP server is told of a call that was given up is noted for the call's owner", async () => {
    const web = await httpMcpServer(({ message }, response) => {
      if (message?.method === "notifications/cancelled") response.writeHead(202).end();
      return ["tools/call", "notifications/cancelled"].includes(message?.method);
    });
    const server = await testServer({
      top: patient,
      script: () => calls("mcp__web__echo")[0] ?? text("done"),
      provider: `[mcp_servers.web]\nurl = "${web.url}"\ntool_timeout_sec = 0.2\n`,
    });
    const [one, two] = [await server.client("codex_vscode"), await server.client("codex_ios")];
    const threadId = await one.startThread();
    await two.request("thread/resume", { threadId });
    const turnId = await one.startTurn(threadId, "go");
    // The first call is given up by a timer, a later one by the other client.
    await until(() => web.ofMethod("tools/call").length >= 2);
    await two.request("turn/interrupt", { threadId, turnId });
    await one.notification("turn/completed");
    await until(() => web.ofMethod("notifications/cancelled").length === web.ofMethod("tools/call").length);
    const entries = (await ledgerOf(two)).filter(({ path, method }) => path === "mcp-http" && method === "POST");
    expect(new Set(entries.map(({ client }) => client))).toEqual(new Set(["codex_vscode"]));
  });

  it("a refresh of the login is the first one's who needed it, and the requests after it are their owners'", async () => {
    const fresh = accessToken("fresh");
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const world = await chatgptWorld({
      auth: authJson(accessToken("stale", -60), "refresh-1"),
      takes: (bearer) => bearer === fresh,
      tokens: async () => {
        await answered;
        return json({ access_token: fresh, refresh_token: "refresh-2" });
      },
    });
    const [one, two] = [await world.client("codex_vscode"), await world.client("codex_ios")];
    const [a, b] = [await one.startThread(), await two.startThread()];
    const first = one.runTurn(a, "go");
    await until(() => world.refreshes().length === 1);
    const second = two.runTurn(b, "go");
    await two.notification("turn/started");
    answer();
    await Promise.all([first, second]);
    expect(world.refreshes().map(namesOn)).toEqual([namesOf("codex_vscode")]);
    const owners = world.modelRequests().map((request) => [request.header("thread-id"), request.header("originator")]);
    expect(Object.fromEntries(owners)).toEqual({ [a]: "codex_vscode", [b]: "codex_ios" });
  });
});
