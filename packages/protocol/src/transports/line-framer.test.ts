import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";

import { LineFramer } from "./line-framer.js";

/** What a framer makes of the chunks; an overlong line shows as null. */
function frame(chunks: Iterable<Buffer>, { limit = 1 << 20, end = false } = {}): Array<string | null> {
  const lines: Array<string | null> = [];
  const framer = new LineFramer(limit, { onLine: (text) => lines.push(text), onOverlong: () => lines.push(null) });
  for (const chunk of chunks) framer.push(chunk);
  if (end) framer.end();
  return lines;
}

/** The bytes cut at the given places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...places.map((place) => place % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

const line = fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", "\r\u2028"));
const places = fc.array(fc.nat(), { maxLength: 30 });

afterEach(() => {
  vi.restoreAllMocks();
});

describe("LineFramer", () => {
  test("finds the same lines however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), places, (lines, at) => {
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(""));
        expect(frame(cut(bytes, at))).toEqual(lines);
      }),
    );
  });

  test("finds the same lines byte by byte", () => {
    const text = "é😀\n\n\r\n\u2028{}\u2029\n";
    expect(frame(cut(Buffer.from(text), [...Buffer.from(text).keys()]))).toEqual(["é😀", "", "\r", "\u2028{}\u2029"]);
  });

  test("skips exactly the lines over the limit however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), places, fc.nat(20), (lines, at, limit) => {
        const bytes = Buffer.from(lines.map((each) => `${each}\n`).join(""));
        const expected = lines.map((each) => (Buffer.byteLength(each) > limit ? null : each));
        expect(frame(cut(bytes, at), { limit })).toEqual(expected);
      }),
    );
  });

  test.each([
    ["a line at the limit", "12345\nx\n", ["12345", "x"]],
    ["a line over the limit and the next one", "123456\nx\n", [null, "x"]],
    ["two lines over the limit", "123456\n1234567\nx\n", [null, null, "x"]],
    ["a limit in bytes, not characters", "ééé\nx\n", [null, "x"]],
    ["a line over the limit that never ends", "123456789", [null]],
  ])("knows %s", (_, text, expected) => {
    for (const size of [1, 2, 3, 100]) {
      const bytes = Buffer.from(text);
      const at = Array.from({ length: Math.ceil(bytes.length / size) }, (__, index) => index * size);
      expect(frame(cut(bytes, at), { limit: 5, end: true })).toEqual(expected);
    }
  });

  test.each([
    ["a CR before the LF", "{}\r\n", ["{}\r"]],
    ["a lone CR", "a\rb\n", ["a\rb"]],
    ["other Unicode line ends", "a\u2028b\u2029c\u0085d\ve\ff\n", ["a\u2028b\u2029c\u0085d\ve\ff"]],
    ["empty lines", "\n\na\n", ["", "", "a"]],
    ["a NUL", "a\0b\n", ["a\0b"]],
  ])("leaves %s alone", (_, text, expected) => {
    expect(frame([Buffer.from(text)])).toEqual(expected);
  });

  test.each([
    ["a line without its end", "a\nb", ["a", "b"]],
    ["nothing after the last line", "a\n", ["a"]],
    ["nothing at all", "", []],
  ])("ends with %s", (_, text, expected) => {
    expect(frame([Buffer.from(text)], { end: true })).toEqual(expected);
  });

  test("does not deliver a line before its end", () => {
    expect(frame([Buffer.from("a\nb")])).toEqual(["a"]);
  });

  test("looks at and copies each byte of a long line once", () => {
    const lineBytes = 10 * 1024 * 1024;
    const chunkBytes = 64;
    const concat = vi.spyOn(Buffer, "concat");
    const searched = vi.spyOn(Buffer.prototype, "indexOf");
    const joined: number[] = [];
    const lengths: number[] = [];
    const framer = new LineFramer(lineBytes, {
      onLine: (text) => lengths.push(text.length),
      onOverlong: () => expect.unreachable("the line is within the limit"),
    });
    const chunk = Buffer.alloc(chunkBytes, "x");
    for (let sent = 0; sent < lineBytes; sent += chunkBytes) framer.push(chunk);
    expect(concat).not.toHaveBeenCalled();
    framer.push(Buffer.from("\nnext\n"));
    for (const [list] of concat.mock.calls) joined.push(list.reduce((sum, part) => sum + part.length, 0));

    expect(lengths).toEqual([lineBytes, 4]);
    expect(joined).toEqual([lineBytes]);
    // One search for each chunk, and one after each LF.
    expect(searched).toHaveBeenCalledTimes(lineBytes / chunkBytes + 3);
    expect(searched.mock.contexts.every((buffer) => (buffer as Buffer).length <= chunkBytes)).toBe(true);
  });
});
