import { describe, expect, it } from "vitest";

import { asRealtimeEvent, type RealtimeEvent } from "./events.js";
import type { RealtimeVersion } from "./version.js";

const of = (version: RealtimeVersion, message: unknown): RealtimeEvent | undefined =>
  asRealtimeEvent(version, JSON.stringify(message));
const versions: readonly RealtimeVersion[] = ["v1", "v2", "v3"];

describe("what a realtime peer says", () => {
  it.each([
    ["v1", { type: "conversation.input_transcript.delta", delta: "a" }, "transcriptDelta user a"],
    ["v1", { type: "conversation.input_transcript.turn_marked", transcript: "a" }, "transcriptDone user a"],
    ["v1", { type: "conversation.output_transcript.delta", delta: "a" }, "transcriptDelta assistant a"],
    ["v1", { type: "response.output_audio_transcript.done", transcript: "a" }, "transcriptDone assistant a"],
    ["v2", { type: "conversation.item.input_audio_transcription.delta", delta: "a" }, "transcriptDelta user a"],
    ["v2", { type: "conversation.item.input_audio_transcription.completed", transcript: "a" }, "transcriptDone user a"],
    ["v2", { type: "response.output_text.delta", delta: "a" }, "transcriptDelta assistant a"],
    ["v2", { type: "response.output_text.done", text: "a" }, "transcriptDone assistant a"],
    ["v2", { type: "response.output_audio_transcript.done", transcript: "a" }, "transcriptDone assistant a"],
    ["v3", { type: "input_transcript.added", item: { text: "a" } }, "transcriptDelta user a"],
    ["v3", { type: "output_transcript.added", item: { text: "a" } }, "transcriptDelta assistant a"],
    ["v3", { type: "turn.done", turn: { role: "assistant", transcript: "a" } }, "transcriptDone assistant a"],
  ] as const)("in %s: %j", (version, message, expected) => {
    const event = of(version, message);
    expect(event?.kind === "transcriptDelta" || event?.kind === "transcriptDone").toBe(true);
    expect(event !== undefined && "role" in event ? `${event.kind} ${event.role} ${event.text}` : "").toBe(expected);
  });

  it("is audio with what it says of itself, or the usual", () => {
    const said = { sample_rate: 16_000, channels: 2, samples_per_channel: 480, item_id: "i" };
    const full = { data: "AA", sampleRate: 16_000, numChannels: 2, samplesPerChannel: 480, itemId: "i" };
    const usual = { data: "AA", sampleRate: 24_000, numChannels: 1, samplesPerChannel: null, itemId: null };
    expect(of("v2", { type: "response.output_audio.delta", delta: "AA", ...said })).toEqual({
      kind: "audio",
      audio: full,
    });
    expect(of("v2", { type: "response.audio.delta", delta: "AA", sample_rate: -1 })).toEqual({
      kind: "audio",
      audio: usual,
    });
    expect(of("v1", { type: "conversation.output_audio.delta", delta: "AA", ...said })).toEqual({
      kind: "audio",
      audio: full,
    });
    expect(of("v1", { type: "conversation.output_audio.delta", delta: "AA" })).toBeUndefined();
    expect(of("v3", { type: "output_audio.delta", audio: "AA", ...said })).toEqual({ kind: "audio", audio: usual });
  });

  it.each([
    ['{"prompt":"do it"}', "do it"],
    ['{"query":" q ","prompt":" "}', "q"],
    ['{"prompt":""}', '{"prompt":""}'],
    ['{"prompt":5}', '{"prompt":5}'],
    ["just words", "just words"],
    ["", ""],
    ["[1]", "[1]"],
  ])("hands over the words in %j", (args, input) => {
    const item = { type: "function_call", name: "background_agent", call_id: "c", id: "i", arguments: args };
    expect(of("v2", { type: "conversation.item.done", item })).toEqual({
      kind: "handoff",
      handoffId: "c",
      itemId: "i",
      input,
    });
  });

  it("is named by what there is", () => {
    const call = (more: object) =>
      of("v2", { type: "conversation.item.done", item: { type: "function_call", name: "background_agent", ...more } });
    expect(call({ id: "i" })).toEqual({ kind: "handoff", handoffId: "i", itemId: "i", input: "" });
    expect(call({ call_id: "c" })).toEqual({ kind: "handoff", handoffId: "c", itemId: "c", input: "" });
    expect(call({})).toBeUndefined();
    expect(call({ name: "remain_silent", call_id: "c" })).toEqual({ kind: "silence", callId: "c" });
    expect(call({ name: "other", call_id: "c" })).toBeUndefined();
  });

  it("hands work over to clients only, in v3", () => {
    const created = (more: object) =>
      of("v3", {
        type: "delegation.created",
        item: {
          id: "d",
          type: "delegation",
          target: "client",
          content: [{ type: "input_text", text: "a" }, { text: "b" }, 5, {}],
          ...more,
        },
      });
    expect(created({})).toEqual({ kind: "handoff", handoffId: "d", itemId: "d", input: "ab" });
    expect(created({ content: "x" })).toEqual({ kind: "handoff", handoffId: "d", itemId: "d", input: "" });
    expect([created({ target: "server" }), created({ type: "message" }), created({ id: 5 })]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each(versions)("is an error in %s, wherever its words are", (version) => {
    const error = (more: object) => of(version, { type: "error", ...more });
    expect([
      error({ message: "m" }),
      error({ error: { message: "i" }, message: "m" }),
      error({ error: "s" }),
      error({}),
    ]).toEqual([
      { kind: "error", message: "m" },
      { kind: "error", message: "i" },
      { kind: "error", message: '"s"' },
      { kind: "error", message: "the realtime peer reported an error" },
    ]);
  });

  it.each(versions)("may be anything at all in %s", (version) => {
    for (const text of [
      "",
      "null",
      "5",
      '"a"',
      "[]",
      "{",
      "{}",
      '{"type":null}',
      '{"type":"__proto__"}',
      `{"type":"${"x".repeat(100_000)}"}`,
    ]) {
      expect(asRealtimeEvent(version, text)).toBeUndefined();
    }
  });

  it.each(versions)("means nothing in %s when it nests deeper than a hundred", (version) => {
    const nested = (depth: number, [open, close]: readonly [string, string]) =>
      asRealtimeEvent(
        version,
        `{"type":"error","error":${open.repeat(depth - 1)}"[\\"[\\\\"${close.repeat(depth - 1)}}`,
      );
    for (const brackets of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      expect(nested(100, brackets)?.kind).toBe("error");
      expect(nested(101, brackets)).toBeUndefined();
      expect(nested(1_000_000, brackets)).toBeUndefined();
    }
    expect(asRealtimeEvent(version, `{"type":"error","message":"${'\\"['.repeat(200)}"}`)?.kind).toBe("error");
    expect(asRealtimeEvent(version, `{"type":"error","list":[${"[],{},".repeat(200)}0]}`)?.kind).toBe("error");
    expect(asRealtimeEvent(version, `{"type":"${"[".repeat(200)}`)).toBeUndefined();
  });

  it("is an item that may nest almost as deep", () => {
    const added = (depth: number) =>
      asRealtimeEvent(
        "v2",
        `{"type":"conversation.item.added","item":{"a":${"[".repeat(depth - 2)}${"]".repeat(depth - 2)}}}`,
      );
    expect(added(100)?.kind).toBe("item");
    expect(added(8_000)).toBeUndefined();
  });

  it.each(versions)("is an error of bounded length in %s, and of whole characters", (version) => {
    const told = (message: string) => asRealtimeEvent(version, JSON.stringify({ type: "error", message }));
    expect(told("x".repeat(1_000))).toEqual({ kind: "error", message: "x".repeat(1_000) });
    expect(told(`${"x".repeat(999)}🙂x`)).toEqual({ kind: "error", message: `${"x".repeat(999)}...` });
  });

  it("has only numbers that clients can read", () => {
    const audio = (version: RealtimeVersion, more: object) => {
      const type = version === "v1" ? "conversation.output_audio.delta" : "response.output_audio.delta";
      const event = of(version, { type, delta: "AA", ...more });
      return event?.kind === "audio" ? event.audio : undefined;
    };
    const most = { sample_rate: 0xffff_ffff, channels: 0xffff, samples_per_channel: 0xffff_ffff };
    const over = { sample_rate: 2 ** 32, channels: 2 ** 16, samples_per_channel: 1e300 };
    expect(audio("v2", most)).toMatchObject({
      sampleRate: 0xffff_ffff,
      numChannels: 0xffff,
      samplesPerChannel: 0xffff_ffff,
    });
    expect(audio("v2", over)).toMatchObject({ sampleRate: 24_000, numChannels: 1, samplesPerChannel: null });
    expect(audio("v1", most)).toMatchObject({ sampleRate: 0xffff_ffff, numChannels: 0xffff });
    expect(audio("v1", { ...most, channels: 2 ** 16 })).toBeUndefined();
    expect(audio("v1", { ...most, sample_rate: 2 ** 32 })).toBeUndefined();
  });

  it("is of whole characters, wherever they stand", () => {
    const added = asRealtimeEvent(
      "v2",
      String.raw`{"type":"conversation.item.added","item":{"a\ud800":["\udc00x","\ud83d\ude00","\\ud800",5,null]}}`,
    );
    expect(added).toEqual({ kind: "item", item: { "a\ufffd": ["\ufffdx", "😀", String.raw`\ud800`, 5, null] } });
    const args = String.raw`{\"prompt\":\"a\\ud800\"}`;
    expect(
      asRealtimeEvent(
        "v2",
        `{"type":"conversation.item.done","item":{"type":"function_call","name":"background_agent","call_id":"c","arguments":"${args}"}}`,
      ),
    ).toMatchObject({ kind: "handoff", input: "a\ufffd" });
  });
});
