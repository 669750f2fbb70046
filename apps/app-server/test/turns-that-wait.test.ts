import { hold, text, type RecordedRequest } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { until } from "./support/agent.js";
import { namesOf, namesOn, testServer, type TestServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

const top = 'approval_policy = "never"\nsandbox_mode = "danger-full-access"\nallow_login_shell = false';

/** What the user said last in a model request. */
const lastWords = (request: RecordedRequest | undefined): string | undefined => {
  const input = (request?.at("input") ?? []) as Json[];
  return input.findLast(({ role }: Json) => role === "user")?.content[0].text;
};

/** A server with a thread of one client that another one watches; the model's first answer waits until it is let go. */
async function occupied(): Promise<
  TestServer & { one: WireClient; two: WireClient; threadId: string; letGo: () => void }
> {
  let letGo = (): void => undefined;
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  let answers = 0;
  const server = await testServer({
    top,
    script: () => {
      answers += 1;
      return answers === 1 ? [hold(gate), text("{}")] : text("answer");
    },
  });
  const [one, two] = [await server.client("codex_vscode"), await server.client("codex_ios")];
  const threadId = await one.startThread();
  await two.request("thread/resume", { threadId });
  return { ...server, one, two, threadId, letGo };
}

const occupations: ReadonlyArray<readonly [string, (client: WireClient, threadId: string) => Promise<unknown>]> = [
  [
    "a command of the user's",
    (client, threadId) => client.request("thread/shellCommand", { threadId, command: "sleep 0.4" }),
  ],
  ["a compaction", (client, threadId) => client.request("thread/compact/start", { threadId })],
  [
    "a review",
    (client, threadId) =>
      client.request("review/start", { threadId, target: { type: "custom", instructions: "look at it" } }),
  ],
];

describe.each(occupations)("a turn that meets %s", (_name, occupy) => {
  it("begins when that has ended, with its input, under the name of the one who sent it", async () => {
    const { one, two, threadId, letGo, requestsOf } = await occupied();
    await occupy(one, threadId);
    await one.notification("turn/started");
    const turnId = await two.startTurn(threadId, "and then this");
    expect(two.notifications("turn/started").map(({ turn }) => turn.id)).not.toContain(turnId);
    letGo();
    const { turn } = (await two.notification("turn/completed", (params) => params.turn.id === turnId)).params;
    expect(turn.status).toBe("completed");
    const ended = two.frames.findIndex(({ method }) => method === "turn/completed");
    const began = two.frames.findIndex(
      ({ method, params }: Json) => method === "turn/started" && params.turn.id === turnId,
    );
    expect(ended).toBeLessThan(began);
    const [request] = requestsOf(turnId);
    expect([lastWords(request), namesOn(request)]).toEqual(["and then this", namesOf("codex_ios")]);
  });
});

describe("turns that wait", () => {
  it("begin one after the other", async () => {
    const { one, two, threadId, letGo } = await occupied();
    await one.request("thread/compact/start", { threadId });
    await one.notification("turn/started");
    const waiting = [await two.startTurn(threadId, "b"), await one.startTurn(threadId, "c")];
    letGo();
    for (const id of waiting) await two.notification("turn/completed", ({ turn }) => turn.id === id);
    const order = two.frames.flatMap(({ method, params }: Json) =>
      waiting.includes(params?.turn?.id) && method?.startsWith("turn/") === true
        ? [`${method} ${waiting.indexOf(params.turn.id)}`]
        : [],
    );
    expect(order).toEqual(["turn/started 0", "turn/completed 0", "turn/started 1", "turn/completed 1"]);
  });

  it("can be called off, and the others go on", async () => {
    const { one, two, threadId, letGo, simulator } = await occupied();
    await one.request("thread/compact/start", { threadId });
    await one.notification("turn/started");
    const [first, second] = [await two.startTurn(threadId, "never"), await two.startTurn(threadId, "later")];
    await two.request("turn/interrupt", { threadId, turnId: first });
    const { turn } = (await two.notification("turn/completed", (params) => params.turn.id === first)).params;
    expect(turn.status).toBe("interrupted");
    letGo();
    await two.notification("turn/completed", (params) => params.turn.id === second);
    expect(simulator.requests.map(lastWords)).not.toContain("never");
    expect(two.notifications("turn/started").map((params) => params.turn.id)).not.toContain(first);
  });

  it("do not begin any more when the server ends", async () => {
    const { one, two, threadId, server, simulator } = await occupied();
    await one.request("thread/compact/start", { threadId });
    await one.notification("turn/started");
    await two.startTurn(threadId, "never");
    await server.close({ graceMs: 0 });
    expect(simulator.requests.map(lastWords)).not.toContain("never");
  });

  it("are refused when a hundred wait", async () => {
    const { one, two, threadId } = await occupied();
    await one.request("thread/compact/start", { threadId });
    await one.notification("turn/started");
    for (let turn = 0; turn < 100; turn += 1) await two.startTurn(threadId, "x");
    const { error } = await two.call("turn/start", { threadId, input: [{ type: "text", text: "x" }] });
    expect(error.message).toBe("too many turns wait for the one that runs");
  });

  it("is not what turn/steer is for", async () => {
    const { one, threadId, letGo } = await occupied();
    await one.request("thread/compact/start", { threadId });
    const { turn } = (await one.notification("turn/started")).params;
    const { error } = await one.call("turn/steer", {
      threadId,
      expectedTurnId: turn.id,
      input: [{ type: "text", text: "x" }],
    });
    expect(error.message).toBe("cannot steer a compact turn");
    letGo();
  });
});

describe("a client that goes while its first request of a kind is read", () => {
  it("leaves no realtime conversation behind", async () => {
    const { client, simulator } = await testServer();
    const one = await client("codex_vscode", "1.0.0", { experimentalApi: true });
    const threadId = await one.startThread();
    const params = { threadId, outputModality: "audio", prompt: "p", includeStartupContext: false };
    one.sendRaw(JSON.stringify({ id: 99, method: "thread/realtime/start", params }));
    one.socket.close();
    await one.closed;
    await until(() => simulator.openSockets === 0);
    // Long enough for a conversation to open, if there was to be one.
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([simulator.openSockets, simulator.realtime.handshakes.length]).toEqual([0, 0]);
  });
});
