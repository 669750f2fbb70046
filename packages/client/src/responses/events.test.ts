import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { asResponseEvent } from "./events.js";

const eventOf = (event: unknown) => asResponseEvent(JSON.stringify(event));

describe("asResponseEvent", () => {
  const message = { type: "message", id: "m", role: "assistant", content: [] };

  it.each<[unknown, unknown]>([
    [
      { type: "response.output_text.delta", delta: "a", item_id: "m", output_index: 0 },
      { type: "response.output_text.delta", delta: "a" },
    ],
    [
      { type: "response.output_text.delta", delta: "" },
      { type: "response.output_text.delta", delta: "" },
    ],
    [
      { type: "response.output_item.added", item: message },
      { type: "response.output_item.added", item: message },
    ],
    [
      { type: "response.output_item.done", item: message },
      { type: "response.output_item.done", item: message },
    ],
    [
      { type: "response.reasoning_summary_part.added", summary_index: 0 },
      { type: "response.reasoning_summary_part.added", summaryIndex: 0 },
    ],
    [
      { type: "response.reasoning_summary_text.delta", delta: "s", summary_index: 1 },
      { type: "response.reasoning_summary_text.delta", delta: "s", summaryIndex: 1 },
    ],
    [
      { type: "response.reasoning_text.delta", delta: "r", content_index: 2 },
      { type: "response.reasoning_text.delta", delta: "r", contentIndex: 2 },
    ],
    [
      { type: "response.incomplete", response: { incomplete_details: { reason: "max_output_tokens" } } },
      { type: "response.incomplete", reason: "max_output_tokens" },
    ],
    [{ type: "response.incomplete" }, { type: "response.incomplete", reason: "unknown" }],
    [
      { type: "response.failed", response: { error: { code: "c", message: "m" } } },
      { type: "response.failed", failure: { code: "c", message: "m" } },
    ],
    [
      { type: "response.failed", response: { error: null } },
      { type: "response.failed", failure: { code: undefined, message: undefined } },
    ],
    [
      { type: "response.failed", response: { error: { code: 5, message: {} } } },
      { type: "response.failed", failure: { code: undefined, message: undefined } },
    ],
    [{ type: "response.failed" }, { type: "response.failed", failure: { code: undefined, message: undefined } }],
  ])("reads %j", (event, expected) => {
    expect(eventOf(event)).toEqual(expected);
  });

  it.each<[unknown]>([
    [null],
    [5],
    ["response.completed"],
    [[]],
    [{}],
    [{ type: 5 }],
    [{ event: "response.completed" }],
    [{ type: "response.created", response: {} }],
    [{ type: "error", message: "m" }],
    [{ type: "response.output_text.delta" }],
    [{ type: "response.output_text.delta", delta: 5 }],
    [{ type: "response.output_item.added" }],
    [{ type: "response.output_item.done", item: { type: "message" } }],
    [{ type: "response.output_item.done", item: { type: "of tomorrow" } }],
    [{ type: "response.reasoning_summary_part.added" }],
    [{ type: "response.reasoning_summary_part.added", summary_index: -1 }],
    [{ type: "response.reasoning_summary_part.added", summary_index: 1.5 }],
    [{ type: "response.reasoning_summary_text.delta", delta: "s" }],
    [{ type: "response.reasoning_summary_text.delta", summary_index: 0 }],
    [{ type: "response.reasoning_text.delta", delta: "s", content_index: "0" }],
    [{ type: "constructor" }],
  ])("ignores %j", (event) => {
    expect(eventOf(event)).toBeUndefined();
  });

  it.each(["", "{", "[DONE]", "undefined", "{'type':'response.completed'}", '{"type":"response.completed"'])(
    "ignores %j, which is not JSON",
    (data) => {
      expect(asResponseEvent(data)).toBeUndefined();
    },
  );

  it("never throws", () => {
    const type = fc.constantFrom("output_text.delta", "output_item.done", "completed", "failed", "incomplete");
    fc.assert(
      fc.property(
        type,
        fc.dictionary(fc.constantFrom("item", "delta", "response"), fc.jsonValue()),
        (name, members) => {
          expect(() => eventOf({ type: `response.${name}`, ...members })).not.toThrow();
        },
      ),
    );
  });
});

describe("the usage of response.completed", () => {
  const usageOf = (usage: unknown) => eventOf({ type: "response.completed", response: { usage } });

  it("has all token counts", () => {
    const usage = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 40, cache_write_tokens: 7 },
      output_tokens: 10,
      output_tokens_details: { reasoning_tokens: 3 },
      total_tokens: 111,
    };
    expect(usageOf(usage)).toEqual({
      type: "response.completed",
      usage: {
        inputTokens: 100,
        cachedInputTokens: 40,
        cacheWriteInputTokens: 7,
        outputTokens: 10,
        reasoningOutputTokens: 3,
        totalTokens: 111,
      },
    });
  });

  const nothing = {
    inputTokens: 0,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    outputTokens: 0,
    reasoningOutputTokens: 0,
    totalTokens: 0,
  };

  it.each<[string, unknown, unknown]>([
    [
      "without details, its total is the sum",
      { input_tokens: 5, output_tokens: 6 },
      { inputTokens: 5, outputTokens: 6, totalTokens: 11 },
    ],
    [
      "with null details",
      { input_tokens: 5, input_tokens_details: null, output_tokens_details: 1 },
      { inputTokens: 5, totalTokens: 5 },
    ],
    ["with counts that are none", { input_tokens: "5", output_tokens: -1, total_tokens: 1.5 }, {}],
    ["that is empty", {}, {}],
  ])("%s", (_, usage, counts) => {
    expect(usageOf(usage)).toEqual({ type: "response.completed", usage: Object.assign({ ...nothing }, counts) });
  });

  it.each([[undefined], [null], [5], ["x"], [[]]])("is absent when it is %j, and the response is complete", (usage) => {
    expect(usageOf(usage)).toEqual({ type: "response.completed", usage: undefined });
    expect(eventOf({ type: "response.completed" })).toEqual({ type: "response.completed", usage: undefined });
  });
});
