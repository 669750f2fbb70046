import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { hang, httpError, startSimulator, text } from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import { agentServer, answer, command, patch } from "./support/agent.js";
import { accessToken, authJson } from "./support/chatgpt.js";
import { collector, type Answer, type Collector } from "./support/collector.js";
import { start } from "./support/program.js";
import { mockProviderToml, temporaryHome } from "./support/temporary-home.js";
import { namesOf, testServer, type TestServer, type TestServerOptions } from "./support/test-server.js";
import { WireClient, type Json } from "./support/wire-client.js";

const token = accessToken("analytics");
const auth = authJson(token, "refresh-1");

/** Configuration that tells a back end, which has a path of its own, of everything. */
const telling = (url: string, enabled = true) => `chatgpt_base_url = "${url}/back/"\n[analytics]\nenabled = ${enabled}`;

/** A server that tells a back end. */
async function world(
  options: TestServerOptions = {},
  how?: Answer,
): Promise<TestServer & { readonly seen: Collector }> {
  const seen = await collector(how);
  return { ...(await testServer({ top: telling(seen.url), auth, ...options })), seen };
}

/** What the back end was told, oldest first: the type, and what it says. */
function told({ bodies }: Collector): [type: string, params: Json][] {
  return bodies("/back/codex/analytics-events/events").flatMap(({ events }) =>
    events.map((event: Json) => [event.event_type.replace(/^codex_|_event$/g, ""), event.event_params]),
  );
}

function ofType(seen: Collector, wanted: string): Json[] {
  return told(seen).flatMap(([type, params]) => (type === wanted ? [params] : []));
}

describe("analytics", () => {
  it("say what the reference's say of a thread and its turns, each for the client whose they are", async () => {
    const { client, server, seen } = await world();
    const [one, two] = [await client("codex_vscode", "1.1.1"), await client("codex_ios", "2.2.2", {})];
    const threadId = await one.startThread();
    const mine = await one.runTurn(threadId, "a");
    await two.request("thread/resume", { threadId });
    const theirs = await two.runTurn(threadId, "b");
    await server.close();

    const clientOf = (name: string, version: string, experimental: boolean) => ({
      app_server_client: {
        product_client_id: "codex_vscode",
        client_name: name,
        client_version: version,
        rpc_transport: "websocket",
        experimental_api_enabled: experimental,
      },
      runtime: {
        codex_rs_version: "0.169.0",
        runtime_os: process.platform === "darwin" ? "macos" : process.platform,
        runtime_os_version: "1.2.3",
        runtime_arch: "x86_64",
      },
    });
    const ids = { thread_id: threadId, session_id: threadId };
    const [vscode, ios] = [clientOf("codex_vscode", "1.1.1", true), clientOf("codex_ios", "2.2.2", false)];
    expect(told(seen)).toMatchObject([
      ["thread_initialized", { ...ids, ...vscode, initialization_mode: "new", model: "mock-model", ephemeral: false }],
      [
        "turn",
        {
          ...ids,
          ...vscode,
          turn_id: mine.id,
          root_turn_id: mine.id,
          status: "completed",
          is_first_turn: true,
          initialization_mode: "new",
          sandbox_policy: "read_only",
          sandbox_network_access: false,
          approval_policy: "on-request",
          collaboration_mode: "default",
          model_provider: "mock",
          input_tokens: 100,
          output_tokens: 10,
          total_tokens: 110,
          steer_count: 0,
          total_tool_call_count: 0,
          turn_error: null,
        },
      ],
      ["thread_initialized", { ...ids, ...ios, initialization_mode: "resumed" }],
      ["turn", { ...ids, ...ios, turn_id: theirs.id, is_first_turn: false, initialization_mode: "resumed" }],
    ]);
    // A request is of one client only, under its name and with the server's login.
    expect(
      seen.exports.map(({ method, path, headers }) => ({
        at: `${method} ${path}`,
        originator: headers["originator"],
        userAgent: headers["user-agent"],
        login: [headers.authorization, headers["chatgpt-account-id"]],
      })),
    ).toEqual(
      [namesOf("codex_vscode", "1.1.1"), namesOf("codex_ios", "2.2.2")].map((names) => ({
        at: "POST /back/codex/analytics-events/events",
        ...names,
        login: [`Bearer ${token}`, "account-1"],
      })),
    );
  });

  it("never put the events of two connections into one request, also not of one name", async () => {
    const { client, server, seen } = await world();
    const owners = await Promise.all(
      ["a", "b", "a", "c"].map(async (name, index) => client(`client_${name}`, `${index}.0.0`)),
    );
    await Promise.all(
      owners.map(async (owner) => {
        const threadId = await owner.startThread();
        for (const said of ["1", "2", "3"]) await owner.runTurn(threadId, said);
      }),
    );
    await server.close();
    const batches = seen.bodies("/back/codex/analytics-events/events").map(({ events }) => ({
      count: events.length,
      versions: [
        ...new Set(
          events.map(
            ({
              event_params: {
                app_server_client: { client_version: version },
              },
            }: Json) => version,
          ),
        ),
      ],
    }));
    expect(batches.every(({ versions }) => versions.length === 1)).toBe(true);
    expect(batches.reduce((sum, { count }) => sum + count, 0)).toBe(16);
    const originators = seen.exports.map(({ headers }) => String(headers["originator"]));
    expect(originators.toSorted((a, b) => a.localeCompare(b))).toEqual([
      "client_a",
      "client_a",
      "client_b",
      "client_c",
    ]);
  });

  it("say what became of tools and of what the user was asked", async () => {
    const seen = await collector();
    const agent = await agentServer({ top: telling(seen.url), auth });
    const thread = await agent.thread({ approvalPolicy: "untrusted" });
    const answers = ["decline", "acceptForSession", "cancel"];
    answer(thread.client, () => ({ result: { decision: answers.shift() } }));
    await thread.run(command("touch refused", "call_1"), patch("*** Add File: b.txt\n+b", "call_2"), text("done"));
    await thread.run(command("cat a.txt; ls", "call_3"), command("touch x", "call_4"));
    await agent.server.close();
    const shown = ({
      item_id: id,
      final_approval_outcome: outcome,
      terminal_status: status,
      failure_kind: failure,
    }: Json) => [id, outcome, status, failure] as const;
    expect(ofType(seen, "command_execution").map(shown)).toEqual([
      ["call_1", "user_denied", "rejected", "approval_denied"],
      ["call_3", "unknown", "completed", null],
      ["call_4", "user_aborted", "rejected", "approval_denied"],
    ]);
    expect(ofType(seen, "command_execution")[1]).toMatchObject({
      tool_name: "unified_exec",
      exit_code: 0,
      command_total_action_count: 2,
      command_read_action_count: 1,
      command_list_files_action_count: 1,
    });
    expect(ofType(seen, "file_change").map(shown)).toEqual([
      ["call_2", "user_approved_for_session", "completed", null],
    ]);
    expect(ofType(seen, "file_change")[0]).toMatchObject({ file_change_count: 1, file_add_count: 1 });
    expect(
      ofType(seen, "review").map(({ item_id: id, subject_kind: kind, status, resolution, reviewer }) => [
        id,
        kind,
        status,
        resolution,
        reviewer,
      ]),
    ).toEqual([
      ["call_1", "command_execution", "denied", "none", "user"],
      ["call_2", "file_change", "approved", "session_approval", "user"],
      ["call_4", "command_execution", "aborted", "none", "user"],
    ]);
    expect(
      ofType(seen, "turn").map((turn) => [turn.status, turn.total_tool_call_count, turn.shell_command_count]),
    ).toEqual([
      ["completed", 2, 1],
      ["interrupted", 2, 2],
    ]);
  });

  it("say who steered and who interrupted, and why a turn failed", async () => {
    const { client, server, seen } = await world({
      script: [hang(), httpError(400, { body: { error: { message: "bad" } } })],
    });
    const [one, two] = [await client("codex_vscode"), await client("codex_ios")];
    const threadId = await one.startThread();
    const steer = async (expectedTurnId: string) =>
      two.call("turn/steer", { threadId, expectedTurnId, input: [{ type: "text", text: "x" }] });
    const other = "01a1feba-8eca-71f3-b1b1-34670ada740b";
    await steer(other);
    const turnId = await one.startTurn(threadId, "a");
    await steer(other);
    await two.call("turn/steer", { threadId, expectedTurnId: turnId, input: [] });
    await two.request("thread/resume", { threadId });
    await two.request("turn/interrupt", { threadId, turnId });
    await one.notification("turn/completed");
    await one.runTurn(threadId, "b");
    await server.close();
    expect(
      ofType(seen, "turn_steer").map((event) => [
        event.app_server_client.client_name,
        event.result,
        event.rejection_reason,
        event.accepted_turn_id,
      ]),
    ).toEqual([
      ["codex_ios", "rejected", "no_active_turn", null],
      ["codex_ios", "rejected", "expected_turn_mismatch", null],
      ["codex_ios", "rejected", "empty_input", null],
    ]);
    const [interrupted, failed] = ofType(seen, "turn");
    expect(interrupted).toMatchObject({
      status: "interrupted",
      explicit_client_interrupt_requested_at_ms: expect.any(Number),
    });
    expect(interrupted.app_server_client.client_name).toBe("codex_vscode");
    expect(failed).toMatchObject({ status: "failed", turn_error: expect.any(String) });
  });

  it("tell of a compaction, and of a command of the user's, but of neither as a turn", async () => {
    const { client, server, seen } = await world({ auth });
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    const ended = (count: number) => expect.poll(() => one.notifications("turn/completed").length).toBe(count);
    await one.request("thread/compact/start", { threadId });
    await ended(2);
    await one.request("thread/shellCommand", { threadId, command: "true" });
    await ended(3);
    await server.close();
    expect(told(seen).map(([type]) => type)).toEqual(["thread_initialized", "turn", "compaction", "command_execution"]);
    expect(ofType(seen, "compaction")[0]).toMatchObject({
      trigger: "manual",
      reason: "user_requested",
      phase: "standalone_turn",
      status: "completed",
    });
    expect(ofType(seen, "command_execution")[0]).toMatchObject({
      tool_name: "user_shell",
      tool_event_type: null,
      command_execution_source: "userShell",
      root_turn_id: null,
    });
  });

  it.each<[string, TestServerOptions["top"], Json]>([
    ["are not asked for", "", auth],
    ["are refused", "[analytics]\nenabled = false", auth],
    ["have no ChatGPT login", "[analytics]\nenabled = true", { auth_mode: "apikey", OPENAI_API_KEY: "sk-x" }],
    ["have no login", "[analytics]\nenabled = true", undefined],
  ])("send nothing when they %s", async (_name, top, login) => {
    const seen = await collector();
    const { client, server, warnings } = await testServer({
      top: `chatgpt_base_url = "${seen.url}/back"\n${top}`,
      auth: login,
    });
    const one = await client("codex_vscode");
    await one.runTurn(await one.startThread(), "a");
    const { entries } = await one.request("switchboard/ledger/read", {});
    await server.close();
    expect(seen.exports).toEqual([]);
    expect(entries.map(({ path }: Json) => path)).toEqual(["responses"]);
    expect(warnings).toEqual([]);
  });

  it.each([
    ["--analytics-default-enabled", undefined, 1],
    ["--verbose", undefined, 0],
    ["--analytics-default-enabled", false, 0],
  ])("obey %s with `enabled` as %s in the configuration", async (flag, enabled, count) => {
    const seen = await collector();
    const simulator = await startSimulator({ script: () => text("hi") });
    onTestFinished(() => simulator.close());
    const top = enabled === undefined ? `chatgpt_base_url = "${seen.url}/back"` : telling(seen.url, enabled);
    const home = await temporaryHome(mockProviderToml(simulator.url, { top }));
    await writeFile(join(home, "auth.json"), JSON.stringify(auth));
    const program = await start(["app-server", "--listen", "ws://127.0.0.1:0", flag], {
      env: { CODEX_HOME: home, MOCK_KEY: "k" },
    });
    const [url] = await program.says(/ws:\/\/127\.0\.0\.1:\d+/);
    const one = await WireClient.open(url);
    await one.initialize("codex_vscode");
    await one.runTurn(await one.startThread(), "a");
    program.child.kill("SIGTERM");
    expect((await program.ended).code).toBe(0);
    expect(seen.exports).toHaveLength(count);
  });

  it.each<[string, Answer]>([
    ["answers 500", (response) => void response.writeHead(500).end()],
    ["never answers", () => undefined],
    ["hangs up", (response) => void response.destroy()],
  ])("leave turns alone when the back end %s, and do not hold up the end", async (_name, how) => {
    const { client, server, warnings, seen } = await world({}, how);
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    for (const said of ["a", "b"]) expect((await one.runTurn(threadId, said)).status).toBe("completed");
    await server.close();
    expect(warnings.filter((line) => line.startsWith("analytics do not arrive: "))).toHaveLength(1);
    expect(warnings).toContain("3 analytics events were lost");
    // What did not arrive is not sent again.
    expect(seen.exports).toHaveLength(1);
    expect(warnings.join("\n")).not.toContain(token);
  });
});
