import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { mkdir, rename, symlink } from "node:fs/promises";
import { join } from "node:path";

import { customToolCall, functionCall, startSimulator, text, type Reply } from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import {
  type AgentThread,
  agentServer,
  command,
  fileSays,
  makeWorkspace,
  marker,
  model,
  outputsOf,
  patch,
  tool,
  until,
} from "./support/agent.js";
import { start } from "./support/program.js";
import { mockProviderToml, temporaryHome } from "./support/temporary-home.js";
import { WireClient, type Json } from "./support/wire-client.js";

/** What the model is told of one call, in a thread that works on afterwards. */
async function toldOf(call: Reply, params: Json = {}, thread?: AgentThread) {
  const used = thread ?? (await (await agentServer()).thread(params));
  const report = await used.run(call);
  expect(report.turn.status).toBe("completed");
  const next = await used.run(command("cat a.txt", "call_after"));
  expect(next.turn.status).toBe("completed");
  expect(next.outputs["call_after"]).toContain("one\ntwo\nthree");
  return { ...report, told: report.outputs["call_1"] ?? "", thread: used };
}

const danger = { sandbox: "danger-full-access" };

describe("a call that is none", () => {
  it.each<[string, Reply, RegExp]>([
    ["an unknown function", tool("make_coffee", {}), /^unsupported call: make_coffee$/],
    [
      "an unknown free-form tool",
      customToolCall({ name: "paint", input: "x", callId: "call_1" }),
      /^unsupported custom tool call: paint$/,
    ],
    [
      "a function of an unknown group",
      functionCall({ namespace: "mcp__no", name: "x", arguments: {}, callId: "call_1" }),
      /^unsupported call: /,
    ],
    ["a free-form tool called as a function", tool("apply_patch", { input: "x" }), /^unsupported call: apply_patch$/],
    ["broken JSON", tool("exec_command", '{"cmd": "touch made'), /^failed to parse function arguments: ./],
    ["no object", tool("exec_command", "[1]"), /^failed to parse function arguments: invalid type: list/],
    ["nothing", tool("exec_command", ""), /missing field `cmd`/],
    [
      "a wrong type",
      tool("exec_command", { cmd: ["touch", "made"] }),
      /invalid type for `cmd`: list, expected a string/,
    ],
    ["a wrong inner type", tool("exec_command", { cmd: "touch made", tty: "yes" }), /invalid type for `tty`/],
    [
      "a wrong word",
      tool("exec_command", { cmd: "touch made", sandbox_permissions: "root" }),
      /unknown variant `root`/,
    ],
    ["a session that is none", tool("write_stdin", { session_id: 1 }), /Unknown process id 1/],
    ["no picture", tool("view_image", { path: "a.txt" }), /unable to process image/],
    ["a picture that is not there", tool("view_image", { path: "no.png" }), /unable to locate image/],
    ["a question outside of plan mode", tool("request_user_input", { questions: [] }), /unavailable in Default mode/],
  ])("%s is told to the model, and nothing happens", async (_, call, wanted) => {
    const { told, items, thread } = await toldOf(call);
    expect(told).toMatch(wanted);
    expect(items).toEqual([]);
    expect(existsSync(thread.path("made"))).toBe(false);
  });

  it("for a picture that is a pipe does not wait for it", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    execFileSync("mkfifo", [thread.path("pipe.png")]);
    const { told } = await toldOf(tool("view_image", { path: "pipe.png" }), {}, thread);
    expect(told).toBe("unable to process image: not a file");
  });

  it("with a prototype's member as an argument has none", async () => {
    const { told } = await toldOf(tool("exec_command", '{"__proto__": {"cmd": "touch made"}}'));
    expect(told).toMatch(/missing field `cmd`/);
  });
});

describe("a patch that cannot be", () => {
  it.each<[string, string, RegExp]>([
    ["does not fit", "*** Update File: a.txt\n@@\n-nowhere\n+x", /Failed to find expected lines in .*a\.txt/],
    ["is of a file that is not there", "*** Update File: no.txt\n@@\n-x\n+y", /no\.txt/],
    ["is no patch", "something else", /./],
    ["is of a folder", "*** Update File: link\n@@\n-x\n+y", /link/],
    ["deletes a folder", "*** Delete File: .git", /\.git/],
    ["goes through a file", "*** Add File: a.txt/new\n+x", /a\.txt/],
    ["has a name that is too long", `*** Add File: first.txt\n+x\n*** Add File: ${"n".repeat(300)}\n+x`, /./],
    ["is of a device", "*** Update File: /dev/zero\n@@\n-x\n+y", /not a file|dev.zero/],
  ])("because it %s changes nothing and is told", async (_, lines, wanted) => {
    const { told, items, thread } = await toldOf(patch(lines), danger);
    expect(told).toMatch(wanted);
    expect(told).not.toMatch(/Success/);
    for (const item of items) expect(item).toMatchObject({ type: "fileChange", status: "failed" });
    expect(readFileSync(thread.path("a.txt"), "utf8")).toBe("one\ntwo\nthree\n");
    expect(readdirSync(thread.cwd).sort()).toEqual([".git", "a.txt", "link"]);
    expect(thread.client.notifications("turn/diff/updated")).toEqual([]);
  });

  it.each([
    ["..", (): string => "../outside/made"],
    ["a hidden ..", (): string => "sub/../../outside/made"],
    ["a link", (): string => "link/made"],
    ["an absolute path", ({ outside }: AgentThread): string => join(outside, "made")],
    [".git", (): string => ".git/made"],
    [".codex", (): string => ".codex/made"],
  ])("get out by %s", async (_, path) => {
    const server = await agentServer();
    const thread = await server.thread({ approvalPolicy: "never" });
    for (const lines of [
      `*** Add File: ${path(thread)}\n+x`,
      `*** Update File: a.txt\n*** Move to: ${path(thread)}\n@@\n-one\n+1`,
    ]) {
      const { told, items } = await toldOf(patch(lines), {}, thread);
      expect(told).toBe("patch rejected: writing outside of the project; rejected by user approval settings");
      expect(items).toEqual([]);
    }
    expect(readdirSync(thread.outside)).toEqual([]);
    expect(readdirSync(thread.path(".git"))).toEqual(["hooks"]);
    expect(readdirSync(thread.cwd).sort()).toEqual([".git", "a.txt", "link"]);
  });

  it("is not written through a link that was put in a folder's place while the user was asked", async () => {
    const server = await agentServer();
    const thread = await server.thread({ approvalPolicy: "untrusted" });
    await mkdir(thread.path("sub"));
    const turnId = await thread.start(patch("*** Add File: sub/made\n+x"));
    const { id } = await thread.question("item/fileChange/requestApproval");
    await rename(thread.path("sub"), thread.path("gone"));
    await symlink(thread.outside, thread.path("sub"));
    thread.client.sendRaw(JSON.stringify({ id, result: { decision: "accept" } }));
    const { items, outputs } = await thread.end(turnId);
    expect(items).toMatchObject([{ type: "fileChange", status: "failed" }]);
    expect(outputs["call_1"]).toMatch(/Failed to write file/);
    expect(readdirSync(thread.outside)).toEqual([]);
    expect(readlinkSync(thread.path("sub"))).toBe(thread.outside);
  });

  it("is put back as a whole when one of its files cannot be written", async () => {
    const server = await agentServer();
    const thread = await server.thread(danger);
    const { told, items } = await toldOf(
      patch(
        "*** Update File: a.txt\n@@\n-one\n+1\n*** Add File: new/deep/b.txt\n+x\n*** Add File: /proc/nowhere/c.txt\n+x",
      ),
      danger,
      thread,
    );
    expect(told).toMatch(/^Exit code: 1\n[^]*Failed to write file \/proc\/nowhere\/c\.txt/);
    expect(items).toMatchObject([{ status: "failed" }]);
    expect(readdirSync(thread.cwd).sort()).toEqual([".git", "a.txt", "link"]);
  });
});

describe("a disk that takes no more", () => {
  it("leaves the files of a patch as they were, and no part of a file", async () => {
    const { cwd } = await makeWorkspace();
    const lines = `*** Update File: a.txt\n@@\n-one\n+1\n*** Add File: sub/big.txt${"\n+long line".repeat(30_000)}`;
    const simulator = await startSimulator({ script: [patch(lines), text("ok")] });
    onTestFinished(() => simulator.close());
    const home = await temporaryHome(mockProviderToml(simulator.url));
    const env = { CODEX_HOME: home, MOCK_KEY: "k" };
    const program = await start(["app-server", "--listen", "ws://127.0.0.1:0"], { env });
    const [url] = await program.says(/ws:\/\/127\.0\.0\.1:\d+/);
    const client = await WireClient.open(url);
    await client.initialize("codex_vscode");
    const threadId = await client.startThread({ model, cwd, sandbox: "workspace-write" });
    // No file of the server may grow beyond this any more: the same as a full disk, for one process.
    execFileSync("prlimit", ["--pid", String(program.child.pid), "--fsize=65536"]);
    const turn = await client.runTurn(threadId, "go");
    expect(turn.status).toBe("completed");
    expect(outputsOf(simulator.requests[1])["call_1"]).toMatch(
      /^Exit code: 1\n[^]*Failed to write file .*big\.txt: EFBIG/,
    );
    const changed = client.notifications("item/completed").filter(({ item }) => item.type === "fileChange");
    expect(changed).toMatchObject([{ item: { status: "failed" } }]);
    expect(readFileSync(join(cwd, "a.txt"), "utf8")).toBe("one\ntwo\nthree\n");
    expect(readdirSync(cwd).sort()).toEqual([".git", "a.txt", "link"]);
    await client.close();
  });

  it("is a failed command's own affair", async () => {
    const { told, items } = await toldOf(command("echo x > /dev/full"), danger);
    expect(told).toMatch(/exited with code [12]\n[^]*No space left on device/);
    expect(items).toMatchObject([{ status: "failed" }]);
  });
});

describe.each([["workspace-write"], ["danger-full-access"]])("a command in %s", (sandbox) => {
  it("that does not exist", async () => {
    const { told, items } = await toldOf(command("no-such-program-1"), { sandbox });
    expect(told).toMatch(/Process exited with code 127\n[^]*not found/);
    expect(items).toMatchObject([{ type: "commandExecution", status: "failed", exitCode: 127 }]);
  });

  it("in a folder that does not exist", async () => {
    const { told, items } = await toldOf(command("touch made", "call_1", { workdir: "nowhere" }), { sandbox });
    expect(told).toMatch(/^exec_command failed: .*No such file or directory \(os error 2\)/);
    expect(items).toMatchObject([{ status: "failed", exitCode: -1 }]);
  });

  it("in a shell that does not exist", async () => {
    const { told, items } = await toldOf(command("touch made", "call_1", { shell: "/no/such/sh" }), { sandbox });
    expect(told).toMatch(/^exec_command failed: .*No such file or directory \(os error 2\)/);
    expect(items).toMatchObject([{ status: "failed" }]);
  });

  it("that is longer than the system takes", async () => {
    const { told, items } = await toldOf(command(`echo ${"x".repeat(300_000)}`), { sandbox });
    expect(told).toMatch(/exec_command failed/);
    expect(told.length).toBeLessThan(10_000);
    expect(items).toMatchObject([{ status: "failed" }]);
  });

  it("that dies by a signal", async () => {
    const { told, items } = await toldOf(command("kill -SEGV $$"), { sandbox });
    expect(told).toMatch(/Process exited with code (139|-1)\n/);
    expect(items).toMatchObject([{ status: "failed" }]);
  });

  it("that writes what is no text", async () => {
    const { told, items, thread } = await toldOf(command(String.raw`printf 'a\000\377\376b'`), { sandbox });
    expect(told).toContain("a\0\uFFFD\uFFFDb");
    expect(items).toMatchObject([{ status: "completed", aggregatedOutput: "a\0\uFFFD\uFFFDb" }]);
    const deltas = thread.client.notifications("item/commandExecution/outputDelta");
    expect(deltas.map(({ delta }) => delta).join("")).toContain("a\0\uFFFD");
  });

  it("that cuts a character between two writes", async () => {
    const { thread } = await toldOf(command(String.raw`printf '\303'; cat a.txt >/dev/null; printf '\251'`), {
      sandbox,
    });
    const deltas = thread.client.notifications("item/commandExecution/outputDelta").map(({ delta }) => delta);
    expect(deltas.slice(0, -1).join("")).toBe("é");
  });

  it("that waits for input gets none", async () => {
    const { told } = await toldOf(command("cat; read x; echo over"), { sandbox });
    expect(told).toMatch(/exited with code 0\n[^]*over/);
  });

  it("that wants a terminal has none", async () => {
    const { told } = await toldOf(command("test -t 0 || test -t 1 || (: </dev/tty) 2>/dev/null || echo none"), {
      sandbox,
    });
    expect(told).toMatch(/none/);
  });

  it("that never ends goes on, and ^C ends it", async () => {
    const server = await agentServer();
    const thread = await server.thread({ sandbox });
    const mark = marker();
    const { outputs, items } = await thread.run(
      command(`echo on; sleep ${mark.word}`, "call_1", { yield_time_ms: 250 }),
    );
    expect(items).toEqual([]);
    expect(mark.processes()).not.toEqual([]);
    const session = Number(/session ID (\d+)/.exec(outputs["call_1"] ?? "")?.[1]);
    const after = await thread.run(
      tool("write_stdin", { session_id: session, chars: "\u0003", yield_time_ms: 20_000 }, "call_2"),
    );
    expect(after.outputs["call_2"]).toMatch(/Process exited with code (130|-1|2)/);
    expect(mark.processes()).toEqual([]);
    const item = await thread.client.notification("item/completed", (params) => params.item.id === "call_1");
    expect(item.params.item).toMatchObject({ status: "failed", aggregatedOutput: "on\n" });
  });

  it("that leaves something in the background that holds its output ends all the same; the rest goes with the thread", async () => {
    const server = await agentServer({ top: "thread_unload_delay_secs = 0" });
    const thread = await server.thread({ sandbox });
    const mark = marker();
    const { told, items } = await toldOf(
      command(`sleep ${mark.word} & (setsid sleep ${mark.word} &) ; echo begun`),
      {},
      thread,
    );
    expect(told).toMatch(/exited with code 0\n[^]*begun/);
    expect(items).toMatchObject([{ status: "completed", exitCode: 0 }]);
    await thread.client.close();
    await until(() => mark.processes().length === 0);
  });

  it("that prints a gigabyte is told in little, and clients get a bounded part", async () => {
    const before = process.memoryUsage().rss;
    const { told, items, thread } = await toldOf(
      command("echo first; yes 123456789 | head -c 1000000000; echo last", "call_1", { yield_time_ms: 30_000 }),
      { sandbox },
    );
    expect(told).toMatch(/exited with code 0\nOriginal token count: 2500\d\d\d\d\d\n/);
    expect(told).toMatch(/Output:\n[^]*first\n[^]*tokens truncated[^]*\nlast\n$/);
    expect(told.length).toBeLessThan(50_000);
    const [item] = items;
    expect(item.aggregatedOutput).toMatch(/^first\n[^]*bytes left out[^]*last\n$/);
    expect(item.aggregatedOutput.length).toBeLessThan(1.1 * 1024 * 1024);
    const deltas = thread.client.notifications("item/commandExecution/outputDelta");
    expect(deltas.length).toBeLessThan(10_000);
    expect(deltas.reduce((sum, { delta }) => sum + delta.length, 0)).toBeLessThan(1.2 * 1024 * 1024);
    // The output alone is a gigabyte.
    expect(process.memoryUsage().rss - before).toBeLessThan(500 * 1024 * 1024);
  }, 60_000);
});

describe("many at once", () => {
  it("each of sixteen commands has its own end", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const calls = Array.from({ length: 16 }, (_, index) => command(`echo n${index}; exit ${index}`, `call_${index}`));
    const { outputs, items } = await thread.run(calls.flat() as Reply);
    expect(items).toHaveLength(16);
    for (let index = 0; index < 16; index++) {
      expect(outputs[`call_${index}`]).toMatch(new RegExp(`exited with code ${index}\n[^]*Output:\nn${index}\n$`));
    }
  });

  it("what is too much to run ends the command that was looked at least lately", async () => {
    const server = await agentServer();
    const thread = await server.thread(danger);
    const mark = marker();
    const begin = (index: number) =>
      command(`echo x > begun${index}; exec sleep ${mark.word}`, `call_${index}`, { yield_time_ms: 250 });
    await thread.run(Array.from({ length: 64 }, (_, index) => begin(index)).flat() as Reply);
    for (let index = 0; index < 64; index++) await fileSays(thread.path(`begun${index}`));
    expect(mark.processes()).toHaveLength(64);
    await thread.run(begin(64));
    expect(mark.processes()).toHaveLength(64);
    const { params } = await thread.client.notification(
      "item/completed",
      ({ item }) => item.type === "commandExecution",
    );
    expect(params.item).toMatchObject({ status: "failed", exitCode: -1 });
    await thread.client.request("thread/backgroundTerminals/clean", { threadId: thread.id });
    expect(mark.processes()).toEqual([]);
  }, 60_000);
});
