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
});
