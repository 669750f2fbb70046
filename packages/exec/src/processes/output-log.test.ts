import { expect, test } from "vitest";

import { OutputLog, retainedBytes, retainedChunks } from "./output-log.js";

function filled(sizes: readonly number[]): OutputLog {
  const log = new OutputLog();
  for (const [index, size] of sizes.entries()) {
    log.append({ seq: index + 1, stream: "stdout", chunk: Buffer.alloc(size, 65) });
  }
  return log;
}

const numbers = (log: OutputLog, after: number, maxBytes = Number.POSITIVE_INFINITY): readonly number[] =>
  log.after(after, maxBytes).chunks.map(({ seq }) => seq);

test("it answers with what has a higher number, as much as fits", () => {
  const log = filled([10, 10, 10, 10]);
  expect(numbers(log, 0)).toEqual([1, 2, 3, 4]);
  expect(numbers(log, 2)).toEqual([3, 4]);
  expect(numbers(log, 9)).toEqual([]);
  expect(numbers(log, 0, 25)).toEqual([1, 2]);
  expect(log.after(0, 25).rest).toBe(true);
  expect(log.after(0, 40).rest).toBe(false);
});

test("the first piece comes whole, however little was asked for", () => {
  expect(numbers(filled([10, 10]), 0, 0)).toEqual([1]);
});

test("of more than a mebibyte the oldest goes", () => {
  const log = filled(Array.from({ length: 40 }, () => 65_536));
  expect(numbers(log, 0)).toEqual(Array.from({ length: 16 }, (_, index) => index + 25));
  const kept = log.after(0, Number.POSITIVE_INFINITY).chunks.reduce((bytes, { chunk }) => bytes + chunk.length, 0);
  expect(kept).toBe(retainedBytes);
});

test("of single bytes there is a limit of pieces", () => {
  const log = filled(Array.from({ length: retainedChunks * 3 }, () => 1));
  const kept = numbers(log, 0);
  expect(kept).toHaveLength(retainedChunks);
  expect(kept.at(-1)).toBe(retainedChunks * 3);
  expect(numbers(log, retainedChunks * 3 - 2)).toEqual([retainedChunks * 3 - 1, retainedChunks * 3]);
});
