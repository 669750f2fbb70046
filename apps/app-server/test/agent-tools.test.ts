import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";

import { outputItem, text, type Reply } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import {
  agentServer,
  answer,
  command,
  fileSays,
  marker,
  outputsOf,
  patch,
  tool,
  type AgentServer,
  type AgentThread,
} from "./support/agent.js";
import { mockProviderToml, temporaryHome } from "./support/temporary-home.js";
import type { Json } from "./support/wire-client.js";

/** The smallest picture there is. */
const png = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

const sessionIn = (output = ""): number => Number(/Process running with session ID (\d+)/.exec(output)?.[1]);

describe("exec_command", () => {
  it("shows its item, the output as it comes and the end, and tells the model in the form that models know", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { turn, outputs } = await thread.run(command("cat a.txt; exit 3"));
    const { frames } = thread.client;
    const about = frames.filter(({ params }: Json) => (params?.itemId ?? params?.item?.id) === "call_1");
    expect(about.map(({ method }) => method)).toEqual([
      "item/started",
      "item/commandExecution/outputDelta",
      "item/completed",
    ]);
    const [started, delta, completed]: Json[] = about.map(({ params }) => params);
    expect(started.item).toEqual({
      type: "commandExecution",
      id: "call_1",
      pluginId: null,
      scriptPath: null,
      command: expect.stringMatching(/ -c 'cat a.txt; exit 3'$/),
      cwd: thread.cwd,
      processId: expect.stringMatching(/^\d+$/),
      source: "unifiedExecStartup",
      status: "inProgress",
      commandActions: expect.any(Array),
      aggregatedOutput: null,
      exitCode: null,
      durationMs: null,
      startedAtMs: started.startedAtMs,
      completedAtMs: null,
    });
    expect(delta).toEqual({ threadId: thread.id, turnId: turn.id, itemId: "call_1", delta: "one\ntwo\nthree\n" });
    expect(completed.item).toEqual({
      ...started.item,
      status: "failed",
      aggregatedOutput: "one\ntwo\nthree\n",
      exitCode: 3,
      durationMs: expect.any(Number),
      completedAtMs: completed.completedAtMs,
    });
    expect(outputs["call_1"]).toMatch(
      /^Chunk ID: [0-9a-f]{6}\nWall time: \d+\.\d{4} seconds\nProcess exited with code 3\nOriginal token count: 4\nOutput:\none\ntwo\nthree\n$/,
    );
  });

  it("tells clients what a command does to files, if it can be told", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { items } = await thread.run(
      command("cat a.txt", "c1"),
      command("ls link", "c2"),
      command("grep -rn one .", "c3"),
    );
    expect(items.map(({ commandActions }) => commandActions)).toEqual([
      [{ type: "read", command: "cat a.txt", name: "a.txt", path: thread.path("a.txt") }],
      [{ type: "listFiles", command: "ls link", path: "link" }],
      [{ type: "search", command: "grep -rn one .", query: "one", path: "." }],
    ]);
  });

  it("keeps a session over turns: later turns write to it, look at it and see it end", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const mark = marker();
    const first = await thread.run(
      command(`echo ready; while read line; do echo "got $line"; done; : ${mark.word}`, "call_1", {
        tty: true,
        yield_time_ms: 250,
      }),
    );
    expect(first.items).toEqual([]);
    expect(first.outputs["call_1"]).toMatch(/Output:\nready\r\n$/);
    const id = sessionIn(first.outputs["call_1"]);
    const second = await thread.run(tool("write_stdin", { session_id: id, chars: "hello\n" }, "call_2"));
    expect(second.outputs["call_2"]).toMatch(/got hello\r\n$/);
    expect(sessionIn(second.outputs["call_2"])).toBe(id);
    const interaction = await thread.client.notification("item/commandExecution/terminalInteraction");
    expect(interaction.params).toEqual({
      threadId: thread.id,
      turnId: first.turn.id,
      itemId: "call_1",
      processId: String(id),
      stdin: "hello\n",
    });
    const third = await thread.run(
      tool("write_stdin", { session_id: id, chars: "\u0004", yield_time_ms: 20_000 }, "call_3"),
    );
    expect(third.outputs["call_3"]).toMatch(/Process exited with code 0/);
    const { params } = await thread.client.notification("item/completed", ({ item }) => item.id === "call_1");
    expect(params).toMatchObject({
      turnId: first.turn.id,
      item: {
        status: "completed",
        processId: String(id),
        aggregatedOutput: expect.stringMatching(/ready\r\n[^]*got hello/),
      },
    });
    const fourth = await thread.run(tool("write_stdin", { session_id: id }, "call_4"));
    expect(fourth.outputs["call_4"]).toBe(`write_stdin failed: Unknown process id ${id}`);
    expect(mark.processes()).toEqual([]);
  });

  it("has no input without a terminal, and says so", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { outputs } = await thread.run(command("exec sleep 86400", "call_1", { yield_time_ms: 250 }), (request) =>
      tool("write_stdin", { session_id: sessionIn(outputsOf(request)["call_1"]), chars: "x" }, "call_2"),
    );
    expect(outputs["call_2"]).toMatch(/stdin is closed for this session; rerun exec_command with tty=true/);
  });

  it("gives the model head and tail of what is long, as long as it wants", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { outputs } = await thread.run(command("seq 1 100000", "call_1", { max_output_tokens: 100 }));
    expect(outputs["call_1"]).toMatch(
      /Original token count: 147224\nOutput:\nWarning: truncated output \(original token count: 147224\)\nTotal output lines: \d+\n\n1\n2\n[^]*…147124 tokens truncated…[^]*\n100000\n$/,
    );
    expect(outputs["call_1"]?.length).toBeLessThan(800);
  });

  it("refuses a login shell where the configuration does", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { outputs, items } = await thread.run(command("touch made", "call_1", { login: true }));
    expect(outputs["call_1"]).toBe("login shell is disabled by config; omit `login` or set it to false.");
    expect(items).toEqual([]);
  });

  it("runs calls of one answer side by side", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    // Each waits for the other: one after the other they would never end.
    const meet = (own: string, other: string) => `echo > ${own}; until test -e ${other}; do sleep 0.01; done; echo met`;
    const { outputs } = await thread.run(
      [command(meet("x", "y"), "c1"), command(meet("y", "x"), "c2")].flat() as Reply,
    );
    for (const id of ["c1", "c2"]) expect(outputs[id]).toMatch(/exited with code 0\n[^]*met\n$/);
  });

  it("waits for a patch before it and holds up a patch after it", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { outputs } = await thread.run(
      [
        patch("*** Add File: b.txt\n+before", "c1"),
        command("cat b.txt", "c2"),
        patch("*** Update File: b.txt\n@@\n-before\n+after", "c3"),
        command("cat b.txt", "c4"),
      ].flat() as Reply,
    );
    expect(outputs["c2"]).toMatch(/\nbefore\n$/);
    expect(outputs["c4"]).toMatch(/\nafter\n$/);
  });
});

describe("the environment of a command", () => {
  const environment = {
    MOCK_KEY: "secret-key",
    HEADER_VALUE: "secret-header",
    MY_TOKEN: "secret-token",
    A_SECRET_THING: "secret-thing",
    AWS_ACCESS_KEY_ID: "secret-id",
    PLAIN: "plain",
    OTHER: "other",
    HOME: "/home/test",
  };

  async function environmentOf(top = "", sandbox = "workspace-write"): Promise<Record<string, string>> {
    const server = await agentServer({
      top,
      options: { environment },
      provider: 'env_http_headers = { "x-a" = "HEADER_VALUE" }',
    });
    const thread = await server.thread({ sandbox });
    const { items } = await thread.run(command("env -0 | tr '\\0' '\\1'"));
    const entries = String(items[0].aggregatedOutput)
      .split("\u0001")
      .filter((each) => each.includes("="));
    return Object.fromEntries(
      entries.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]),
    );
  }

  it.each(["workspace-write", "danger-full-access"])("holds no credential (%s)", async (sandbox) => {
    const seen = await environmentOf("", sandbox);
    expect(seen).toMatchObject({ PLAIN: "plain", OTHER: "other", HOME: "/home/test", CODEX_CI: "1", TERM: "dumb" });
    expect(seen["CODEX_TOOL_CALL_ID"]).toBe("call_1");
    expect(seen["CODEX_SANDBOX_NETWORK_DISABLED"]).toBe(sandbox === "workspace-write" ? "1" : undefined);
    expect(Object.keys(seen)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/MOCK_KEY|HEADER_VALUE|MY_TOKEN|A_SECRET_THING|AWS_/)]),
    );
    expect(JSON.stringify(seen)).not.toMatch(/secret-/);
  });

  it("never holds the provider's own credentials, whatever is let through", async () => {
    const seen = await environmentOf("shell_environment_policy.ignore_default_excludes = true");
    expect(seen).toMatchObject({ MY_TOKEN: "secret-token", A_SECRET_THING: "secret-thing" });
    expect(seen).not.toHaveProperty("MOCK_KEY");
    expect(seen).not.toHaveProperty("HEADER_VALUE");
  });

  it.each<[string, string, Json, string[]]>([
    ["exclude", 'exclude = ["PL*"]', { OTHER: "other" }, ["PLAIN"]],
    ["set", 'set = { PLAIN = "mine", MADE_KEY = "k" }', { PLAIN: "mine", MADE_KEY: "k" }, []],
    ["include_only", 'include_only = ["PATH", "PLAIN"]', { PLAIN: "plain" }, ["OTHER", "HOME"]],
    ["inherit none", 'inherit = "none"', {}, ["PLAIN", "OTHER", "HOME"]],
    ["inherit core", 'inherit = "core"', { HOME: "/home/test" }, ["PLAIN", "OTHER"]],
  ])("follows shell_environment_policy: %s", async (_, policy, wanted, absent) => {
    const seen = await environmentOf(`shell_environment_policy = { ${policy} }`, "danger-full-access");
    expect(seen).toMatchObject(wanted);
    for (const name of absent) expect(seen).not.toHaveProperty(name);
  });

  it("cannot be looked up in the server's own process from the sandbox", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { outputs } = await thread.run(command(`cat /proc/${process.pid}/environ /proc/${process.ppid}/environ`));
    expect(outputs["call_1"]).toMatch(/exited with code 1/);
  });
});

describe("shell, for models that use it", () => {
  const older = { model: "gpt-4.1" };
  const shell = (argv: Json, more: Json = {}) => tool("shell", { command: argv, ...more });

  it("runs a program to its end", async () => {
    const server = await agentServer();
    const thread = await server.thread(older);
    const { outputs, items, requests } = await thread.run(shell(["bash", "-c", "cat a.txt; exit 2"]));
    expect(outputs["call_1"]).toMatch(/^Exit code: 2\nWall time: \d+\.\d seconds\nOutput:\none\ntwo\nthree\n$/);
    expect(items).toMatchObject([
      { type: "commandExecution", status: "failed", exitCode: 2, command: expect.stringContaining("bash -c") },
    ]);
    const tools: Json = requests[0]?.at("tools");
    const names = tools.map(({ name }: Json) => name);
    expect(names).toContain("shell");
    expect(names).not.toContain("exec_command");
    expect(names).not.toContain("apply_patch");
  });

  it("ends what takes too long", async () => {
    const server = await agentServer();
    const thread = await server.thread(older);
    const mark = marker();
    const { outputs, items } = await thread.run(
      shell(["sh", "-c", `echo on; sleep ${mark.word}`], { timeout_ms: 300 }),
    );
    expect(outputs["call_1"]).toMatch(/^Exit code: 124\n[^]*command timed out after 300 milliseconds\non\n$/);
    expect(items).toMatchObject([{ status: "failed" }]);
    expect(mark.processes()).toEqual([]);
  });

  it("asks as exec_command does", async () => {
    const server = await agentServer();
    const thread = await server.thread({ ...older, approvalPolicy: "untrusted" });
    answer(thread.client, () => ({ result: { decision: "decline" } }));
    const { questions, outputs } = await thread.run(shell(["touch", "made"]));
    expect(questions).toHaveLength(1);
    expect(outputs["call_1"]).toMatch(/rejected by user/);
    expect(existsSync(thread.path("made"))).toBe(false);
  });

  it("applies a patch that is written as a command", async () => {
    const server = await agentServer();
    const thread = await server.thread(older);
    const { items, outputs } = await thread.run(
      shell(["apply_patch", "*** Begin Patch\n*** Add File: made\n+x\n*** End Patch"]),
    );
    expect(items).toMatchObject([{ type: "fileChange", status: "completed" }]);
    expect(outputs["call_1"]).toMatch(/Success\. Updated the following files:\nA made/);
    expect(readFileSync(thread.path("made"), "utf8")).toBe("x\n");
  });
});

describe("apply_patch", () => {
  it("changes files, shows the change and the diff of the turn so far", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { items, outputs, turn } = await thread.run(
      patch("*** Add File: b.txt\n+new\n*** Update File: a.txt\n@@\n one\n-two\n+2", "c1"),
      patch("*** Delete File: b.txt\n*** Update File: a.txt\n*** Move to: c.txt\n@@\n-three\n+3", "c2"),
    );
    expect(items.map(({ type, status }) => [type, status])).toEqual([
      ["fileChange", "completed"],
      ["fileChange", "completed"],
    ]);
    expect(items[0].changes).toEqual([
      {
        path: thread.path("a.txt"),
        kind: { type: "update", move_path: null },
        diff: "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n",
      },
      { path: thread.path("b.txt"), kind: { type: "add" }, diff: "new\n" },
    ]);
    expect(items[1].changes[0].kind).toEqual({ type: "update", move_path: thread.path("c.txt") });
    expect(outputs["c1"]).toMatch(
      /^Exit code: 0\nWall time: [\d.]+ seconds\nOutput:\nSuccess\. Updated the following files:\nA b\.txt\nM a\.txt\n$/,
    );
    expect(readFileSync(thread.path("c.txt"), "utf8")).toBe("one\n2\n3\n");
    expect(existsSync(thread.path("a.txt")) || existsSync(thread.path("b.txt"))).toBe(false);
    const diffs = thread.client.notifications("turn/diff/updated");
    expect(diffs.map(({ turnId }) => turnId)).toEqual([turn.id, turn.id]);
    expect(diffs[0].diff).toMatch(/\+new/);
    expect(diffs[1].diff).toMatch(/^diff --git a\/a\.txt b\/c\.txt\n[^]*\n-two\n-three\n\+2\n\+3\n$/);
    expect(diffs[1].diff).not.toMatch(/b\.txt/);
  });

  it("is found in a heredoc, also after cd", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { items, outputs } = await thread.run(
      command("cd .git/.. && apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: made\n+x\n*** End Patch\nEOF"),
    );
    expect(items).toMatchObject([{ type: "fileChange", id: "call_1", status: "completed" }]);
    expect(outputs["call_1"]).toMatch(/^Wall time: [^]*Success\. Updated/);
    expect(readFileSync(thread.path("made"), "utf8")).toBe("x\n");
  });

  it("leaves nothing in the folder but what it says, when many patches come", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    await thread.run(
      ...Array.from({ length: 50 }, (_, n) =>
        patch(`*** Update File: a.txt\n@@\n-${n === 0 ? "one" : `n${n - 1}`}\n+n${n}`, `c${n}`),
      ),
    );
    expect(readFileSync(thread.path("a.txt"), "utf8")).toBe("n49\ntwo\nthree\n");
  });
});

describe("other tools", () => {
  it("update_plan shows the steps", async () => {
    const server = await agentServer({ top: "tools.update_plan.enabled = true" });
    const thread = await server.thread();
    const { outputs, turn } = await thread.run(
      tool("update_plan", {
        explanation: "why",
        plan: [
          { step: "a", status: "completed" },
          { step: "b", status: "in_progress" },
          { step: "c", status: "pending" },
        ],
      }),
    );
    expect(outputs["call_1"]).toBe("Plan updated");
    expect(thread.client.notifications("turn/plan/updated")).toEqual([
      {
        threadId: thread.id,
        turnId: turn.id,
        explanation: "why",
        plan: [
          { step: "a", status: "completed" },
          { step: "b", status: "inProgress" },
          { step: "c", status: "pending" },
        ],
      },
    ]);
  });

  it("update_plan is not there unless it is wanted", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { outputs } = await thread.run(tool("update_plan", { plan: [] }));
    expect(outputs["call_1"]).toBe("unsupported call: update_plan");
  });

  it("view_image gives the model the picture", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    await writeFile(thread.path("p.png"), png);
    const { items, requests } = await thread.run(tool("view_image", { path: "p.png" }));
    expect(items).toMatchObject([{ type: "imageView", id: "call_1", path: thread.path("p.png") }]);
    expect(requests[1]?.at("input", -1, "output")).toEqual([
      { type: "input_image", image_url: `data:image/png;base64,${png.toString("base64")}`, detail: "high" },
    ]);
  });

  it("a local image of the user's is read and marked, or said to be unreadable", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    await writeFile(thread.path("p.png"), png);
    const { turn } = await thread.client.request("turn/start", {
      threadId: thread.id,
      input: [
        { type: "localImage", path: thread.path("p.png") },
        { type: "localImage", path: thread.path("no.png") },
        { type: "text", text: "what is it?" },
      ],
    });
    const { requests } = await thread.end(turn.id);
    expect(requests[0]?.at("input", -1, "content")).toEqual([
      { type: "input_text", text: `<image name=[Image #1] path="${thread.path("p.png")}">` },
      { type: "input_image", image_url: `data:image/png;base64,${png.toString("base64")}`, detail: "high" },
      { type: "input_text", text: "</image>" },
      { type: "input_text", text: expect.stringMatching(/could not read the local image at .*no\.png/) },
      { type: "input_text", text: "what is it?" },
    ]);
  });

  it.each<[Json, string, Json]>([
    [{ type: "search", query: "weather" }, "weather", { type: "search", query: "weather", queries: null }],
    [
      { type: "open_page", url: "https://a.example" },
      "https://a.example",
      { type: "openPage", url: "https://a.example" },
    ],
    [
      { type: "find_in_page", url: "https://a.example", pattern: "x" },
      "'x' in https://a.example",
      { type: "findInPage", url: "https://a.example", pattern: "x" },
    ],
    [{ type: "brand new" }, "", { type: "other" }],
  ])("a search of the provider's %j is shown", async (action, query, shown) => {
    const server = await agentServer({ top: 'web_search = "live"' });
    const thread = await server.thread();
    const { items, requests } = await thread.run([
      outputItem({ type: "web_search_call", id: "ws_1", status: "completed", action }),
      text("ok"),
    ]);
    expect(items).toMatchObject([{ type: "webSearch", id: "ws_1", query, action: shown }]);
    expect(requests[0]?.at("tools")).toContainEqual({ type: "web_search", external_web_access: true });
    expect((await thread.nextRequest()).at("input")).toContainEqual(
      expect.objectContaining({ type: "web_search_call", id: "ws_1", action }),
    );
  });
});

describe("settings", () => {
  const schema = { type: "object", properties: { a: { type: "string" } } };

  it("an output schema holds for the turn that named it", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { turn } = await thread.client.request("turn/start", {
      threadId: thread.id,
      input: [{ type: "text", text: "go" }],
      outputSchema: schema,
    });
    const { requests } = await thread.end(turn.id);
    expect(requests[0]?.at("text", "format")).toEqual({
      type: "json_schema",
      strict: true,
      schema,
      name: "codex_output_schema",
    });
    expect((await thread.nextRequest()).at("text", "format")).toBeUndefined();
  });

  it("turn/settings/update changes the running turn's next requests, and only those", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const { requests } = await thread.run(async () => {
      const { params } = await thread.client.notification("turn/started");
      const wanted = { threadId: thread.id, model: "gpt-6-sol", effort: "high", serviceTier: "priority" };
      expect(await thread.client.request("turn/settings/update", { ...wanted, turnId: params.turn.id })).toEqual({
        status: "applied",
      });
      expect(await thread.client.request("turn/settings/update", { ...wanted, turnId: thread.id })).toEqual({
        status: "targetUnavailable",
      });
      return command("cat a.txt");
    });
    const told = [...requests, await thread.nextRequest()].map((each) => [
      each.at("model"),
      each.at("reasoning", "effort"),
      each.at("service_tier"),
    ]);
    expect(told).toEqual([
      ["gpt-5.5", "medium", undefined],
      ["gpt-6-sol", "high", "priority"],
      ["gpt-5.5", "medium", undefined],
    ]);
  });

  it("a permission profile changes what later commands may do, and the model is told once", async () => {
    const server = await agentServer();
    const thread = await server.thread({ sandbox: undefined, permissions: ":read-only" });
    const update = (params: Json) => thread.client.call("thread/settings/update", { threadId: thread.id, ...params });
    await thread.run(command("touch one"));
    expect(existsSync(thread.path("one"))).toBe(false);
    expect(await update({ permissions: ":workspace" })).toMatchObject({ result: {} });
    const { params } = await thread.client.notification("thread/settings/updated");
    expect(params.threadSettings).toMatchObject({
      activePermissionProfile: { id: ":workspace", extends: null },
      sandboxPolicy: { type: "workspaceWrite", excludeSlashTmp: true },
    });
    const { requests } = await thread.run(command("touch one"));
    expect(existsSync(thread.path("one"))).toBe(true);
    const told: Json = requests[0]?.at("input");
    expect(JSON.stringify(told).split("<permissions instructions>")).toHaveLength(3);
    expect((await update({ permissions: ":mine" })).error.message).toMatch(/unknown .*profile.*:mine/);
    expect((await update({ permissions: ":workspace", sandboxPolicy: { type: "dangerFullAccess" } })).error.code).toBe(
      -32600,
    );
  });

  it("no sandboxed command changes the server's own configuration, wherever it is", async () => {
    const home = await temporaryHome("");
    const server: AgentServer = await agentServer({ options: { codexHome: home } });
    await writeFile(
      `${home}/config.toml`,
      mockProviderToml(server.simulator.url, { top: "allow_login_shell = false" }),
    );
    const thread: AgentThread = await server.thread();
    const before = readFileSync(`${home}/config.toml`, "utf8");
    const { items, outputs } = await thread.run(
      command(`echo x >> ${home}/config.toml`, "c1"),
      command(`touch /tmp/${thread.id} && rm /tmp/${thread.id}`, "c2"),
    );
    expect(items.map(({ status }) => status)).toEqual(["failed", "completed"]);
    expect(outputs["c1"]).toMatch(/Sandbox: this was probably denied/);
    expect(readFileSync(`${home}/config.toml`, "utf8")).toBe(before);
    const patched = await server.thread({ approvalPolicy: "never", cwd: home });
    expect((await patched.run(patch("*** Add File: rules/x.rules\n+x"))).outputs["call_1"]).toMatch(/^patch rejected/);
    expect(await fileSays(`${home}/config.toml`)).toBe(before.trim());
  });
});
