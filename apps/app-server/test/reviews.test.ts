import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";

import { httpError, neverAnswer, text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { agentServer, command, marker, said, until, type AgentServer, type AgentThread } from "./support/agent.js";
import { namesOf, namesOn } from "./support/test-server.js";
import type { Json } from "./support/wire-client.js";

const finding = (title: string, body: string, place?: Json): Json => ({
  title,
  body,
  confidence_score: 0.8,
  priority: 2,
  ...(place === undefined ? {} : { code_location: place }),
});

const findings = (...list: Json[]): string =>
  JSON.stringify({
    findings: list,
    overall_correctness: "patch is incorrect",
    overall_explanation: "Expl",
    overall_confidence_score: 0.5,
  });

const place = { absolute_file_path: "/x/a.txt", line_range: { start: 1, end: 2 } };

/** Starts a review and waits for its end. */
async function review(thread: AgentThread, target: Json, more: Json = {}) {
  const answer = await thread.client.request("review/start", { threadId: thread.id, target, ...more });
  const report = await thread.end(answer.turn.id);
  return { ...report, answer };
}

const current = { type: "uncommittedChanges" };

async function aThread(): Promise<{ server: AgentServer; thread: AgentThread }> {
  const server = await agentServer();
  return { server, thread: await server.thread() };
}

describe("a review", () => {
  it("is shown in the reference's order", async () => {
    const { thread } = await aThread();
    thread.model(command("cat a.txt"), text(findings(finding("[P2] Bad", "Body text", place))));
    const from = thread.client.frames.length;
    const { answer, turn } = await review(thread, current, { delivery: "inline" });
    expect(answer).toEqual({
      turn: {
        id: turn.id,
        rootTurnId: null,
        items: [
          {
            type: "userMessage",
            id: turn.id,
            clientId: null,
            content: [{ type: "text", text: "current changes", text_elements: [] }],
            startedAtMs: null,
            completedAtMs: null,
          },
        ],
        itemsView: "notLoaded",
        status: "inProgress",
        error: null,
        startedAt: null,
        completedAt: null,
        durationMs: null,
      },
      reviewThreadId: thread.id,
    });
    const shown = thread.client.frames.slice(from).flatMap(({ method, params }: Json) => {
      if (method === undefined || /tokenUsage|rateLimits|readState|outputDelta|thread.started/.test(method)) return [];
      return [`${method} ${params.item?.type ?? params.status?.type ?? ""}`.trim()];
    });
    expect(shown).toEqual([
      "item/started enteredReviewMode",
      "item/completed enteredReviewMode",
      "thread/status/changed active",
      "turn/started",
      "item/started userMessage",
      "item/completed userMessage",
      "item/started commandExecution",
      "item/completed commandExecution",
      "item/started exitedReviewMode",
      "item/completed exitedReviewMode",
      "item/started agentMessage",
      "item/completed agentMessage",
      "thread/status/changed idle",
      "turn/completed",
    ]);
    const rendered = "Expl\n\nReview comment:\n\n- [P2] Bad — /x/a.txt:1-2\n  Body text";
    const items = thread.client.notifications("item/completed").map(({ item }) => item);
    expect(items.find(({ type }) => type === "enteredReviewMode").review).toBe("current changes");
    expect(items.find(({ type }) => type === "exitedReviewMode").review).toBe(rendered);
    expect(turn.items).toMatchObject([{ type: "agentMessage", text: rendered }]);
    expect(thread.client.notifications("item/agentMessage/delta")).toEqual([]);
    const [started] = thread.client.notifications("turn/started");
    expect(started.turn.rootTurnId).toBe(turn.id);
  });

  it.each<[string, string, string]>([
    [
      "several findings",
      findings(finding("A", "one\ntwo", place), finding("B", "three")),
      "Expl\n\nFull review comments:\n\n- A — /x/a.txt:1-2\n  one\n  two\n\n- B\n  three",
    ],
    ["no finding", findings(), "Expl"],
    ["plain text", "All is well.", "All is well."],
    [
      "JSON with talk around it",
      `Here it is:\n${findings(finding("A", "b"))}\nBye`,
      "Expl\n\nReview comment:\n\n- A\n  b",
    ],
    ["findings that are none", '{"findings":[7,{"title":1}],"overall_explanation":"E"}', "E"],
    ["nothing", "", "Reviewer failed to output a response."],
  ])("that says %s is rendered", async (_, output, wanted) => {
    const { thread } = await aThread();
    thread.model(text(output));
    const { items } = await review(thread, current);
    expect(items.at(-1)).toMatchObject({ type: "exitedReviewMode", review: wanted });
  });

  it.each<[Json, string, RegExp]>([
    [current, "current changes", /^Review the current code changes \(staged, unstaged, and untracked files\)/],
    [{ type: "baseBranch", branch: "main" }, "changes against 'main'", /MERGEBASE/],
    [
      { type: "baseBranch", branch: "--all" },
      "changes against '--all'",
      /^Review the code changes against the base branch '--all'/,
    ],
    [{ type: "commit", sha: "abcdef1234567", title: "T" }, "commit abcdef1: T", /abcdef1234567 \("T"\)/],
    [{ type: "commit", sha: "abcdef1234567" }, "commit abcdef1", /commit abcdef1234567 and/],
    [{ type: "custom", instructions: "  check it " }, "check it", /^check it$/],
  ])("of %j is named and asked for", async (target, title, wanted) => {
    const { server, thread } = await aThread();
    const git = (...args: string[]): string =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], {
        cwd: thread.cwd,
        encoding: "utf8",
      }).trim();
    git("init", "-q", "-b", "main");
    git("commit", "-q", "--allow-empty", "-m", "base");
    const base = git("rev-parse", "HEAD");
    git("checkout", "-q", "-b", "topic");
    writeFileSync(thread.path("b.txt"), "b");
    git("add", "b.txt");
    git("commit", "-q", "-m", "more");
    thread.model(text("fine"));
    const { items } = await review(thread, target);
    expect(items[0]).toMatchObject({ type: "enteredReviewMode", review: title });
    const [request] = server.simulator.requests;
    expect(said(request, "user").at(-1)?.replaceAll(base, "MERGEBASE")).toMatch(wanted);
  });

  it.each([
    [{ type: "baseBranch", branch: " " }, "branch must not be empty"],
    [{ type: "commit", sha: "" }, "sha must not be empty"],
    [{ type: "custom", instructions: " \n" }, "instructions must not be empty"],
  ])("of %j is refused", async (target, message) => {
    const { thread } = await aThread();
    const { error } = await thread.client.call("review/start", { threadId: thread.id, target });
    expect(error).toEqual({ code: -32600, message });
  });

  it("has instructions and a conversation of its own; the thread's learns the outcome only", async () => {
    const { server, thread } = await aThread();
    await thread.run(text("first answer"));
    thread.model(command("cat a.txt", "call_review"), text(findings(finding("A", "b"))));
    await review(thread, current);
    const [, ask, askAgain] = server.simulator.requests;
    expect(said(ask, "assistant")).toEqual([]);
    expect(said(ask, "user")).not.toContain("go");
    expect(said(ask, "developer")[0]).toMatch(/^You review a change/);
    expect(JSON.stringify(askAgain?.at("input"))).toContain("call_review");
    const next = await thread.nextRequest();
    expect(said(next, "assistant")).toEqual(["first answer", "Expl\n\nReview comment:\n\n- A\n  b"]);
    expect(said(next, "user").some((each) => /^<user_action>[^]*<action>review<\/action>[^]*- A\n/.test(each))).toBe(
      true,
    );
    expect(JSON.stringify(next.at("input"))).not.toContain("call_review");
  });

  it("goes out under its owner, as part of the thread, with the model for reviews", async () => {
    const server = await agentServer({ top: 'review_model = "gpt-6-sol"' });
    const thread = await server.thread();
    const other = await server.client("codex_ios", "7.0");
    await other.request("thread/resume", { threadId: thread.id });
    thread.model(command("cat a.txt"), text("fine"));
    const { turn } = await other.request("review/start", { threadId: thread.id, target: current });
    await other.notification("turn/completed");
    expect(server.simulator.requests).toHaveLength(2);
    for (const request of server.simulator.requests) {
      expect(namesOn(request)).toEqual(namesOf("codex_ios", "7.0"));
      expect(request.at("model")).toBe("gpt-6-sol");
      const metadata = JSON.parse(request.header("x-codex-turn-metadata") ?? "");
      expect(metadata).toMatchObject({
        session_id: thread.id,
        parent_thread_id: thread.id,
        root_turn_id: turn.id,
        subagent_kind: "review",
        model: "gpt-6-sol",
      });
      expect(metadata.thread_id).not.toBe(thread.id);
    }
  });

  it("asks nobody, whatever the policy", async () => {
    const server = await agentServer();
    const thread = await server.thread({ approvalPolicy: "untrusted", sandbox: "read-only" });
    thread.model(command("touch made"), command("rm -f a.txt"), text("fine"));
    const { questions } = await review(thread, current);
    expect(questions).toEqual([]);
    expect((await thread.run(command("cat a.txt"))).outputs["call_1"]).toContain("one");
  });

  it("that fails is said to have, and leaves the thread usable", async () => {
    const { thread } = await aThread();
    thread.model(httpError(400, { body: { error: { message: "no such model" } } }));
    const { turn, items } = await review(thread, current);
    expect(turn).toMatchObject({ status: "failed", error: { message: expect.stringContaining("no such model") } });
    expect(items.at(-1)).toMatchObject({ type: "exitedReviewMode" });
    expect((await thread.run(text("ok"))).turn.status).toBe("completed");
  });

  it("takes the place of what runs, also of another review", async () => {
    const { thread } = await aThread();
    const mark = marker();
    const first = await thread.start(command(`exec sleep ${mark.word}`), neverAnswer(), text("fine"));
    await until(() => mark.processes().length > 0);
    const start = () => thread.client.request("review/start", { threadId: thread.id, target: current });
    const second = await start();
    expect((await thread.end(first)).turn.status).toBe("interrupted");
    expect(mark.processes()).toEqual([]);
    const third = await start();
    expect((await thread.end(second.turn.id)).turn.status).toBe("interrupted");
    expect((await thread.end(third.turn.id)).turn.status).toBe("completed");
  });

  it("begun twice at a time is done once at a time", async () => {
    const { server, thread } = await aThread();
    const first = await thread.start(neverAnswer());
    await server.simulator.waitForRequest(1);
    const start = () => thread.client.request("review/start", { threadId: thread.id, target: current });
    const begun = await Promise.all([start(), start()]);
    const ends = await Promise.all([first, ...begun.map(({ turn }) => turn.id)].map((id) => thread.end(id)));
    // The first review may be over before the second takes its place.
    expect(ends.map(({ turn }) => turn.status)).toEqual([
      "interrupted",
      expect.stringMatching(/^(completed|interrupted)$/),
      "completed",
    ]);
    const order = thread.client.frames.flatMap(({ method }) =>
      /^turn.(started|completed)$/.test(method ?? "") ? [method] : [],
    );
    expect(order).toEqual(Array.from({ length: 3 }, () => ["turn/started", "turn/completed"]).flat());
  });

  it("is not there as a detached one in this version of the protocol", async () => {
    const { thread } = await aThread();
    const params = { threadId: thread.id, target: current, delivery: "detached" };
    const { error } = await thread.client.call("review/start", params);
    expect(error).toEqual({ code: -32600, message: "Invalid request: unknown variant `detached`, expected `inline`" });
  });
});
