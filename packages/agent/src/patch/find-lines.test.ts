import { expect, it } from "vitest";

import { FindLines } from "./find-lines.js";

it.each<[string, string[], string, number | undefined]>([
  ["the exact line", ["x ", " x", "x"], "x", 2],
  ["the line with other white space at its end", [" x", "x \t"], "x", 1],
  ["the line with other white space around it", [" it’s", " it's "], "it's", 1],
  ["the line with other punctuation", ["its", " it’s “so” – yes"], 'it\'s "so" - yes', 1],
  ["no line with white space inside", ["a b"], "ab", undefined],
  ["no part of a line", ["xy"], "x", undefined],
])("takes %s", (_, lines, wanted, at) => {
  expect(new FindLines(lines).find([wanted], 0, false)).toBe(at);
});

it("looks from a line on, and with `atEnd` at the end only", () => {
  const lines = new FindLines(["a", "b", "a", "b", "c"]);
  expect(lines.find(["a", "b"], 1, false)).toBe(2);
  expect(lines.find(["a", "b"], 3, false)).toBeUndefined();
  expect(lines.find(["a", "b"], 0, true)).toBeUndefined();
  expect(lines.find(["b", "c"], 0, true)).toBe(3);
  expect(lines.find(["b", "c"], 4, true)).toBeUndefined();
  expect(lines.find(["a", "b", "a", "b", "c", "d"], 0, true)).toBeUndefined();
});
