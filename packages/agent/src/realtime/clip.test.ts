import { describe, expect, it } from "vitest";

import { beginningOf, endOf } from "./clip.js";

describe("a part of a text", () => {
  it("is as long as it may be, and cuts no character in two", () => {
    expect(["abc", "a🙂b", "a🙂b", "🙂"].map((text, index) => beginningOf(text, index + 1))).toEqual([
      "a",
      "a",
      "a🙂",
      "🙂",
    ]);
    expect(["abc", "a🙂b", "a🙂b", "🙂"].map((text, index) => endOf(text, index + 1))).toEqual(["c", "b", "🙂b", "🙂"]);
  });
});
