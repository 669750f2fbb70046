import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { agentServer, answer, command, outputsOf, patch, tool, type AgentServer, type AgentThread } from "./support/agent.js";
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
  git: { call: (_, name) => patch(`*** Add File: .git/hooks/${name}\n+x`), file: (thread, name) => thread.path(`.git/hooks/${name}`) },
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
  const item = report.items.find(({ type }) => type === "commandExecution" || type === "fileChange");
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
    await Promise.all(Array.from({ length: 8 }, async () => { for (const each of next) await each(); }));
    expect(seen).toEqual(wanted);
  });
});
void tool;
