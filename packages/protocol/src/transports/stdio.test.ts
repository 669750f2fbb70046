import { PassThrough, Writable } from "node:stream";

import { describe, expect, test } from "vitest";

import type { TransportClosed } from "../transport.js";
import { StdioTransport, type StdioTransportOptions } from "./stdio.js";

/** A transport on streams of the test, with what it delivers. */
function start(options: Partial<StdioTransportOptions> = {}) {
  const input = new PassThrough();
  const output = new PassThrough();
  const events: unknown[] = [];
  const transport = new StdioTransport({ input, output, ...options });
  const closed = new Promise<TransportClosed>((resolve) => {
    transport.start({
      onFrame: (text, binary) => events.push({ text, binary }),
      onIrregular: (reason) => events.push({ reason }),
      onClosed: (how) => {
        events.push({ closed: how.code });
        resolve(how);
      },
    });
  });
  return { transport, input, output, events, closed };
}

/** An output whose reader takes one piece and then nothing until told to. */
class StuckOutput extends Writable {
  readonly parts: Buffer[] = [];
  #release: (() => void) | undefined;
  #flows = false;

  override _write(part: Buffer, _encoding: string, done: () => void): void {
    this.parts.push(part);
    if (this.#flows) setImmediate(done);
    else this.#release = done;
  }

  flow(): void {
    this.#flows = true;
    this.#release?.();
  }

  lines(): string[] {
    return Buffer.concat(this.parts).toString("utf8").split("\n").slice(0, -1);
  }
}

const ended = (stream: Writable) => new Promise((resolve) => stream.once("finish", resolve));

describe("StdioTransport", () => {
  test("reads a message a line and skips blank lines", async () => {
    const { input, events, closed } = start();
    input.write('{"a":1}\r\n\n \t\r\n{"b"');
    input.write(':"\u2028"}\n');
    input.end('{"last":"without a line end"}');
    await closed;
    expect(events).toEqual([
      { text: '{"a":1}\r', binary: false },
      { text: '{"b":"\u2028"}', binary: false },
      { text: '{"last":"without a line end"}', binary: false },
      { closed: 1000 },
    ]);
  });

  test("writes a line a message", async () => {
    const { transport, output } = start();
    transport.send(Buffer.from('{"a":"\u2028"}'));
    transport.send(Buffer.from("{}"));
    transport.close();
    const parts: Buffer[] = [];
    for await (const part of output) parts.push(part as Buffer);
    expect(Buffer.concat(parts).toString("utf8")).toBe('{"a":"\u2028"}\n{}\n');
  });

  test("skips a line over the limit and delivers the next", async () => {
    const { input, events, closed } = start({ maxFrameBytes: 10 });
    input.write("1234567890\n12345678901\n");
    input.end("{}\n");
    await closed;
    expect(events).toEqual([
      { text: "1234567890", binary: false },
      { reason: "a line is longer than 10 bytes and was skipped" },
      { text: "{}", binary: false },
      { closed: 1000 },
    ]);
  });

  test("says why it ended with its input", async () => {
    const { input, output, closed } = start();
    const finished = ended(output);
    input.end();
    expect(await closed).toEqual({ code: 1000, reason: "end of input" });
    await finished;
  });

  test("stays open for output after the end of input when its owner wants to finish first", async () => {
    let tellEnd!: () => void;
    const inputEnd = new Promise<void>((resolve) => (tellEnd = resolve));
    const { transport, input, output, events, closed } = start({ onInputEnd: () => tellEnd() });
    input.end("{}\n");
    await inputEnd;
    expect(events).toEqual([{ text: "{}", binary: false }]);
    transport.send(Buffer.from('"answer"'));
    transport.close(1001, "done");
    expect(await closed).toEqual({ code: 1001, reason: "done" });
    expect(output.read()).toEqual(Buffer.from('"answer"\n'));
  });

  test("delivers nothing after a close in the midst of a chunk", async () => {
    const input = new PassThrough();
    const received: string[] = [];
    const transport = new StdioTransport({ input, output: new PassThrough() });
    const closed = new Promise((resolve) => {
      transport.start({
        onFrame: (text) => {
          received.push(text);
          transport.close();
        },
        onIrregular: () => undefined,
        onClosed: resolve,
      });
    });
    input.write("1\n2\n3\n");
    await closed;
    expect(received).toEqual(["1"]);
    expect(input.destroyed).toBe(true);
  });

  test("delivers nothing while a close waits for the reader", async () => {
    const output = new StuckOutput();
    const { transport, input, events, closed } = start({ output });
    for (let index = 0; index < 20; index += 1) transport.send(Buffer.from(`"${"x".repeat(10_000)}"`));
    transport.close();
    input.write("1\n");
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toEqual([]);
    output.flow();
    await closed;
    expect(events).toEqual([{ closed: 1000 }]);
  });

  test.each([
    ["a reader that is gone", "output"],
    ["an input that breaks", "input"],
  ] as const)("ends with %s", async (_, broken) => {
    const { closed, transport, ...streams } = start();
    streams[broken].destroy(new Error("EPIPE"));
    expect(await closed).toEqual({ code: 1006, reason: "EPIPE" });
    transport.send(Buffer.from("nobody reads this"));
    transport.close();
  });

  test("tells a receiver that comes later of an output that broke before", async () => {
    const output = new PassThrough();
    const transport = new StdioTransport({ input: new PassThrough(), output });
    output.destroy(new Error("EPIPE"));
    await new Promise((resolve) => output.once("close", resolve));
    const closed = await new Promise((resolve) => {
      transport.start({ onFrame: () => undefined, onIrregular: () => undefined, onClosed: resolve });
    });
    expect(closed).toEqual({ code: 1006, reason: "EPIPE" });
  });

  test("keeps what a slow reader has not taken, in order and within bounds", async () => {
    const output = new StuckOutput();
    const { transport, closed } = start({ output, maxQueuedBytes: 1024 * 1024 });
    const sent = Array.from({ length: 500 }, (_, index) => `"${index} ${".".repeat(1000)}"`);
    for (const each of sent) {
      transport.send(Buffer.from(each));
      expect(output.writableLength).toBeLessThanOrEqual(64 * 1024 + each.length + 1);
    }
    expect(output.lines().length).toBeLessThan(100);
    const finished = ended(output);
    transport.close();
    output.flow();
    expect(await closed).toEqual({ code: 1000, reason: "" });
    await finished;
    expect(output.lines()).toEqual(sent);
  });

  test("ends when a reader that takes nothing makes more wait than allowed", async () => {
    const output = new StuckOutput();
    const { transport, input, closed, events } = start({ output, maxQueuedBytes: 100 * 1024 });
    for (let index = 0; index < 300; index += 1) transport.send(Buffer.from(`"${index} ${".".repeat(1000)}"`));
    expect(await closed).toEqual({ code: 1013, reason: "the reader does not take its output" });
    expect(output.writableLength).toBeLessThan(70 * 1024);
    expect(input.destroyed).toBe(true);
    // A reader that wakes up finds whole lines and then the end.
    const finished = ended(output);
    output.flow();
    await finished;
    expect(output.lines().every((each, index) => each.startsWith(`"${index} `) && each.endsWith('."'))).toBe(true);
    expect(events).toEqual([{ closed: 1013 }]);
  });
});
