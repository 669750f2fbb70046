import { describe, expect, it } from "vitest";

import { asOutputItem } from "./items.js";

describe("asOutputItem", () => {
  it.each<[string, unknown, unknown]>([
    [
      "a message",
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        phase: "final_answer",
        content: [{ type: "output_text", text: "a", annotations: [1], logprobs: [] }],
      },
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        phase: "final_answer",
        content: [{ type: "output_text", text: "a", annotations: [1] }],
      },
    ],
    [
      "a message without id, with broken and unknown parts",
      {
        type: "message",
        role: "assistant",
        phase: 5,
        content: [null, 1, { type: "output_text" }, { type: "refusal", text: "x" }, { type: "output_text", text: "a" }],
      },
      { type: "message", role: "assistant", content: [{ type: "output_text", text: "a", annotations: [] }] },
    ],
    [
      "a message with an empty id",
      { type: "message", id: "", role: "assistant", content: [] },
      { type: "message", role: "assistant", content: [] },
    ],
    [
      "reasoning",
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "s" }, { type: "other" }],
        content: [{ type: "reasoning_text", text: "r" }],
        encrypted_content: "ENC",
      },
      {
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "s" }],
        content: [{ type: "reasoning_text", text: "r" }],
        encrypted_content: "ENC",
      },
    ],
    ["bare reasoning", { type: "reasoning" }, { type: "reasoning", summary: [], content: null }],
    [
      "a function call, its broken arguments untouched",
      { type: "function_call", id: "fc_1", name: "shell", arguments: '{"a', call_id: "call_1", status: "completed" },
      { type: "function_call", id: "fc_1", name: "shell", arguments: '{"a', call_id: "call_1" },
    ],
    [
      "a free-form call",
      {
        type: "custom_tool_call",
        id: "ctc_1",
        name: "apply_patch",
        input: "*** Begin",
        call_id: "call_1",
        status: "x",
      },
      { type: "custom_tool_call", id: "ctc_1", name: "apply_patch", input: "*** Begin", call_id: "call_1" },
    ],
    [
      "a web search",
      { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "q" } },
      { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "q" } },
    ],
    ["a web search that has just begun", { type: "web_search_call", action: 1 }, { type: "web_search_call" }],
  ])("reads %s", (_, value, item) => {
    expect(asOutputItem(value)).toEqual(item);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a string", "message"],
    ["a list", [{ type: "message" }]],
    ["an empty object", {}],
    ["an unknown kind", { type: "image_generation_call", id: "ig_1" }],
    ["a free-form call without input", { type: "custom_tool_call", name: "apply_patch", call_id: "c" }],
    ["a message without content", { type: "message", role: "assistant" }],
    ["a message of the user", { type: "message", role: "user", content: [] }],
    ["a function call without a name", { type: "function_call", arguments: "{}", call_id: "c" }],
    ["a function call without a call id", { type: "function_call", name: "n", arguments: "{}" }],
    ["a function call whose arguments are no text", { type: "function_call", name: "n", arguments: {}, call_id: "c" }],
  ])("ignores %s", (_, value) => {
    expect(asOutputItem(value)).toBeUndefined();
  });
});
