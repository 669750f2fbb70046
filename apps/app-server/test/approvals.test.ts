import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import {
  agentServer,
  answer,
  command,
  outputsOf,
  patch,
  tool,
  type AgentServer,
  type AgentThread,
} from "./support/agent.js";
import { mockProviderToml, temporaryHome } from "./support/temporary-home.js";
import type { Json } from "./support/wire-client.js";

/*
 * What becomes of each kind of call. `run`: nobody is asked, it happens. `stopped`: nobody is asked, and the sandbox
 * stops it. `refused`: nobody is asked, and it is not tried. `ask`: the user is asked; after a yes it happens.
 * `ask-stopped`: after a yes it runs in the sandbox all the same, which stops it. `ask-ask`: then the user is asked
 * again, and after a second yes it happens. `stopped-ask`: it is tried, the sandbox stops it, then the user is asked.
 */
const table = `
  policy     sandbox             harmless plain       dangerous   escalated inside  outside git     link
  untrusted  read-only           run      ask-ask     ask-ask     ask       ask     ask     ask     ask
  untrusted  workspace-write     run      ask         ask         ask       ask     ask     ask     ask
  untrusted  danger-full-access  run      ask         ask         ask       ask     ask     ask     ask
  on-request read-only           run      stopped     ask-stopped ask       ask     ask     ask     ask
  on-request workspace-write     run      run         ask         ask       run     ask     ask     ask
  on-request danger-full-access  run      run         ask         run       run     run     run     run
  never      read-only           run      stopped     refused     refused   refused refused refused refused
  never      workspace-write     run      run         refused     refused   run     refused refused refused
  never      danger-full-access  run      run         refused     refused   run     run     run     run
  granular   read-only           run      stopped-ask ask-ask     ask       ask     ask     ask     ask
  granular   workspace-write     run      run         ask         ask       run     ask     ask     ask
  granular   danger-full-access  run      run         ask         run       run     run     run     run
  strict     read-only           run      stopped     ask-stopped refused   refused refused refused refused
  strict     workspace-write     run      run         ask         refused   run     refused refused refused
  strict     danger-full-access  run      run         ask         refused   run     run     run     run
`;

const granular = { sandbox_approval: true, rules: true, mcp_elicitations: true, request_permissions: true };
const policies: Record<string, Json> = {
  granular: { granular },
  strict: { granular: { ...granular, sandbox_approval: false } },
};

/** What a user can answer, and what it means: yes or no, and whether the same is asked about again. */
const decisions: Record<string, { readonly reply?: Json; readonly isYes: boolean; readonly isRemembered: boolean }> = {
  accept: { reply: { result: { decision: "accept" } }, isYes: true, isRemembered: false },
  acceptForSession: { reply: { result: { decision: "acceptForSession" } }, isYes: true, isRemembered: true },
  amendment: { isYes: true, isRemembered: true },
  decline: { reply: { result: { decision: "decline" } }, isYes: false, isRemembered: false },
  cancel: { reply: { result: { decision: "cancel" } }, isYes: false, isRemembered: false },
  undecodable: { reply: { result: { decision: { sure: "why not" } } }, isYes: false, isRemembered: false },
  error: { reply: { error: { code: -32000, message: "no idea" } }, isYes: false, isRemembered: false },
  nobody: { isYes: false, isRemembered: false },
};

/** One thing that the model wants to do; `name` makes it different from others. */
interface Deed {
  readonly call: (thread: AgentThread, name: string) => ReturnType<typeof command>;
  readonly file: (thread: AgentThread, name: string) => string;
  /** Whether it takes the file away instead of making it. */
  readonly removes?: true;
}

const inWork = (thread: AgentThread, name: string): string => thread.path(name);
const outside = (thread: AgentThread, name: string): string => join(thread.outside, name);

const deeds: Record<string, Deed> = {
  harmless: { call: () => command("cat a.txt"), file: (thread) => thread.path("a.txt") },
  plain: { call: (_, name) => command(`touch ${name}`), file: inWork },
  dangerous: { call: (_, name) => command(`rm -f ${name}`), file: inWork, removes: true },
  escalated: {
    call: (thread, name) =>
      command(`touch ${join(thread.outside, name)}`, "call_1", {
        sandbox_permissions: "require_escalated",
        justification: "May I?",
      }),
    file: outside,
  },
  inside: { call: (_, name) => patch(`*** Add File: ${name}\n+x`), file: inWork },
  outside: { call: (thread, name) => patch(`*** Add File: ${join(thread.outside, name)}\n+x`), file: outside },
  git: {
    call: (_, name) => patch(`*** Add File: .git/hooks/${name}\n+x`),
    file: (thread, name) => thread.path(`.git/hooks/${name}`),
  },
  link: { call: (_, name) => patch(`*** Add File: link/${name}\n+x`), file: outside },
};

const isCommand = (kind: string): boolean => ["harmless", "plain", "dangerous", "escalated"].includes(kind);

/** What is seen of one call. */
interface Seen {
  readonly asked: number;
  readonly item: string;
  readonly happened: boolean;
  readonly told: string;
  readonly turn: string;
}

/** What is to be seen of a call that is or is not asked about, as the table at the top has it. */
function expected(fate: string, decision: string): Seen {
  const { isYes } = decisions[decision] ?? { isYes: false };
  const done = { item: "completed", happened: true, told: "done", turn: "completed" };
  const stopped = { item: "failed", happened: false, told: "stopped", turn: "completed" };
  const no = { item: "declined", happened: false, told: "rejected", turn: "completed" };
  const refused = { item: "none", happened: false, told: "refused", turn: "completed" };
  const asked = decision === "nobody" ? 0 : 1;
  const turn = decision === "cancel" ? { turn: "interrupted", told: "aborted" } : {};
  switch (fate) {
    case "run":
      return { asked: 0, ...done };
    case "stopped":
      return { asked: 0, ...stopped };
    case "refused":
      return { asked: 0, ...refused };
    case "stopped-ask":
      return isYes ? { asked, ...done } : { asked, ...stopped, ...turn };
    case "ask-stopped":
      return isYes ? { asked, ...stopped } : { asked, ...no, ...turn };
    case "ask-ask":
      return isYes ? { asked: 2, ...done } : { asked, ...no, ...turn };
    default:
      return isYes ? { asked, ...done } : { asked, ...no, ...turn };
  }
}

/** The words the model is told, as one of the few things they can mean. */
function meaning(output = ""): string {
  if (/Sandbox: this was probably denied/.test(output)) return "stopped";
  if (/Process exited with code 0|Success\. Updated/.test(output)) return "done";
  if (/aborted by user/.test(output)) return "aborted";
  if (/rejected by user(?! approval settings)/.test(output)) return "rejected";
  return /rejected|reject command/.test(output) ? "refused" : output;
}

/** Lets the model do it once, and looks. */
async function attempt(thread: AgentThread, kind: string, name: string, decision: string): Promise<Seen> {
  const deed = deeds[kind];
  if (deed === undefined) throw new Error(kind);
  const file = deed.file(thread, name);
  if (deed.removes) await writeFile(file, "");
  else if (kind !== "harmless") await rm(file, { force: true });
  const call = deed.call(thread, name);
  const report = decision === "nobody" ? await alone(thread, call) : await thread.run(call);
  const outputs = report.turn.status === "completed" ? report.outputs : outputsOf(await thread.nextRequest());
  const item = report.items.find(({ type }: Json) => type === "commandExecution" || type === "fileChange");
  return {
    asked: report.questions.length,
    item: item?.status ?? "none",
    happened: existsSync(file) !== (deed.removes === true),
    told: meaning(outputs["call_1"]),
    turn: report.turn.status,
  };
}

/** A turn that nobody watches from before the model is heard until after its end. */
async function alone(thread: AgentThread, call: ReturnType<typeof command>) {
  const { client, id } = thread;
  let left: () => void = () => undefined;
  const leaving = new Promise<void>((resolve) => (left = resolve));
  const turnId = await thread.start(async () => {
    await leaving;
    return call;
  });
  await client.request("thread/unsubscribe", { threadId: id });
  const from = client.frames.length;
  left();
  await client.frame(
    (frame: Json) =>
      frame.params?.status?.type === "idle" && frame.params.threadId === id && client.frames.indexOf(frame) >= from,
  );
  const { thread: resumed } = await client.request("thread/resume", { threadId: id });
  const turn = resumed.turns.find((each: Json) => each.id === turnId);
  return { ...thread.report(turn), items: turn.items };
}

/** Everything about one kind of call and one decision, under names that no other row of the server has. */
async function row(server: AgentServer, params: Json, kind: string, decision: string, name: string): Promise<Json> {
  const thread = await server.thread(params);
  let current = decision;
  answer(thread.client, (_, { proposedExecpolicyAmendment: proposed }) => {
    if (current !== "amendment") return decisions[current]?.reply;
    // A second question proposes nothing more.
    const amendment = { acceptWithExecpolicyAmendment: { execpolicy_amendment: proposed } };
    return { result: { decision: proposed === undefined ? "accept" : amendment } };
  });
  const first = await attempt(thread, kind, name, decision);
  if (decision === "") return { first };
  current = "decline";
  const again = (await attempt(thread, kind, name, "decline")).asked;
  const other = (await attempt(thread, kind, `${name}-other`, "decline")).asked;
  await thread.client.close();
  return { first, again, other };
}

const [, ...rows] = table
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/\s+/));
const kinds = Object.keys(deeds);

describe("each decision, policy, sandbox and kind of call", () => {
  it.each(rows)("%s in %s", { timeout: 120_000 }, async (policy, sandbox, ...fates) => {
    const server = await agentServer();
    const params = { approvalPolicy: policies[policy ?? ""] ?? policy, sandbox };
    const seen: Record<string, Json> = {};
    const wanted: Record<string, Json> = {};
    const work = kinds.flatMap((kind, index) => {
      const fate = fates[index] ?? "";
      const isAsked = fate.includes("ask");
      const offersRules = isCommand(kind) && policy !== "strict";
      const answers = Object.keys(decisions).filter((decision) => offersRules || decision !== "amendment");
      return (isAsked ? answers : [""]).map((decision) => async () => {
        const name = `${kind} ${fate} ${decision}`;
        seen[name] = await row(server, params, kind, decision, `${kind}-${decision}`);
        const again = decisions[decision]?.isRemembered === true ? 0 : 1;
        const first = expected(fate, decision);
        wanted[name] = isAsked ? { first, again, other: 1 } : { first };
      });
    });
    const next = work.values();
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (const each of next) await each();
      }),
    );
    expect(seen).toEqual(wanted);
  });
});

const commandQuestion = "item/commandExecution/requestApproval";
const yes = { result: { decision: "accept" } };

/** A server with its folder of configuration, and rules in it. */
async function withRules(rules: Record<string, string>, top = ""): Promise<AgentServer & { readonly home: string }> {
  const home = await temporaryHome("");
  await mkdir(join(home, "rules"));
  for (const [name, lines] of Object.entries(rules)) await writeFile(join(home, "rules", name), lines);
  const server = await agentServer({ options: { codexHome: home } });
  const config = mockProviderToml(server.simulator.url, { top: `allow_login_shell = false\n${top}` });
  await writeFile(join(home, "config.toml"), config);
  return { ...server, home };
}

describe("a question about a command", () => {
  it("comes between the flag and the answer, with what the user has to know", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    answer(thread.client, () => yes);
    const made = join(thread.outside, "made");
    const { turn } = await thread.run(
      command(`touch ${made}`, "call_1", { sandbox_permissions: "require_escalated", justification: "May I?" }),
    );
    const { frames } = thread.client;
    const shown = frames.flatMap(({ method, params }: Json) => {
      if (method === "thread/status/changed") return [`${params.status.type} ${params.status.activeFlags ?? ""}`];
      if (params?.item?.type === "commandExecution") return [`${method} ${params.item.status} ${params.item.source}`];
      return method === commandQuestion || method === "serverRequest/resolved" ? [method] : [];
    });
    expect(shown).toEqual([
      "active ",
      "active waitingOnApproval",
      "item/started inProgress agent",
      commandQuestion,
      "serverRequest/resolved",
      "active ",
      "item/completed completed unifiedExecStartup",
      "idle ",
    ]);
    const shell = (await thread.question(commandQuestion)).params.command.split(" ")[0];
    expect((await thread.question(commandQuestion)).params).toEqual({
      kind: "command",
      threadId: thread.id,
      turnId: turn.id,
      itemId: "call_1",
      startedAtMs: expect.any(Number),
      environmentId: "local",
      reason: "May I?",
      command: `${shell} -c 'touch ${made}'`,
      cwd: thread.cwd,
      commandActions: [{ type: "unknown", command: `touch ${made}` }],
      proposedExecpolicyAmendment: ["touch", made],
      availableDecisions: [
        "accept",
        { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["touch", made] } },
        "cancel",
      ],
    });
  });

  it("goes to all who watch; the first answer counts, and all are told", async () => {
    const server = await agentServer();
    const thread = await server.thread({ approvalPolicy: "untrusted" });
    const other = await server.client("codex_ios");
    await other.request("thread/resume", { threadId: thread.id });
    const turnId = await thread.start(command("touch made"));
    const [first, second] = await Promise.all([
      thread.question(commandQuestion),
      thread.question(commandQuestion, other),
    ]);
    expect(second).toEqual(first);
    other.sendRaw(JSON.stringify({ id: second.id, ...yes }));
    const resolved = { threadId: thread.id, requestId: first.id };
    for (const each of [thread.client, other]) await each.notification("serverRequest/resolved");
    thread.client.sendRaw(JSON.stringify({ id: first.id, result: { decision: "decline" } }));
    await thread.end(turnId);
    expect(existsSync(thread.path("made"))).toBe(true);
    for (const each of [thread.client, other]) expect(each.notifications("serverRequest/resolved")).toEqual([resolved]);
  });

  it("waits when its client has gone, and is put to the next who resumes the thread", async () => {
    const server = await agentServer();
    const thread = await server.thread({ approvalPolicy: "untrusted" });
    const other = await server.client("codex_ios");
    const turnId = await thread.start(command("touch made"));
    const { params } = await thread.question(commandQuestion);
    await thread.client.close();
    const resumed = await other.request("thread/resume", { threadId: thread.id });
    expect(resumed.thread.status).toEqual({ type: "active", activeFlags: ["waitingOnApproval"] });
    const question = await thread.question(commandQuestion, other);
    expect(question.params).toEqual(params);
    expect(existsSync(thread.path("made"))).toBe(false);
    other.sendRaw(JSON.stringify({ id: question.id, ...yes }));
    const completed = await other.notification("turn/completed");
    expect(completed.params.turn).toMatchObject({ id: turnId, status: "completed" });
    expect(existsSync(thread.path("made"))).toBe(true);
  });

  it("is declined when nobody has come back by the time the thread would be unloaded", async () => {
    const server = await agentServer({ top: "thread_unload_delay_secs = 0" });
    const thread = await server.thread({ approvalPolicy: "untrusted" });
    const other = await server.client("codex_ios");
    await thread.start(command("touch made"));
    await thread.question(commandQuestion);
    await thread.client.close();
    await other.notification("thread/closed", ({ threadId }) => threadId === thread.id);
    expect(meaning(outputsOf(server.simulator.requests.at(-1))["call_1"])).toBe("rejected");
    expect(existsSync(thread.path("made"))).toBe(false);
  });

  it("that is allowed for the session is asked again in another folder, in a terminal, outside the sandbox, in another thread", async () => {
    const server = await agentServer();
    const thread = await server.thread({ approvalPolicy: "untrusted" });
    answer(thread.client, () => ({ result: { decision: "acceptForSession" } }));
    const asked = async (cmd: string, more: Json = {}): Promise<number> =>
      (await thread.run(command(cmd, "call_1", more))).questions.length;
    expect(await asked("touch  'made'")).toBe(1);
    expect(await asked("touch made")).toBe(0);
    await mkdir(thread.path("sub"));
    expect(await asked("touch made", { workdir: "sub" })).toBe(1);
    expect(await asked("touch made", { tty: true })).toBe(1);
    expect(await asked("touch made", { sandbox_permissions: "require_escalated", justification: "?" })).toBe(1);
    expect(await asked("touch made; touch made")).toBe(1);
    expect(await asked("touch made")).toBe(0);
    const second = await server.thread({ approvalPolicy: "untrusted", cwd: thread.cwd });
    answer(second.client, () => ({ result: { decision: "decline" } }));
    expect((await second.run(command("touch made"))).questions).toHaveLength(1);
  });
});

describe("rules about commands", () => {
  it("are written down by an amendment, and hold in other threads for what begins so", async () => {
    const server = await withRules({ "default.rules": "# mine\n" });
    const thread = await server.thread({ approvalPolicy: "untrusted" });
    answer(thread.client, () => ({
      result: { decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["touch", "made"] } } },
    }));
    await thread.run(command("touch made"));
    expect(readFileSync(join(server.home, "rules", "default.rules"), "utf8")).toBe(
      '# mine\nprefix_rule(pattern=["touch", "made"], decision="allow")\n',
    );
    const second = await server.thread({ approvalPolicy: "untrusted" });
    answer(second.client, () => ({ result: { decision: "decline" } }));
    expect((await second.run(command("touch made more"))).questions).toEqual([]);
    expect(existsSync(second.path("more"))).toBe(true);
    expect((await second.run(command("touch more made"))).questions).toHaveLength(1);
    expect((await second.run(command("touch made && touch less"))).questions).toHaveLength(1);
    expect(existsSync(second.path("less"))).toBe(false);
  });

  it("that cannot be written down hold for the command at hand, and the user is told", async () => {
    const home = await temporaryHome("");
    await writeFile(join(home, "rules"), "a file in the way");
    const server = await agentServer({ options: { codexHome: home } });
    await writeFile(join(home, "config.toml"), mockProviderToml(server.simulator.url));
    const thread = await server.thread({ approvalPolicy: "untrusted" });
    answer(thread.client, () => ({
      result: { decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["touch"] } } },
    }));
    const asked = async (cmd: string) => (await thread.run(command(cmd))).questions.length;
    expect([await asked("touch made"), await asked("touch made"), await asked("touch other")]).toEqual([1, 0, 1]);
    expect(existsSync(thread.path("made"))).toBe(true);
    const { params } = await thread.client.notification("warning");
    expect(params).toMatchObject({ threadId: thread.id, message: expect.stringMatching(/could not be saved/) });
  });

  it("never allow everything by an empty amendment", async () => {
    const server = await agentServer();
    const thread = await server.thread({ approvalPolicy: "untrusted" });
    answer(thread.client, () => ({
      result: { decision: { acceptWithExecpolicyAmendment: { execpolicy_amendment: [] } } },
    }));
    await thread.run(command("touch made"));
    expect((await thread.run(command("touch other"))).questions).toHaveLength(1);
  });

  it("that are broken are told and count for nothing; others hold", async () => {
    const server = await withRules({
      "broken.rules": "prefix_rule(pattern=",
      "more.rules": 'prefix_rule(pattern=["touch", "made"], decision="forbidden", justification="use git")\n',
    });
    execFileSync("mkfifo", [join(server.home, "rules", "pipe.rules")]);
    const thread = await server.thread({ sandbox: "danger-full-access" });
    await thread.client.notification("warning", ({ message }) => /pipe\.rules is not used/.test(message));
    const warning = await thread.client.notification("warning", ({ message }) => /broken\.rules/.test(message));
    expect(warning.params.threadId).toBe(thread.id);
    const { outputs, questions } = await thread.run(command("touch made"));
    expect(questions).toEqual([]);
    expect(outputs["call_1"]).toMatch(/rejected: use git/);
    expect(existsSync(thread.path("made"))).toBe(false);
    await thread.run(command("touch other"));
    expect(existsSync(thread.path("other"))).toBe(true);
  });

  it.each([
    ["on-request", 1],
    ["untrusted", 1],
    ["never", 0],
    [{ granular }, 1],
    [{ granular: { ...granular, rules: false } }, 0],
  ])("that ask are put under %j to as many users: %d", async (approvalPolicy, count) => {
    const server = await withRules({ "a.rules": 'prefix_rule(pattern=["touch"], decision="prompt")\n' });
    const thread = await server.thread({ approvalPolicy, sandbox: "danger-full-access" });
    answer(thread.client, () => ({ result: { decision: "decline" } }));
    const { questions, outputs } = await thread.run(command("touch made"));
    expect(questions).toHaveLength(count);
    expect(outputs["call_1"]).toMatch(count === 1 ? /rejected by user/ : /approval required by policy/);
    expect(existsSync(thread.path("made"))).toBe(false);
  });
});

describe("request_permissions", () => {
  const top = "features.request_permissions_tool = true";
  const wish = (thread: AgentThread) =>
    tool("request_permissions", {
      reason: "to build",
      permissions: { file_system: { write: [thread.outside] }, network: { enabled: true } },
    });
  const touches = (thread: AgentThread, name: string) => command(`touch ${join(thread.outside, name)}`, "call_2");

  it("widens the sandbox for the turn, or for the session", async () => {
    const server = await agentServer({ top });
    for (const scope of ["turn", "session"]) {
      const thread = await server.thread();
      answer(thread.client, (_, { permissions }) => ({ result: { permissions, scope } }));
      const first = await thread.run(wish(thread), touches(thread, "one"));
      expect(first.questions.map(({ method }) => method)).toEqual(["item/permissions/requestApproval"]);
      expect(first.questions[0].params).toEqual({
        threadId: thread.id,
        turnId: first.turn.id,
        itemId: "call_1",
        environmentId: "local",
        startedAtMs: expect.any(Number),
        cwd: thread.cwd,
        reason: "to build",
        permissions: {
          network: { enabled: true },
          fileSystem: {
            read: null,
            write: [thread.outside],
            entries: [{ path: { type: "path", path: thread.outside }, access: "write" }],
          },
        },
      });
      expect(JSON.parse(first.outputs["call_1"] ?? "")).toEqual({
        permissions: { network: { enabled: true }, file_system: { write: [thread.outside] } },
        scope,
      });
      expect(existsSync(join(thread.outside, "one"))).toBe(true);
      await thread.run(touches(thread, "two"));
      expect(existsSync(join(thread.outside, "two"))).toBe(scope === "session");
    }
  });

  it("grants what was granted and no more than was asked for", async () => {
    const server = await agentServer({ top });
    const granted = async (permissions: (thread: AgentThread) => Json, args?: Json): Promise<Json> => {
      const thread = await server.thread();
      answer(thread.client, () => ({ result: { permissions: permissions(thread), scope: "session" } }));
      const { outputs } = await thread.run(args === undefined ? wish(thread) : tool("request_permissions", args));
      const output = JSON.parse(outputs["call_1"] ?? "").permissions;
      return JSON.parse(JSON.stringify(output).replaceAll(thread.outside, "OUTSIDE"));
    };
    expect(await granted(() => ({}))).toEqual({});
    expect(await granted(() => ({ network: { enabled: true } }))).toEqual({ network: { enabled: true } });
    expect(await granted(({ outside: path }) => ({ fileSystem: { read: null, write: [`${path}/sub`] } }))).toEqual({
      file_system: { write: ["OUTSIDE/sub"] },
    });
    expect(
      await granted(({ outside: path }) => ({
        fileSystem: { read: null, write: ["/", path, `${path}/../project/.git`] },
      })),
    ).toEqual({ file_system: { write: ["OUTSIDE"] } });
    expect(
      await granted(() => ({ network: { enabled: true }, fileSystem: { read: null, write: ["/tmp", "/"] } }), {
        permissions: { file_system: { write: ["/tmp"] } },
      }),
    ).toEqual({ file_system: { write: ["/tmp"] } });
  });

  it.each([
    ["an error", { error: { code: 1, message: "no" } }],
    ["an undecodable answer", { result: { permissions: 7 } }],
  ])("grants nothing after %s", async (_, reply) => {
    const server = await agentServer({ top });
    const thread = await server.thread();
    answer(thread.client, () => reply);
    const { outputs } = await thread.run(wish(thread), touches(thread, "one"));
    expect(JSON.parse(outputs["call_1"] ?? "").permissions).toEqual({});
    expect(existsSync(join(thread.outside, "one"))).toBe(false);
  });

  it.each(["never", { granular: { ...granular, request_permissions: false } }])(
    "asks nobody under %j",
    async (approvalPolicy) => {
      const server = await agentServer({ top });
      const thread = await server.thread({ approvalPolicy });
      const { outputs, questions } = await thread.run(wish(thread));
      expect(questions).toEqual([]);
      expect(outputs["call_1"]).toMatch(/request_permissions was rejected/);
    },
  );
});

describe("a tool of the client", () => {
  const dynamicTools = [
    { type: "function", name: "lookup", description: "d", inputSchema: { type: "object" } },
    {
      type: "namespace",
      name: "ns",
      description: "d",
      tools: [{ type: "function", name: "deep", description: "d", inputSchema: { type: "object" } }],
    },
  ];

  it("is offered, called and answered", async () => {
    const server = await agentServer();
    const thread = await server.thread({ dynamicTools });
    answer(thread.client, (_, params) => ({
      result: {
        success: true,
        contentItems: [
          { type: "inputText", text: JSON.stringify(params.arguments) },
          { type: "inputImage", imageUrl: "data:image/png;base64,AA" },
        ],
      },
    }));
    const { items, questions, requests } = await thread.run(tool("lookup", { id: 7 }), text("ok"));
    expect(questions[0]).toMatchObject({
      method: "item/tool/call",
      params: { callId: "call_1", namespace: null, tool: "lookup", arguments: { id: 7 } },
    });
    expect(items).toMatchObject([{ type: "dynamicToolCall", id: "call_1", status: "completed", success: true }]);
    expect(requests[1]?.at("input", -1, "output")).toEqual([
      { type: "input_text", text: '{"id":7}' },
      { type: "input_image", image_url: "data:image/png;base64,AA", detail: "high" },
    ]);
    const tools: Json = requests[0]?.at("tools");
    expect(tools.find(({ name }: Json) => name === "lookup")).toMatchObject({ type: "function" });
    expect(tools.find(({ name }: Json) => name === "ns")).toMatchObject({
      type: "namespace",
      tools: [{ name: "deep" }],
    });
    const flags = thread.client
      .notifications("thread/status/changed")
      .flatMap(({ status }) => status.activeFlags ?? []);
    expect(flags).toEqual([]);
  });

  it.each([
    ["an error", { error: { code: 1, message: "no" } }],
    ["an undecodable answer", { result: { contentItems: 7 } }],
  ])("has failed after %s", async (_, reply) => {
    const server = await agentServer();
    const thread = await server.thread({ dynamicTools });
    answer(thread.client, () => reply);
    const { items, outputs } = await thread.run(tool("lookup", {}));
    expect(items).toMatchObject([{ type: "dynamicToolCall", status: "failed", success: false }]);
    expect(outputs["call_1"]).toBe("dynamic tool request failed");
  });
});
