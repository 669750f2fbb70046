import { failure, neverAnswer, text, usage, type Part, type RecordedRequest } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { agentServer, command, outputsOf, said, unanswered, type AgentThread } from "./support/agent.js";
import type { Json } from "./support/wire-client.js";

const preface = /^The conversation so far was replaced by this summary/;
const prompt = /^The conversation is about to be replaced by a summary/;

const isCompaction = (request: RecordedRequest): boolean => said(request, "user").some((each) => prompt.test(each));

const metadataOf = (request: RecordedRequest | undefined): Json =>
  JSON.parse(request?.header("x-codex-turn-metadata") ?? "{}");

/** What was said, without what the server tells by itself. */
const conversation = (request: RecordedRequest): string[] =>
  [...said(request, "user"), ...said(request, "assistant")].filter(
    (each) => !/^<environment_context>|^# AGENTS/.test(each),
  );

const full = (value: string, tokens: number): readonly Part[] => [
  text(value),
  usage({ inputTokens: tokens, outputTokens: 0 }),
];

async function compact(thread: AgentThread, known: number): Promise<Json> {
  await thread.client.request("thread/compact/start", { threadId: thread.id });
  const ended = () => thread.client.notifications("turn/completed").length > known;
  return (
    await thread.client.notification("turn/completed", () => ended()),
    thread.client.notifications("turn/completed").at(-1)?.turn
  );
}

describe("thread/compact/start", () => {
  it("puts a summary in the place of the conversation, but for the user's own words", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    await thread.run(command("cat a.txt"), text("first answer"));
    thread.model(text("SUMMARY"));
    const turn = await compact(thread, 1);
    expect(turn).toMatchObject({ status: "completed", items: [] });
    const items = thread.client.frames.flatMap(({ method, params }: Json) =>
      params?.turnId === turn.id && params.item !== undefined ? [`${method} ${params.item.type}`] : [],
    );
    expect(items).toEqual(["item/started contextCompaction", "item/completed contextCompaction"]);
    const request = server.simulator.requests.find(isCompaction);
    expect(request?.at("input", -1, "content", 0, "text")).toMatch(prompt);
    expect(metadataOf(request)).toMatchObject({ request_kind: "compaction", window_number: 0, turn_id: turn.id });
    expect(said(request, "assistant")).toEqual(["first answer"]);
    const next = await thread.nextRequest();
    expect(conversation(next)).toEqual(["go", expect.stringMatching(/^[^]*\nSUMMARY$/), "go"]);
    expect(conversation(next)[1]).toMatch(preface);
    expect(metadataOf(next)).toMatchObject({ window_number: 1, window_id: `${thread.id}:1` });
    expect(next.header("x-codex-window-id")).toBe(`${thread.id}:1`);
    // What the model is told of its work is told again.
    expect(said(next, "developer")).toHaveLength(1 + said(server.simulator.requests[0], "developer").length - 1);
    expect(said(next, "user")[0]).toMatch(/^<environment_context>/);
    expect(outputsOf(next)).toEqual({});
  });

  it("twice keeps one summary and all of the user's words", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    await thread.run(text("one"));
    thread.model(text("FIRST"));
    await compact(thread, 1);
    await thread.run(text("two"));
    thread.model(text("SECOND"));
    await compact(thread, 3);
    const next = await thread.nextRequest();
    expect(conversation(next)).toEqual(["go", "go", expect.stringMatching(/\nSECOND$/), "go"]);
    expect(metadataOf(next)).toMatchObject({ window_number: 2 });
  });

  it("leaves out the oldest when even that is too long for the model", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    await thread.run(command("cat a.txt", "old"), text("old answer"));
    await thread.run(text("new answer"));
    const tooLong = failure("context_length_exceeded", "too long");
    thread.model(tooLong, tooLong, tooLong, text("SUMMARY"));
    const turn = await compact(thread, 2);
    expect(turn.status).toBe("completed");
    const tries = server.simulator.requests.filter(isCompaction);
    const lengths = tries.map((request) => (request.at("input") as Json).length);
    expect(lengths).toHaveLength(4);
    expect(new Set(lengths).size).toBe(4);
    expect(lengths).toEqual(lengths.toSorted((a, b) => b - a));
    for (const request of tries) {
      const input: Json = request.at("input");
      const calls = input.flatMap(({ type, call_id: id }: Json) => (type === "function_call" ? [id] : []));
      expect(Object.keys(outputsOf(request))).toEqual(calls);
      expect(said(request, "assistant")).toContain("new answer");
    }
    expect(conversation(await thread.nextRequest())).toContainEqual(expect.stringMatching(/\nSUMMARY$/));
  });

  it("that fails leaves the conversation as it was", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    await thread.run(text("answer"));
    thread.model(failure("invalid_prompt", "no"));
    const turn = await compact(thread, 1);
    expect(turn).toMatchObject({ status: "failed" });
    expect(conversation(await thread.nextRequest())).toEqual(["go", "go", "answer"]);
  });

  it("takes the place of what runs", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const first = await thread.start(neverAnswer(), text("SUMMARY"));
    await server.simulator.waitForRequest(1);
    expect(await compact(thread, 1)).toMatchObject({ status: "completed" });
    expect((await thread.end(first)).turn.status).toBe("interrupted");
    expect(conversation(await thread.nextRequest())).toEqual(["go", expect.stringMatching(/\nSUMMARY$/), "go"]);
  });
});

describe("near the limit", () => {
  it("the conversation is compacted before the next request, within the turn", async () => {
    const server = await agentServer({ top: "model_auto_compact_token_limit = 1000" });
    const thread = await server.thread();
    await thread.run(full("almost", 999));
    expect(server.simulator.requests.some(isCompaction)).toBe(false);
    const { turn, items } = await thread.run(
      [command("cat a.txt"), usage({ inputTokens: 1000, outputTokens: 5 })].flat() as Part[],
      full("SUMMARY", 1000),
      full("after", 10),
    );
    expect(turn.items.at(-1).text).toBe("after");
    expect(items.map(({ type }) => type)).toEqual(["commandExecution", "contextCompaction"]);
    const requests = server.requestsOf(turn.id);
    expect(requests.map(isCompaction)).toEqual([false, true, false]);
    const [, summed, last] = requests;
    expect(unanswered(summed as RecordedRequest)).toEqual([]);
    expect(metadataOf(last)).toMatchObject({ request_kind: "turn", window_number: 1 });
    expect(conversation(last as RecordedRequest)).toEqual(["go", "go", expect.stringMatching(/\nSUMMARY$/)]);
    await thread.run(text("small again"));
    expect(server.simulator.requests.filter(isCompaction)).toHaveLength(1);
  });

  it("what the user says next is not lost in it", async () => {
    const server = await agentServer({ top: "model_auto_compact_token_limit = 1000" });
    const thread = await server.thread();
    await thread.run(full("big", 5000));
    thread.model(text("SUMMARY"), text("answer"));
    const { turn } = await thread.client.request("turn/start", {
      threadId: thread.id,
      input: [{ type: "text", text: "and now?" }],
    });
    const { requests } = await thread.end(turn.id);
    expect(conversation(requests.at(-1) as RecordedRequest)).toEqual([
      "go",
      expect.stringMatching(/SUMMARY$/),
      "and now?",
    ]);
  });

  it("the limit is the model's own without a configured one", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    await thread.run(full("below", 244_799));
    await thread.run(full("at it", 244_800));
    expect(server.simulator.requests.some(isCompaction)).toBe(false);
    await thread.run(text("SUMMARY"), text("after"));
    expect(server.simulator.requests.filter(isCompaction)).toHaveLength(1);
  });

  it("only the user's last words are kept when there are many", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    const long = (letter: string) => letter.repeat(30_000);
    for (const letter of ["a", "b", "c"]) await thread.client.runTurn(thread.id, long(letter));
    thread.model(text("SUMMARY"));
    await compact(thread, 3);
    const kept = conversation(await thread.nextRequest());
    expect(kept.map((each) => each.slice(0, 1))).toEqual(["b", "c", "T", "g"]);
  });
});
