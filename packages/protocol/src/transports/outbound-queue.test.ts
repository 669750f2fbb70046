import { Writable } from "node:stream";

import { describe, expect, test } from "vitest";

import { OutboundQueue } from "./outbound-queue.js";

const kib = 1024;

/** A stream whose reader takes nothing until told to. */
class StuckStream extends Writable {
  readonly chunks: Buffer[] = [];
  writes = 0;
  #release: (() => void) | undefined;
  #isStuck = true;

  override _writev(chunks: Array<{ chunk: Buffer }>, done: () => void): void {
    this.writes += 1;
    this.chunks.push(...chunks.map(({ chunk }) => chunk));
    if (this.#isStuck) this.#release = done;
    else setImmediate(done);
  }

  /** Takes what is there, and everything from now on. */
  flow(): void {
    this.#isStuck = false;
    this.#release?.();
  }

  /** Takes what the stream has handed over and gets stuck again. */
  takeOnce(): void {
    this.#release?.();
  }

  text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }
}

function start({ maxQueuedBytes = 1024 * kib, highWaterMark = 16 * kib } = {}) {
  const stream = new StuckStream({ highWaterMark });
  let overflows = 0;
  const queue = new OutboundQueue({
    stream,
    write: (frame) => void stream.write(frame),
    maxQueuedBytes,
    onOverflow: () => (overflows += 1),
  });
  return { stream, queue, overflows: () => overflows };
}

/** A frame that says which one it is. */
function numbered(index: number, bytes = kib): Buffer {
  return Buffer.from(`${index};`.padEnd(bytes, "."));
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/(\d+);/g)].map(([, digits]) => Number(digits));
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe("OutboundQueue", () => {
  test("hands a slow stream at most 64 KiB and one frame ahead", () => {
    for (const bytes of [100, kib, 20 * kib, 100 * kib]) {
      const { stream, queue } = start({ maxQueuedBytes: Number.MAX_SAFE_INTEGER });
      for (const index of upTo(1000)) {
        queue.push(numbered(index, bytes));
        expect(stream.writableLength).toBeLessThanOrEqual(64 * kib + bytes);
      }
      expect(stream.writableLength).toBeGreaterThanOrEqual(64 * kib);
    }
  });

  test("keeps the order of frames that waited and those that did not", async () => {
    const { stream, queue, overflows } = start();
    for (const index of upTo(500)) queue.push(numbered(index));
    expect(numbersIn(stream.text()).length).toBeLessThan(200);
    // Some go out, and what comes while others wait comes after them.
    stream.takeOnce();
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    for (const index of upTo(100)) queue.push(numbered(500 + index));
    const done = new Promise<void>((resolve) => queue.finish(resolve));
    stream.flow();
    await done;
    stream.end();
    await new Promise((resolve) => stream.once("finish", resolve));
    expect(numbersIn(stream.text())).toEqual(upTo(600));
    expect(overflows()).toBe(0);
  });

  test("lets no frame overtake when the stream has room again but has not drained", async () => {
    const { stream, queue } = start();
    queue.push(numbered(0, 40 * kib));
    await new Promise((resolve) => setImmediate(resolve));
    queue.push(numbered(1, 30 * kib));
    queue.push(numbered(2));
    stream.takeOnce();
    expect(stream.writableLength).toBe(30 * kib);
    queue.push(numbered(3));
    const done = new Promise<void>((resolve) => queue.finish(resolve));
    stream.flow();
    await done;
    stream.end();
    await new Promise((resolve) => stream.once("finish", resolve));
    expect(numbersIn(stream.text())).toEqual([0, 1, 2, 3]);
  });

  test("keeps the order over many frames", async () => {
    const { stream, queue } = start({ maxQueuedBytes: Number.MAX_SAFE_INTEGER });
    const count = 20_000;
    for (const index of upTo(count)) queue.push(numbered(index, 64));
    const done = new Promise<void>((resolve) => queue.finish(resolve));
    stream.flow();
    await done;
    stream.end();
    await new Promise((resolve) => stream.once("finish", resolve));
    expect(numbersIn(stream.text())).toEqual(upTo(count));
  });

  test("overflows once, when more than the limit waits, and drops what waited", async () => {
    const { stream, queue, overflows } = start({ maxQueuedBytes: 10 * kib });
    let pushed = 0;
    while (stream.writableLength < 64 * kib) queue.push(numbered(pushed++));
    for (const _ of upTo(10)) queue.push(numbered(pushed++));
    expect(overflows()).toBe(0);
    queue.push(numbered(pushed++, 1));
    expect(overflows()).toBe(1);
    queue.push(numbered(pushed++));
    expect(overflows()).toBe(1);
    stream.flow();
    stream.end();
    await new Promise((resolve) => stream.once("finish", resolve));
    expect(numbersIn(stream.text())).toEqual(upTo(64));
  });

  test("takes one frame over the limit when nothing waits", () => {
    const { stream, queue, overflows } = start({ maxQueuedBytes: 10 });
    queue.push(numbered(0, 1024 * kib));
    expect(overflows()).toBe(0);
    expect(stream.writableLength).toBe(1024 * kib);
    queue.push(numbered(1, 100));
    expect(overflows()).toBe(1);
  });

  test("counts only what waits: a reader that catches up frees its share", async () => {
    const { stream, queue, overflows } = start({ maxQueuedBytes: 100 * kib });
    stream.flow();
    let pushed = 0;
    for (const _ of upTo(20)) {
      for (const __ of upTo(150)) queue.push(numbered(pushed++));
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    expect(overflows()).toBe(0);
    expect(numbersIn(stream.text())).toEqual(upTo(20 * 150));
  });

  test("moves on also when the stream's own mark is higher", async () => {
    const { stream, queue } = start({ highWaterMark: 256 * kib });
    for (const index of upTo(1000)) queue.push(numbered(index));
    expect(stream.writableLength).toBeLessThanOrEqual(257 * kib);
    const done = new Promise<void>((resolve) => queue.finish(resolve));
    stream.flow();
    await done;
    stream.end();
    await new Promise((resolve) => stream.once("finish", resolve));
    expect(numbersIn(stream.text())).toEqual(upTo(1000));
  });

  test("frames of one turn leave in one write", async () => {
    const { stream, queue } = start();
    stream.flow();
    for (const index of upTo(10)) queue.push(numbered(index, 100));
    expect(stream.writes).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(stream.writes).toBe(1);
    queue.push(numbered(10, 100));
    await new Promise((resolve) => setImmediate(resolve));
    expect(stream.writes).toBe(2);
    expect(numbersIn(stream.text())).toEqual(upTo(11));
  });

  test("finish waits for what is queued and refuses more", async () => {
    const { stream, queue } = start();
    for (const index of upTo(200)) queue.push(numbered(index));
    let isFinished = false;
    const done = new Promise<void>((resolve) =>
      queue.finish(() => {
        isFinished = true;
        resolve();
      }),
    );
    queue.push(numbered(999));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isFinished).toBe(false);
    stream.flow();
    await done;
    stream.end();
    await new Promise((resolve) => stream.once("finish", resolve));
    expect(numbersIn(stream.text())).toEqual(upTo(200));
  });

  test("finish calls at once when nothing waits", () => {
    const { queue } = start();
    queue.push(numbered(0));
    let isFinished = false;
    queue.finish(() => (isFinished = true));
    expect(isFinished).toBe(true);
  });

  test("close drops what waits and lets go of the stream", () => {
    const { stream, queue } = start();
    for (const index of upTo(200)) queue.push(numbered(index));
    let isFinished = false;
    queue.finish(() => (isFinished = true));
    queue.close();
    const before = stream.writableLength;
    queue.push(numbered(999));
    expect(stream.writableLength).toBe(before);
    expect(stream.listenerCount("drain")).toBe(0);
    stream.flow();
    expect(isFinished).toBe(false);
  });
});
