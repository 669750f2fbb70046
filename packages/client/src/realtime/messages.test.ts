import { describe, expect, it } from "vitest";

import { contextMessages, textMessages } from "./messages.js";
import { isJsonObject, type JsonObject } from "../responses/items.js";

function textOf({ content }: JsonObject): string {
  const [part]: unknown[] = Array.isArray(content) ? content : [];
  return isJsonObject(part) ? String(part["text"]) : "";
}

describe("text for a v3 session", () => {
  it.each([
    ["a".repeat(1_200), [500, 500, 200]],
    ["é".repeat(600), [500, 500, 200]],
    [`${"a".repeat(499)}🙂b`, [499, 5]],
    ["", []],
  ])("comes in pieces of at most 500 bytes, between characters", (text, sizes) => {
    const pieces = textMessages("v3", "user", text).map(textOf);
    expect(pieces.map((piece) => Buffer.byteLength(piece))).toEqual(sizes);
    expect(pieces.join("")).toBe(text);
  });

  it("says what it answers, and on which channel", () => {
    expect(contextMessages({ delegationId: "d", channel: "commentary" }, "x")).toEqual([
      {
        type: "delegation.context.append",
        delegation_item_id: "d",
        channel: "commentary",
        content: [{ type: "input_text", text: "x" }],
      },
    ]);
  });
});
