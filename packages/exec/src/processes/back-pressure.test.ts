import { expect, test } from "vitest";

import { openSession } from "../../test/support/session.js";

test("nobody takes the output: the child waits, and memory stays", async () => {
  let taken = 0;
  let release: () => void = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  const session = openSession({}, ({ chunk }) => {
    taken += chunk.length;
    return released;
  });
  await session.start("p", "head -c 100000000 /dev/zero; echo end >&2");
  await session.until((event) => event.what === "output");
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(taken).toBeLessThan(1024 * 1024);
  release();
  await session.until((event) => event.what === "closed");
  expect(taken).toBe(100_000_004);
});

test("a gigabyte goes through while memory stays bounded", async () => {
  const before = process.memoryUsage().rss;
  let highest = 0;
  let bytes = 0;
  let chunks = 0;
  const session = openSession(
    {},
    ({ chunk }) => {
      bytes += chunk.length;
      if (chunks++ % 200 === 0) highest = Math.max(highest, process.memoryUsage().rss);
      return new Promise((resolve) => setImmediate(resolve));
    },
    { keepOutput: false },
  );
  await session.start("p", "head -c 1000000000 /dev/zero");
  expect(await session.exitCode("p")).toBe(0);
  await session.until((event) => event.what === "closed");
  expect(bytes).toBe(1_000_000_000);
  expect(highest - before).toBeLessThan(150 * 1024 * 1024);
});
