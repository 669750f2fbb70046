import { getEventListeners } from "node:events";

import { describe, expect, test } from "vitest";

import { endOf, rawEndOf, turns } from "../test/support/ends.js";
import { Peer, requestIdCounter, type IncomingRequest, type IrregularInput, type PeerOptions } from "./peer.js";
import { RpcError } from "./rpc-error.js";
import type { TransportReceiver } from "./transport.js";
import { linkedTransports } from "./transports/memory.js";

const lenient: IrregularInput = {
  malformed: "ignore",
  binary: "ignore",
  unknownNotification: "ignore",
  strayReply: "ignore",
};

/** A peer, and the raw other side of its link. */
function start(options: Partial<Omit<PeerOptions, "transport">> = {}) {
  const [ours, theirs] = linkedTransports();
  return { ...endOf(ours, options), raw: rawEndOf(theirs) };
}

/** A peer on a transport that the test plays. */
function startOnFake(options: Partial<Omit<PeerOptions, "transport">> = {}) {
  const sent: unknown[] = [];
  let receiver!: TransportReceiver;
  const end = endOf(
    {
      kind: "memory",
      start: (given) => (receiver = given),
      send: (frame) => void sent.push(JSON.parse(frame.toString("utf8"))),
      close: (code = 1000, reason = "") => receiver.onClosed({ code, reason }),
      terminate: () => receiver.onClosed({ code: 1006, reason: "" }),
      whenWritable: () => undefined,
      queuedBytes: 0,
    },
    options,
  );
  return { ...end, sent, receiver };
}

/** Asks and sees an answer: the connection still works. */
async function expectUsable({ raw }: ReturnType<typeof start>): Promise<void> {
  const before = raw.frames.length;
  raw.send('{"id":"still there?","method":"ping"}');
  await raw.whenFrames(before + 1);
  expect(raw.frames[before]).toBe('{"id":"still there?","result":{}}');
}

describe("irregular input", () => {
  const malformed = ["not JSON", "[]", '[{"id":1,"method":"m"}]', "null", "5", "{}", '{"id":null,"method":"m"}'];

  test.each(malformed)("%s is ignored", async (text) => {
    const end = start();
    end.raw.send(text);
    await expectUsable(end);
    expect(end.raw.frames).toHaveLength(1);
    expect(end.received).toEqual(["ping"]);
    expect(end.incidents).toEqual([{ text: expect.stringMatching(/^malformed message: ./), cause: undefined }]);
  });

  test.each(malformed)("%s is answered under the id -1 if so wished", async (text) => {
    const end = start({ irregular: { ...lenient, malformed: "reply" } });
    end.raw.send(text);
    await end.raw.whenFrames(1);
    expect(JSON.parse(end.raw.frames[0] ?? "")).toEqual({
      id: -1,
      error: { code: -32600, message: expect.stringMatching(/^failed to parse message: ./) },
    });
    await expectUsable(end);
  });

  test("a binary frame is ignored", () => {
    const end = startOnFake();
    end.receiver.onFrame('{"id":1,"method":"m"}', true);
    expect(end.received).toEqual([]);
    expect(end.sent).toEqual([]);
    expect(end.incidents).toEqual([{ text: expect.stringContaining("binary"), cause: undefined }]);
  });

  test("a binary frame is parsed if so wished", () => {
    const end = startOnFake({ irregular: { ...lenient, binary: "parse" } });
    end.receiver.onFrame('{"id":1,"method":"m"}', true);
    expect(end.sent).toEqual([{ id: 1, result: {} }]);
    expect(end.incidents).toEqual([]);
  });

  test("an unknown notification is ignored", async () => {
    const end = start({ onNotification: (method) => method !== "unknown" });
    end.raw.send('{"method":"known"}');
    end.raw.send('{"method":"unknown"}');
    await expectUsable(end);
    expect(end.incidents).toEqual([{ text: "unknown notification: unknown", cause: undefined }]);
  });

  test("an unknown notification ends the connection if so wished", async () => {
    const end = start({
      irregular: { ...lenient, unknownNotification: "terminate" },
      onNotification: (method) => method !== "unknown",
    });
    end.raw.send('{"method":"known"}');
    await expectUsable(end);
    end.raw.send('{"method":"unknown"}');
    expect(await end.raw.closed).toEqual({ code: 1006, reason: "" });
  });

  test("every notification is unknown to a peer without a handler", async () => {
    const [ours, theirs] = linkedTransports();
    const incidents: string[] = [];
    const peer = new Peer({ transport: ours, onRequest: () => 1, onIncident: (text) => incidents.push(text) });
    const raw = rawEndOf(theirs);
    raw.send('{"method":"anything"}');
    raw.send('{"id":1,"method":"m"}');
    await raw.whenFrames(1);
    expect(incidents).toEqual(["unknown notification: anything"]);
    peer.close();
  });

  const stray = ['{"id":7,"result":1}', '{"id":"0","result":1}', '{"error":{"code":1,"message":"m"},"id":0}'];

  test.each(stray)("the reply %s to no request is ignored", async (text) => {
    const end = start();
    end.raw.send(text);
    await expectUsable(end);
    expect(end.incidents).toEqual([{ text: expect.stringMatching(/^reply to no request: /), cause: undefined }]);
  });

  test.each(stray)("the reply %s to no request ends the connection if so wished", async (text) => {
    const end = start({ irregular: { ...lenient, strayReply: "terminate" } });
    end.raw.send(text);
    expect(await end.raw.closed).toEqual({ code: 1006, reason: "" });
  });

  test("a second reply to one request is a stray one", async () => {
    const end = start();
    const answer = end.peer.request("m");
    await end.raw.whenFrames(1);
    end.raw.send('{"id":0,"result":"first"}');
    end.raw.send('{"id":0,"result":"second"}');
    expect(await answer).toBe("first");
    end.raw.send('{"method":"n"}');
    await end.whenReceived(1);
    expect(end.incidents).toHaveLength(1);
  });

  test("a late reply to an aborted request is none", async () => {
    const end = start({ irregular: { ...lenient, strayReply: "terminate" } });
    const controller = new AbortController();
    const answer = end.peer.request("m", {}, { signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ name: "AbortError" });
    end.raw.send('{"id":0,"result":"late"}');
    await end.raw.whenFrames(1);
    await turns();
    expect(end.timesClosed()).toBe(0);
    end.raw.send('{"id":0,"result":"a second one is too many"}');
    expect(await end.raw.closed).toMatchObject({ code: 1006 });
  });

  test("is reported when the transport meets it", () => {
    const end = startOnFake();
    end.receiver.onIrregular("a line is too long");
    expect(end.incidents).toEqual([{ text: "a line is too long", cause: undefined }]);
  });
});

describe("answering", () => {
  test("more requests than the limit are refused until one is answered", async () => {
    const answers: Array<() => void> = [];
    const end = start({
      maxRequestsInWork: 2,
      onRequest: ({ method }) => (method === "slow" ? new Promise<void>((resolve) => answers.push(resolve)) : "now"),
    });
    for (const id of [1, 2, 3, 4]) end.raw.send(`{"id":${id},"method":"slow"}`);
    const overloaded = { code: -32001, message: "Server overloaded; retry later." };
    await end.raw.whenFrames(2);
    expect(end.raw.frames.map((text) => JSON.parse(text))).toEqual([
      { error: overloaded, id: 3 },
      { error: overloaded, id: 4 },
    ]);
    expect(end.received).toEqual(["slow", "slow"]);
    answers[0]?.();
    await end.raw.whenFrames(3);
    expect(end.raw.frames[2]).toBe('{"id":1,"result":{}}');
    end.raw.send('{"id":5,"method":"quick"}');
    await end.raw.whenFrames(4);
    expect(end.raw.frames[3]).toBe('{"id":5,"result":"now"}');
  });

  test("1,024 requests may be in work unless told otherwise", async () => {
    const end = start({ onRequest: () => new Promise(() => undefined) });
    for (let id = 0; id <= 1024; id += 1) end.raw.send(`{"id":${id},"method":"m"}`);
    await end.raw.whenFrames(1);
    expect(JSON.parse(end.raw.frames[0] ?? "")).toMatchObject({ id: 1024, error: { code: -32001 } });
    expect(end.received).toHaveLength(1024);
  });

  test.each([
    [
      "at once",
      (thrown: unknown) => (): unknown => {
        throw thrown;
      },
    ],
    [
      "later",
      (thrown: unknown) => async () => {
        await turns(1);
        throw thrown;
      },
    ],
  ])("an unexpected failure %s is an internal error and an incident", async (_, failing) => {
    for (const [thrown, text] of [
      [new TypeError("x is not a function"), "x is not a function"],
      ["text", "text"],
    ]) {
      const fail = failing(thrown);
      const end = start({ onRequest: ({ method }) => (method === "m" ? fail() : undefined) });
      end.raw.send('{"id":1,"method":"m"}');
      await end.raw.whenFrames(1);
      expect(JSON.parse(end.raw.frames[0] ?? "")).toEqual({
        error: { code: -32603, message: `internal error: ${String(text)}` },
        id: 1,
      });
      expect(end.incidents).toEqual([{ text: "m failed", cause: thrown }]);
      await expectUsable(end);
    }
  });

  test("an RpcError is no incident", async () => {
    const end = start({ onRequest: () => Promise.reject(new RpcError(-32602, "no", { why: 1 })) });
    end.raw.send('{"id":1,"method":"m"}');
    await end.raw.whenFrames(1);
    expect(end.raw.frames).toEqual(['{"error":{"code":-32602,"message":"no","data":{"why":1}},"id":1}']);
    expect(end.incidents).toEqual([]);
  });

  test.each([
    ["at once", () => 1n],
    ["later", async () => 1n],
  ])("a result that JSON cannot hold, given %s, is an internal error", async (_, onRequest) => {
    const end = start({ onRequest: ({ method }) => (method === "m" ? onRequest() : undefined) });
    end.raw.send('{"id":1,"method":"m"}');
    await end.raw.whenFrames(1);
    expect(JSON.parse(end.raw.frames[0] ?? "")).toMatchObject({ error: { code: -32603 }, id: 1 });
    expect(end.incidents).toEqual([{ text: "m failed", cause: expect.any(TypeError) }]);
    await expectUsable(end);
  });

  test("a failure after the reply is an incident and spares the reply", async () => {
    const broken = new Error("broken");
    const end = start({
      onRequest: (request) => {
        if (request.method === "m")
          request.afterReply(() => {
            throw broken;
          });
      },
    });
    end.raw.send('{"id":1,"method":"m"}');
    await end.raw.whenFrames(1);
    await expectUsable(end);
    expect(end.raw.frames[0]).toBe('{"id":1,"result":{}}');
    expect(end.incidents).toEqual([{ text: "m failed after its reply", cause: broken }]);
  });

  test("what is left for after the reply runs after an error, too, and in order", async () => {
    const end = start({
      onRequest: (request) => {
        request.afterReply(() => end.peer.notify("one"));
        request.afterReply(() => end.peer.notify("two"));
        throw new RpcError(-32600, "no");
      },
    });
    end.raw.send('{"id":1,"method":"m"}');
    await end.raw.whenFrames(3);
    expect(end.raw.frames.slice(1)).toEqual(['{"method":"one"}', '{"method":"two"}']);
  });

  test("a failing notification handler is an incident", async () => {
    const broken = new Error("broken");
    const end = start({
      onNotification: () => {
        throw broken;
      },
    });
    end.raw.send('{"method":"n"}');
    await expectUsable(end);
    expect(end.incidents).toEqual([{ text: "n failed", cause: broken }]);
  });

  test("whenAnswered waits for what is in work, whatever comes of it", async () => {
    const settle: Array<{ resolve: () => void; reject: (error: Error) => void }> = [];
    const end = start({ onRequest: () => new Promise<void>((resolve, reject) => settle.push({ resolve, reject })) });
    await end.peer.whenAnswered();
    end.raw.send('{"id":1,"method":"m"}');
    end.raw.send('{"id":2,"method":"m"}');
    await end.whenReceived(2);
    let answered = false;
    const done = end.peer.whenAnswered().then(() => (answered = true));
    settle[0]?.resolve();
    await end.raw.whenFrames(1);
    await turns();
    expect(answered).toBe(false);
    settle[1]?.reject(new RpcError(-32600, "no"));
    await done;
    expect(end.raw.frames).toHaveLength(2);
  });

  test("an answer after the end goes nowhere", async () => {
    let request: IncomingRequest | undefined;
    let answer!: (value: number) => void;
    const end = startOnFake({
      onRequest: (given) => {
        request = given;
        return new Promise<number>((resolve) => (answer = resolve));
      },
    });
    end.receiver.onFrame('{"id":1,"method":"m"}', false);
    end.peer.close();
    // Also a signal that is asked for only now has aborted.
    expect(request?.signal.aborted).toBe(true);
    answer(1);
    await turns();
    end.receiver.onFrame('{"id":2,"method":"late"}', false);
    expect(end.received).toEqual(["m"]);
    expect(end.incidents).toEqual([]);
  });

  test("giving up when the connection ends is no failure", async () => {
    const end = start({
      onRequest: ({ method, signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(method === "obedient" ? signal.reason : new Error("a bug")));
        }),
    });
    end.raw.send('{"id":1,"method":"obedient"}');
    end.raw.send('{"id":2,"method":"broken"}');
    await end.whenReceived(2);
    end.peer.close();
    await end.closed;
    await turns();
    expect(end.incidents).toEqual([{ text: "broken failed", cause: new Error("a bug") }]);
  });
});

describe("asking", () => {
  test("ids count from 0, or from the given counter, or are given", async () => {
    const nextRequestId = requestIdCounter();
    nextRequestId();
    const own = startOnFake();
    const shared = startOnFake({ nextRequestId });
    for (const { peer } of [own, shared, own]) peer.request("m").catch(() => undefined);
    own.peer.request("m", undefined, { id: 77 }).catch(() => undefined);
    expect(own.sent).toEqual([
      { id: 0, method: "m" },
      { id: 1, method: "m" },
      { id: 77, method: "m" },
    ]);
    expect(shared.sent).toEqual([{ id: 1, method: "m" }]);
    own.peer.close();
    shared.peer.close();
  });

  test("params that JSON cannot hold fail the request and nothing else", async () => {
    const end = start();
    await expect(end.peer.request("m", 1n)).rejects.toThrow(TypeError);
    await expectUsable(end);
  });

  test("the error of a closed connection says why", async () => {
    const end = start();
    const pending = end.peer.request("m");
    end.peer.close(1001, "the server is shutting down");
    await expect(pending).rejects.toThrow("the connection is closed (code 1001, the server is shutting down)");
    const other = start();
    other.peer.close();
    await other.closed;
    await expect(other.peer.request("m")).rejects.toThrow("the connection is closed (code 1000)");
  });

  test("a signal is let go of once the answer is there", async () => {
    const end = start();
    const { signal } = new AbortController();
    const answer = end.peer.request("m", {}, { signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await end.raw.whenFrames(1);
    end.raw.send('{"id":0,"result":1}');
    await answer;
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("an encoded frame goes out as it is", async () => {
    const end = start();
    const frame = Buffer.from('{"method":"n", "params":1}');
    end.peer.sendFrame(frame);
    end.peer.notify("n", 1, 5);
    await end.raw.whenFrames(2);
    expect(end.raw.frames).toEqual([frame.toString(), '{"method":"n","params":1,"emittedAtMs":5}']);
  });
});
