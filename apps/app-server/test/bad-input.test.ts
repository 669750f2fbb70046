import { bigEvent, cut, html, httpError, message, rawEvents, splitAt, text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { testServer, type TestServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

/** Shows that a connection that did nothing wrong works, with a whole turn. */
async function stillWorks(bystander: WireClient): Promise<void> {
  expect((await bystander.runTurn(await bystander.startThread(), "still there?")).status).not.toBe("inProgress");
  expect((await bystander.request("thread/loaded/list", {})).data).toBeInstanceOf(Array);
}

describe("frames that are no messages", () => {
  it.each([
    ["malformed JSON", '{"id":1,"method":'],
    ["an empty frame", ""],
    ["a batch", '[{"id":1,"method":"model/list","params":{}}]'],
    ["null", "null"],
    ["a number", "5"],
    ["a string", '"hi"'],
    ["an empty object", "{}"],
    ["an id of null", '{"id":null,"method":"model/list","params":{}}'],
    ["an id with a fraction", '{"id":1.5,"method":"model/list","params":{}}'],
    ["an id of true", '{"id":true,"method":"model/list","params":{}}'],
    ["an id of an object", '{"id":{},"method":"model/list","params":{}}'],
    ["an id beyond 2^53", '{"id":9007199254740993,"method":"model/list","params":{}}'],
    ["two values", '{"id":1,"method":"model/list","params":{}}{}'],
    ["a method that is no string", '{"id":1,"method":5}'],
    ["an unknown notification", '{"method":"foo/bar"}'],
    ["a stray reply", '{"id":7,"result":{}}'],
    ["a binary frame", Buffer.from('{"id":1,"method":"model/list","params":{}}')],
  ])("%s: no answer, a line in the log, and the connection stays open", async (_what, frame) => {
    const server = await testServer();
    const client = await server.client("codex_vscode");
    await client.notification("remoteControl/status/changed");
    const before = client.frames.length;
    client.sendRaw(frame);
    await client.request("thread/loaded/list", {});
    expect(client.frames.length).toBe(before + 1);
    expect(server.warnings).toHaveLength(1);
    await stillWorks(client);
  });

  it.each(["", "x", -5, 0, 9007199254740991, "9007199254740993"])("the id %j is echoed as it came", async (id) => {
    const { client } = await testServer();
    const connection = await client("codex_vscode");
    connection.sendRaw(
      JSON.stringify({ jsonrpc: "2.0", id, method: "thread/loaded/list", params: {}, trace: { traceparent: "x" } }),
    );
    expect(await connection.frame((frame) => frame.id === id)).toEqual({ id, result: { data: [], nextCursor: null } });
  });

  it("a frame over the limit closes that connection with 1009, and no other", async () => {
    const { client } = await testServer({ listen: { maxFrameBytes: 100_000 } });
    const [bystander, sender] = [await client("bystander"), await client("sender")];
    sender.sendRaw(JSON.stringify({ id: 1, method: "model/list", params: { pad: "x".repeat(100_000) } }));
    expect((await sender.closed).code).toBe(1009);
    await stillWorks(bystander);
  });

  it("a text frame that is not UTF-8 closes that connection with 1007, and no other", async () => {
    const { client } = await testServer();
    const [bystander, sender] = [await client("bystander"), await client("sender")];
    sender.socket.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false });
    expect((await sender.closed).code).toBe(1007);
    await stillWorks(bystander);
  });

  it("a peer that stops reading is closed with 1013 when its queue is full, and others get everything", async () => {
    const { client } = await testServer({
      listen: { maxQueuedBytes: 200_000 },
      script: () => message(Array.from({ length: 40 }, () => "x".repeat(200_000))),
    });
    const owner = await client("codex_vscode");
    const slow = await client("slow");
    const threadId = await owner.startThread();
    await slow.request("thread/resume", { threadId, excludeTurns: true });
    slow.socket.pause();
    // The owner reads on; its own queue is as small, but it keeps up.
    const turn = await owner.runTurn(threadId, "hi");
    expect(turn.status).toBe("completed");
    slow.socket.resume();
    expect(await slow.closed).toMatchObject({ code: 1013, reason: expect.stringContaining("does not read") });
    await stillWorks(owner);
  });

  it("too many requests at once are answered -32001, and the connection stays usable", async () => {
    const { open } = await testServer();
    const connection = await open();
    await connection.initialize("eager");
    // `account/read` reads files, so these are all in work at the same time.
    for (let id = 0; id < 1_200; id += 1)
      connection.sendRaw(JSON.stringify({ id: `r${id}`, method: "account/read", params: {} }));
    await connection.frame(() => connection.frames.filter(({ id }) => String(id).startsWith("r")).length === 1_200);
    const overloaded = connection.frames.filter(({ error }) => error?.code === -32001);
    expect(overloaded.length).toBeGreaterThan(0);
    expect(overloaded[0]?.error).toEqual({ code: -32001, message: "Server overloaded; retry later." });
    await stillWorks(connection);
  });
});

describe("a model endpoint that misbehaves", () => {
  const once = "request_max_retries = 0\nstream_max_retries = 0";
  /** A turn against one answer, with a bystander that goes on. */
  async function turnAgainst(server: TestServer): Promise<Json> {
    const [bystander, owner] = [await server.client("bystander"), await server.client("owner")];
    const turn = await owner.runTurn(await owner.startThread(), "hi");
    server.simulator.use(() => text("fine"));
    await stillWorks(bystander);
    await stillWorks(owner);
    return turn;
  }

  it.each([
    [
      "401",
      httpError(401, { body: { error: { message: "no key" } } }),
      { httpConnectionFailed: { httpStatusCode: 401 } },
      /^unexpected status 401 Unauthorized: no key, url: http:/,
    ],
    ["429", httpError(429), { responseTooManyFailedAttempts: { httpStatusCode: 429 } }, /429 Too Many Requests/],
    ["500", httpError(500), "internalServerError", /internal error/],
    [
      "HTML",
      html({ status: 200 }),
      "other",
      /^stream disconnected before completion: stream closed before response\.completed$/,
    ],
    ["half a stream", [text("half"), cut({ afterEvents: 5 })], "other", /^stream disconnected before completion: /],
  ])("%s: the turn fails and says why", async (_what, reply, codexErrorInfo, message_) => {
    const server = await testServer({ provider: once, script: [reply] });
    const turn = await turnAgainst(server);
    expect(turn.status).toBe("failed");
    expect(turn.error.codexErrorInfo).toEqual(codexErrorInfo);
    expect(turn.error.message).toMatch(message_);
    expect(JSON.stringify(turn)).not.toContain("secret-key");
  });

  it.each([
    [
      "unknown and broken events",
      [rawEvents([{ type: "response.unheard_of" }, "data: {broken\n\n", "data: 5\n\n", ": comment\n\n"]), text("fine")],
    ],
    ["an unknown event of 10 MB", [bigEvent(10_000_000), text("fine")]],
    ["invalid UTF-8", [rawEvents([Buffer.from('data: {"type":"x","y":"\xff\xfe"}\n\n', "latin1")]), text("fine")]],
    ["events split at every byte", [text("fine"), splitAt("every-byte")]],
  ])("%s: the turn goes on without them", async (_what, reply) => {
    const server = await testServer({ provider: once, script: [reply] });
    const turn = await turnAgainst(server);
    expect(turn.status).toBe("completed");
    expect(turn.items[0].text).toBe("fine");
  });

  it("10 MB in one delta reach the client whole", async () => {
    const size = 10_000_000;
    const server = await testServer({ script: [message(["x".repeat(size)])] });
    const owner = await server.client("owner");
    const turn = await owner.runTurn(await owner.startThread(), "hi");
    expect(turn.items[0].text).toHaveLength(size);
    expect(owner.notifications("item/agentMessage/delta").map(({ delta }) => delta.length)).toEqual([size]);
  });
});
