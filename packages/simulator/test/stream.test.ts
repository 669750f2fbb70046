import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  bigEvent,
  customToolCall,
  cut,
  deltas,
  failure,
  functionCall,
  hang,
  hold,
  incomplete,
  outputItem,
  pause,
  rawBody,
  rawEvents,
  reasoning,
  respond,
  responseHeaders,
  splitAt,
  startSimulator,
  text,
  usage,
  type Reply,
  type Simulator,
} from "../src/index.js";
import { ask, readEvents, type ReadEvent } from "./read-events.js";

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ script: [] });
});
afterEach(async () => {
  await simulator.close();
});

async function stream(reply: Reply): Promise<ReadEvent[]> {
  simulator.use([reply]);
  return readEvents(await (await ask(simulator.url)).text());
}

const names = (events: readonly ReadEvent[]): string[] => events.map((event) => event.name);

describe("a text answer", () => {
  it("has every event of the Responses API in order, numbered", async () => {
    const events = await stream([text("Hello", { deltas: 2 }), usage({ inputTokens: 7, cachedTokens: 3 })]);
    expect(names(events)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(events.map((event) => event.data["sequence_number"])).toEqual(events.map((_, index) => index));
    expect(events.every((event) => event.data["type"] === event.name)).toBe(true);
    expect(events[4]?.data).toMatchObject({ delta: "He", output_index: 0, content_index: 0 });
    expect(events[4]?.data["item_id"]).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(events.at(-1)?.data["response"]).toMatchObject({
      id: expect.stringMatching(/^resp_[0-9a-f]{32}$/),
      model: "m",
      status: "completed",
      output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "Hello" }] }],
      usage: {
        input_tokens: 7,
        input_tokens_details: { cached_tokens: 3 },
        output_tokens: 10,
        output_tokens_details: { reasoning_tokens: 0 },
        total_tokens: 17,
      },
    });
  });

  it("never cuts a character in half", async () => {
    const events = await stream(text("😀é😀", { deltas: 3 }));
    const pieces = events.filter((event) => event.name.endsWith("text.delta"));
    expect(pieces.map((event) => event.data["delta"])).toEqual(["😀", "é", "😀"]);
  });

  it("repeats one delta", async () => {
    const events = await stream(deltas(500, "ab"));
    expect(events.filter((event) => event.data["delta"] === "ab")).toHaveLength(500);
    expect(events.at(-2)?.data["item"]).toMatchObject({ content: [{ text: "ab".repeat(500) }] });
  });

  it("has new ids each time, unless compiled once", async () => {
    const id = (events: readonly ReadEvent[]): unknown => events[2]?.data["item"];
    expect(id(await stream(text("a")))).not.toEqual(id(await stream(text("a"))));
    const compiled = respond(text("a"));
    expect(compiled.steps).toHaveLength(2);
    expect(id(await stream(compiled))).toEqual(id(await stream(compiled)));
  });
});

describe("other items", () => {
  it("numbers several items in one answer", async () => {
    const events = await stream([
      reasoning({ summary: ["one", "two"], content: "raw", encryptedContent: "x" }),
      functionCall({ name: "shell", arguments: { a: 1 }, callId: "call_1" }),
      customToolCall({ name: "apply_patch", input: "*** Begin Patch" }),
      outputItem({ type: "web_search_call", id: "ws_1", status: "completed" }),
    ]);
    const done = events.filter((event) => event.name === "response.output_item.done");
    expect(done.map((event) => event.data["output_index"])).toEqual([0, 1, 2, 3]);
    expect(done.map((event) => event.data["item"])).toMatchObject([
      {
        type: "reasoning",
        id: expect.stringMatching(/^rs_/),
        encrypted_content: "x",
        summary: [
          { type: "summary_text", text: "one" },
          { type: "summary_text", text: "two" },
        ],
        content: [{ type: "reasoning_text", text: "raw" }],
      },
      { type: "function_call", call_id: "call_1", name: "shell", arguments: '{"a":1}' },
      { type: "custom_tool_call", name: "apply_patch", input: "*** Begin Patch" },
      { type: "web_search_call", id: "ws_1" },
    ]);
    expect(names(events)).toContain("response.reasoning_summary_part.added");
    expect(names(events)).toContain("response.function_call_arguments.done");
  });

  it("sends malformed arguments as they are", async () => {
    const events = await stream(functionCall({ name: "f", arguments: "{not json" }));
    expect(events.at(-2)?.data["item"]).toMatchObject({ arguments: "{not json" });
  });
});

describe("endings", () => {
  it("fails", async () => {
    const events = await stream([text("so far"), failure("rate_limit_exceeded", "Slow down")]);
    expect(events.at(-1)).toMatchObject({
      name: "response.failed",
      data: {
        response: {
          status: "failed",
          error: { code: "rate_limit_exceeded", message: "Slow down" },
        },
      },
    });
  });

  it("is incomplete", async () => {
    const events = await stream(incomplete("max_output_tokens"));
    expect(events.at(-1)?.data["response"]).toMatchObject({
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
    });
  });

  it("cuts before the end: in order or by killing the socket", async () => {
    const ended = await stream([text("abc"), cut({ how: "end" })]);
    expect(names(ended).at(-1)).toBe("response.output_item.done");
    expect(names(await stream([text("abc"), cut({ afterEvents: 3, how: "end" })]))).toHaveLength(3);
    await expect(stream([text("abc"), cut()])).rejects.toThrow("terminated");
  });

  it("sends what came before the socket is killed", async () => {
    simulator.use([[text("abc"), cut({ afterEvents: 2 })]]);
    const response = await ask(simulator.url);
    const reader = response.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toContain("response.in_progress");
    await expect(reader?.read()).rejects.toThrow("terminated");
    expect((await simulator.waitForRequest(1)).outcome).toBe("sent");
  });

  it("hangs after the headers, and after some events", async () => {
    simulator.use([hang(), [text("part"), hang()]]);
    const silent = await ask(simulator.url);
    expect(silent.status).toBe(200);
    await silent.body?.cancel();
    expect(await (await simulator.waitForRequest(1)).done).toBe("aborted");
    const partial = await ask(simulator.url);
    const reader = partial.body?.getReader();
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toContain('"delta":"part"');
    await reader?.cancel();
  });
});

describe("the byte stream", () => {
  it("comes in pieces of any size with nothing lost", async () => {
    const reply = [text("Grüße, 😀", { id: "msg_1", deltas: 4 }), reasoning({ id: "rs_1", summary: "ß" })];
    const deltasOf = (events: readonly ReadEvent[]): unknown[] => events.map((event) => event.data["delta"]);
    const whole = deltasOf(await stream(reply));
    for (const rule of ["every-byte", 7, { seed: 1 }, { seed: 2 }] as const) {
      expect(deltasOf(await stream([...reply, splitAt(rule)]))).toEqual(whole);
    }
  });

  it("really leaves in pieces", async () => {
    simulator.use([rawBody(["abcdef"], { split: 2 })]);
    const socket = connect(simulator.port, "127.0.0.1");
    socket.write("POST /responses HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let wire = "";
    for await (const chunk of socket) wire += String(chunk);
    expect(wire.slice(wire.indexOf("\r\n\r\n") + 4)).toBe("2\r\nab\r\n2\r\ncd\r\n2\r\nef\r\n0\r\n\r\n");
  });

  it("carries unknown events, garbage and invalid UTF-8", async () => {
    simulator.use([[rawEvents([{ type: "response.novel" }, ": comment\n\n", Buffer.from([0xff, 0xfe])]), text("a")]]);
    const bytes = Buffer.from(await (await ask(simulator.url)).arrayBuffer());
    expect(bytes.includes('event: response.novel\ndata: {"type":"response.novel"}\n\n: comment\n\n')).toBe(true);
    expect(bytes.includes(Buffer.from([0xff, 0xfe]))).toBe(true);
    expect(bytes.includes("response.completed")).toBe(true);
  });

  it("makes one event of exactly the wanted size", async () => {
    simulator.use([[bigEvent(1_000_000), hang()], rawBody([])]);
    const response = await ask(simulator.url);
    let size = 0;
    let last = Buffer.alloc(0);
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      last = Buffer.concat([last, chunk]);
      if (last.subarray(-2).toString() === "\n\n" && size > 1_000_000) break;
    }
    const frame = last.subarray(last.indexOf("event: response.simulator_padding"));
    expect(frame).toHaveLength(1_000_000);
  });

  it("waits where it is told to, headers first", async () => {
    let release = (): void => {};
    const until = new Promise<void>((resolve) => {
      release = resolve;
    });
    simulator.use([
      [responseHeaders({ "x-codex-turn-state": "s" }), hold(until), pause(5), text("late", { delayMs: 5 })],
    ]);
    const response = await ask(simulator.url);
    expect(response.headers.get("x-codex-turn-state")).toBe("s");
    release();
    expect(await response.text()).toContain("response.completed");
    const request = simulator.requests[0];
    expect((request?.finishedAt ?? 0) - (request?.arrivedAt ?? 0)).toBeGreaterThanOrEqual(8);
  });
});
