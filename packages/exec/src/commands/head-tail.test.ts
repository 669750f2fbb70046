import * as fc from "fast-check";
import { expect, test } from "vitest";

import { HeadTail } from "./head-tail.js";

const text = (maxBytes: number, ...chunks: readonly string[]): string => {
  const kept = new HeadTail(maxBytes);
  for (const chunk of chunks) kept.append(Buffer.from(chunk));
  return kept.text();
};

test.each([
  ["nothing", 10, [], ""],
  ["what fits", 10, ["01234", "56789"], "0123456789"],
  ["one byte too many", 10, ["0123456789a"], "01234\n[... 1 bytes left out ...]\n6789a"],
  ["a line's end before the gap", 8, ["abc\n", "x".repeat(100), "defg"], "abc\n[... 100 bytes left out ...]\ndefg"],
  ["in small pieces", 4, "0123456789".split(""), "01\n[... 6 bytes left out ...]\n89"],
  ["no character is cut", 10, ["aaaé", "x".repeat(50), "\u{1F600}bc"], "aaaé\n[... 50 bytes left out ...]\nbc"],
  ["an odd number", 3, ["abcdef"], "a\n[... 3 bytes left out ...]\nef"],
  ["no room", 0, ["abc"], "[... 3 bytes left out ...]\n"],
])("%s", (name, maxBytes, chunks, wanted) => {
  // The four bytes of the face do not fit in the last five with `bc` after them.
  const expected = name === "no character is cut" ? wanted.replace("50", "54") : wanted;
  expect(text(maxBytes, ...chunks)).toBe(expected);
});

test("however the bytes come, the same is kept, and counted", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", maxLength: 200 }),
      fc.nat(60),
      fc.array(fc.nat(20)),
      (all, maxBytes, cuts) => {
        const bytes = Buffer.from(all);
        const whole = new HeadTail(maxBytes);
        whole.append(bytes);
        const pieces = new HeadTail(maxBytes);
        let at = 0;
        for (const cut of cuts) {
          pieces.append(bytes.subarray(at, at + cut));
          at += cut;
        }
        pieces.append(bytes.subarray(at));
        expect(pieces.text()).toBe(whole.text());
        expect(pieces.totalBytes).toBe(bytes.length);
        expect(whole.text()).not.toContain("\uFFFD");
        expect(whole.text() === all).toBe(bytes.length <= maxBytes);
      },
    ),
  );
});

test("bytes that are no text do not break it", () => {
  const kept = new HeadTail(8);
  kept.append(Buffer.alloc(100, 0x80));
  expect(kept.text()).toContain("bytes left out");
  expect(kept.totalBytes).toBe(100);
});
