import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { requestIdCounter, type IncomingRequest } from "../src/peer.js";
import { RpcError } from "../src/rpc-error.js";
import { endOf, rawEndOf, turns } from "./support/ends.js";
import { linkKinds, type Link } from "./support/links.js";

const echo = ({ params }: IncomingRequest) => params;

/** Never answers; keeps the request. */
function holder() {
  const held: IncomingRequest[] = [];
  return {
    held,
    onRequest: (request: IncomingRequest) => {
      held.push(request);
      // The signal is made on first use, so it has to be asked for while the request is in work.
      expect(request.signal.aborted).toBe(false);
      return new Promise<never>(() => undefined);
    },
  };
}

describe.each(linkKinds)("a connection over $name", ({ open }) => {
  let link: Link;

  beforeEach(async () => {
    link = await open();
  });

  afterEach(async () => {
    link.left.close();
    link.right.close();
    await link.dispose();
  });

  test("carries requests both ways at once", async () => {
    const left = endOf(link.left, { onRequest: ({ method, params }) => ({ side: "left", method, params }) });
    const right = endOf(link.right, { onRequest: ({ method, params }) => ({ side: "right", method, params }) });
    const answers = await Promise.all([
      left.peer.request("a", { n: 1 }),
      right.peer.request("b", [2]),
      left.peer.request("c"),
      right.peer.request("d", null),
    ]);
    expect(answers).toEqual([
      { side: "right", method: "a", params: { n: 1 } },
      { side: "left", method: "b", params: [2] },
      { side: "right", method: "c" },
      { side: "left", method: "d", params: null },
    ]);
  });

  test.each(['""', '"x"', '"1"', "-1", "0", "1", "9007199254740991", "-9007199254740991"])(
    "echoes the id %s with its type",
    async (id) => {
      const left = rawEndOf(link.left);
      endOf(link.right, {
        onRequest: async ({ method }) => {
          if (method === "fail") throw new RpcError(-32602, "no");
        },
      });
      left.send(`{"id":${id},"method":"succeed"}`);
      await left.whenFrames(1);
      left.send(`{"method":"fail","id":${id}}`);
      await left.whenFrames(2);
      expect(left.frames).toEqual([`{"id":${id},"result":{}}`, `{"error":{"code":-32602,"message":"no"},"id":${id}}`]);
    },
  );

  test("carries results and errors with their data", async () => {
    const left = endOf(link.left);
    endOf(link.right, {
      onRequest: ({ method, params }) => {
        if (method === "plain error") throw new RpcError(-32600, "plain");
        if (method === "error with data") throw new RpcError(-32000, "rich", { reason: ["a", null] });
        return params;
      },
    });
    for (const result of [0, false, "", [], {}, { deep: { er: [1, "2", null] } }]) {
      expect(await left.peer.request("echo", result)).toEqual(result);
    }
    // The protocol's empty answer stands for undefined and null alike.
    expect(await left.peer.request("echo", null)).toEqual({});
    const plain = await left.peer.request("plain error").catch((error: unknown) => error);
    expect(plain).toBeInstanceOf(RpcError);
    expect(plain).toMatchObject({ code: -32600, message: "plain", data: undefined });
    await expect(left.peer.request("error with data")).rejects.toMatchObject({
      code: -32000,
      message: "rich",
      data: { reason: ["a", null] },
    });
  });

  test("keeps requests and notifications in order", async () => {
    const left = endOf(link.left);
    const right = endOf(link.right);
    const sent = Array.from({ length: 500 }, (_, index) => `${index}`);
    const answers: Array<Promise<unknown>> = [];
    for (const [index, method] of sent.entries()) {
      if (index % 5 === 0) answers.push(left.peer.request(method));
      else left.peer.notify(method, { index });
    }
    await Promise.all(answers);
    await right.whenReceived(sent.length);
    expect(right.received).toEqual(sent);
  });

  test("sends what a handler leaves for after the reply after the reply", async () => {
    const left = rawEndOf(link.left);
    const right = endOf(link.right, {
      onRequest: (request) => {
        request.afterReply(() => right.peer.notify("after", request.method));
        right.peer.notify("before", request.method);
        return request.method === "later" ? turns(1).then(() => 1) : 1;
      },
    });
    for (const method of ["at once", "later"]) {
      left.frames.length = 0;
      left.send(JSON.stringify({ id: 1, method }));
      await left.whenFrames(3);
      expect(left.frames.map((text) => JSON.parse(text))).toEqual([
        { method: "before", params: method },
        { id: 1, result: 1 },
        { method: "after", params: method },
      ]);
    }
  });

  test("keeps 1,000 interleaved requests apart", async () => {
    const slow = async ({ params }: IncomingRequest) => {
      await turns(Number(params) % 4);
      return { params };
    };
    const left = endOf(link.left, { onRequest: slow });
    const right = endOf(link.right, { onRequest: slow });
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    const [fromRight, fromLeft] = await Promise.all([
      Promise.all(numbers.map((n) => left.peer.request("n", n))),
      Promise.all(numbers.map((n) => right.peer.request("n", -n - 1))),
    ]);
    expect(fromRight).toEqual(numbers.map((params) => ({ params })));
    expect(fromLeft).toEqual(numbers.map((n) => ({ params: -n - 1 })));
  });

  test.each([
    ["line separators", "a\u2028b\u2029c\u0085d"],
    ["line ends and control characters", "\r\n\n\r\t\0\u007F"],
    ["emoji and other planes", "👩‍👩‍👧‍👦 𝒳 é e\u0301 漢"],
    ["quotes, backslashes and what looks like an escape", '"\\" \\n \\u2028 </script>'],
    ["half a surrogate pair", "\uD83D"],
    ["a byte order mark", "\uFEFFtext"],
  ])("leaves %s as they are", async (_, text) => {
    const left = endOf(link.left);
    const right = endOf(link.right, { onRequest: echo });
    expect(await left.peer.request("echo", { [text]: text })).toEqual({ [text]: text });
    left.peer.notify(text);
    await right.whenReceived(2);
    expect(right.received).toEqual(["echo", text]);
  });

  test("takes raw UTF-8 and escapes alike", async () => {
    const left = rawEndOf(link.left);
    endOf(link.right, { onRequest: echo });
    left.send('{"id":1,"method":"e","params":"\u2028 \\u2028 \\ud83d\\ude00 😀"}');
    await left.whenFrames(1);
    expect(left.frames[0]).toBe('{"id":1,"result":"\u2028 \u2028 😀 😀"}');
  });

  test("carries 5 MiB both ways at once", async () => {
    const left = endOf(link.left, { onRequest: echo });
    const right = endOf(link.right, { onRequest: echo });
    const big = "0123456789abcde\n".repeat((5 * 1024 * 1024) / 16);
    const [there, back] = await Promise.all([left.peer.request("big", big), right.peer.request("big", big)]);
    expect(there === big).toBe(true);
    expect(back === big).toBe(true);
  });

  test.each(["left", "right"] as const)("settles everything at both ends when the %s one closes", async (closer) => {
    const [leftHolder, rightHolder] = [holder(), holder()];
    const left = endOf(link.left, leftHolder);
    const right = endOf(link.right, rightHolder);
    const pending = [left.peer.request("a"), left.peer.request("b"), right.peer.request("c")];
    const outcomes = Promise.allSettled(pending);
    await Promise.all([left.whenReceived(1), right.whenReceived(2)]);

    ({ left, right })[closer].peer.close();
    await Promise.all([left.closed, right.closed]);

    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "connection_closed", isRetryable: true } });
    }
    for (const { signal } of [...leftHolder.held, ...rightHolder.held]) {
      expect(signal.aborted).toBe(true);
      expect(signal.reason).toMatchObject({ code: "connection_closed" });
    }
    expect([leftHolder.held.length, rightHolder.held.length]).toEqual([1, 2]);
    await expect(left.peer.request("late")).rejects.toMatchObject({ code: "connection_closed" });
    await expect(right.peer.request("late")).rejects.toMatchObject({ code: "connection_closed" });
    await turns();
    expect([left.timesClosed(), right.timesClosed()]).toEqual([1, 1]);
  });

  test("delivers what was sent before a close", async () => {
    const left = endOf(link.left);
    const right = endOf(link.right);
    for (let index = 0; index < 100; index += 1) left.peer.notify(`${index}`);
    left.peer.close();
    await right.closed;
    expect(right.received).toHaveLength(100);
  });

  test("delivers nothing at either end after a close", async () => {
    const left = endOf(link.left);
    const right = endOf(link.right, {
      onNotification: () => {
        right.peer.close();
        return true;
      },
    });
    left.peer.notify("first");
    left.peer.notify("already on its way when the other end closes");
    await right.whenReceived(1);
    right.peer.notify("sent after the close");
    const unanswered = left.peer.request("too late").catch((error: unknown) => error);
    await Promise.all([left.closed, right.closed]);
    left.peer.notify("sent after the end");
    await turns();
    expect(left.received).toEqual([]);
    expect(right.received).toEqual(["first"]);
    expect(await unanswered).toMatchObject({ code: "connection_closed" });
  });

  test("breaks off at once, without what was to follow", async () => {
    const { held, onRequest } = holder();
    const left = endOf(link.left, { onRequest });
    const right = endOf(link.right);
    const unanswered = right.peer.request("asked before").catch((error: unknown) => error);
    await left.whenReceived(1);
    left.peer.terminate();
    left.peer.notify("sent after the end");
    left.peer.terminate();
    expect(await left.closed).toEqual({ code: 1006, reason: "" });
    await right.closed;
    expect(await unanswered).toMatchObject({ code: "connection_closed" });
    expect(held[0]?.signal.aborted).toBe(true);
    await turns();
    expect([left.timesClosed(), right.timesClosed(), right.received]).toEqual([1, 1, []]);
  });

  test("a peer that keeps up need not be waited for", () => {
    const left = endOf(link.left);
    endOf(link.right);
    left.peer.notify("one");
    expect(left.peer.whenWritable()).toBeUndefined();
  });

  test("a close twice is a close once", async () => {
    const left = endOf(link.left);
    const right = endOf(link.right);
    left.peer.close();
    left.peer.close();
    right.peer.close();
    await Promise.all([left.closed, right.closed]);
    left.peer.close();
    await turns();
    expect([left.timesClosed(), right.timesClosed()]).toEqual([1, 1]);
  });

  test("stops waiting for an answer when the signal aborts", async () => {
    const left = endOf(link.left, {
      // The answer that comes after all must not count as one to no request.
      irregular: { malformed: "ignore", binary: "ignore", unknownNotification: "ignore", strayReply: "terminate" },
    });
    let answer!: (value: string) => void;
    const right = endOf(link.right, {
      onRequest: ({ method }) => (method === "slow" ? new Promise((resolve) => (answer = resolve)) : "ok"),
    });
    const controller = new AbortController();
    const slow = left.peer.request("slow", {}, { signal: controller.signal });
    await right.whenReceived(1);
    controller.abort("no longer wanted");
    await expect(slow).rejects.toBe("no longer wanted");
    answer("late");
    expect(await left.peer.request("next")).toBe("ok");
    expect(left.incidents).toEqual([]);
    await expect(left.peer.request("never sent", {}, { signal: controller.signal })).rejects.toBe("no longer wanted");
    await left.peer.request("last");
    expect(right.received).toEqual(["slow", "next", "last"]);
  });

  test("gives one request to several peers under one id", async () => {
    const other = await open();
    try {
      const nextRequestId = requestIdCounter();
      const [first, second] = [link, other].map(({ left }) => endOf(left, { nextRequestId }));
      const [firstRaw, secondRaw] = [link, other].map(({ right }) => rawEndOf(right));
      if (!first || !second || !firstRaw || !secondRaw) throw new Error("two links were opened");

      void first.peer.request("warm up").catch(() => undefined);
      const id = nextRequestId();
      const answers = [first, second].map(({ peer }) => peer.request("approve", {}, { id }));
      await Promise.all([firstRaw.whenFrames(2), secondRaw.whenFrames(1)]);
      expect(firstRaw.frames.map((text) => JSON.parse(text).id)).toEqual([0, 1]);
      expect(secondRaw.frames).toEqual(['{"method":"approve","id":1,"params":{}}']);

      firstRaw.send('{"id":1,"result":"first"}');
      secondRaw.send('{"id":1,"result":"second"}');
      expect(await Promise.all(answers)).toEqual(["first", "second"]);
    } finally {
      other.left.close();
      other.right.close();
      await other.dispose();
    }
  });

  test.each(["left", "right"] as const)("keeps what was sent before the %s end started", async (late) => {
    const early = late === "left" ? "right" : "left";
    const sender = endOf(link[early]);
    const answer = sender.peer.request("0");
    for (let index = 1; index < 50; index += 1) sender.peer.notify(`${index}`);
    await turns();
    const receiver = endOf(link[late]);
    await receiver.whenReceived(50);
    expect(await answer).toEqual({});
    expect(receiver.received).toEqual(Array.from({ length: 50 }, (_, index) => `${index}`));
  });

  test("tells an end that starts late that it was closed", async () => {
    const left = endOf(link.left);
    left.peer.close();
    link.right.close();
    await left.closed;
    await turns();
    const right = endOf(link.right);
    await right.closed;
    expect(right.timesClosed()).toBe(1);
    expect(right.received).toEqual([]);
  });
});
