import { Readable } from "node:stream";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readEventStream } from "./event-stream.js";

interface Reading {
  readonly data: readonly string[];
  readonly finished: boolean;
}

/** Reads chunks to their end; with `until`, to the first event with that data. */
async function read(chunks: Iterable<Uint8Array>, until?: string): Promise<Reading> {
  const data: string[] = [];
  const body = Readable.from([...chunks].map((chunk) => Buffer.from(chunk)));
  const finished = await readEventStream(body, (each) => {
    data.push(each);
    return each === until;
  });
  return { data, finished };
}

async function dataOf(...chunks: (string | Uint8Array)[]): Promise<readonly string[]> {
  return (await read(chunks.map((chunk) => Buffer.from(chunk)))).data;
}

/** Cuts bytes at the given offsets. */
function cutAt(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const places = [0, ...offsets.toSorted((one, other) => one - other), bytes.length];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}

describe("readEventStream", () => {
  it.each<[string, string, string[]]>([
    ["line feeds", "data: a\n\ndata: b\n\n", ["a", "b"]],
    ["carriage returns and line feeds", "data: a\r\n\r\ndata: b\r\n\r\n", ["a", "b"]],
    ["carriage returns alone", "data: a\r\rdata: b\r\r:\r", ["a", "b"]],
    ["no space after the colon", "data:a\n\n", ["a"]],
    ["data of several lines", "data: a\ndata:\ndata:  b\n\n", ["a\n\n b"]],
    ["comments", ": hello\n\ndata: a\n: between\n\n:\n\n", ["a"]],
    ["an event line, an id and a retry", "event: x\nid: 1\nretry: 5\ndata: a\n\n", ["a"]],
    ["fields nobody knows", "foo: bar\ndata: a\nbaz\n\n", ["a"]],
    ["events without data", "event: x\n\nid: 1\n\ndata: a\n\n", ["a"]],
    ["empty data", "data\n\ndata:\n\n", ["", ""]],
    ["a byte order mark", "\ufeffdata: a\n\n", ["a"]],
    ["an unfinished event at the end", "data: a\n\ndata: b\n", ["a"]],
    ["an unfinished line at the end", "data: a\n\ndata: b", ["a"]],
    ["no events", "<html>\n<body>\n\n</body></html>", []],
    ["nothing", "", []],
  ])("reads a stream with %s", async (_, stream, data) => {
    expect(await read([Buffer.from(stream)])).toEqual({ data, finished: false });
  });

  it("replaces bytes that are not UTF-8 and goes on", async () => {
    const broken = Buffer.concat([Buffer.from("data: a"), Buffer.from([0xff, 0xc3]), Buffer.from("b\n\ndata: c\n\n")]);
    expect(await dataOf(broken)).toEqual(["a\ufffd\ufffdb", "c"]);
  });

  it("stops at the event that was waited for, and ignores what follows", async () => {
    const stream = Buffer.from("data: a\n\ndata: end\n\ndata: b\n\n");
    expect(await read([stream, stream], "end")).toEqual({ data: ["a", "end"], finished: true });
  });

  it("reads on after that event, so that the connection can be used again, but not without end", async () => {
    let sent = 0;
    const endless = new Readable({
      read() {
        this.push(sent === 0 ? "data: end\n\n" : Buffer.alloc(16 * 1024, ":"));
        sent += 1;
      },
    });
    const closed = new Promise((resolve) => endless.once("close", () => resolve("closed")));
    expect(await readEventStream(endless, () => true)).toBe(true);
    expect(await closed).toBe("closed");
    expect(sent).toBeLessThan(100);

    const ending = Readable.from([Buffer.from("data: end\n\n"), Buffer.from(": bye\n\n")]);
    const ended = new Promise((resolve) => ending.once("end", () => resolve("ended")));
    expect(await readEventStream(ending, () => true)).toBe(true);
    expect(await ended).toBe("ended");
  });

  it("fails with the body's own error", async () => {
    const reason = new Error("broken pipe");
    const body = new Readable({ read: () => undefined });
    body.push("data: a\n\n");
    const seen: string[] = [];
    const reading = readEventStream(body, (data) => {
      seen.push(data);
      body.destroy(reason);
      return false;
    });
    await expect(reading).rejects.toBe(reason);
    expect(seen).toEqual(["a"]);
  });

  it("ends without the awaited event when the body is destroyed", async () => {
    const body = new Readable({ read: () => undefined });
    const reading = readEventStream(body, () => false);
    body.destroy();
    expect(await reading).toBe(false);
  });

  it("passes on what the receiver throws, and lets go of the body", async () => {
    const body = Readable.from([Buffer.from("data: a\n\n"), Buffer.from("data: b\n\n")]);
    const bug = new Error("a bug");
    const reading = readEventStream(body, () => {
      throw bug;
    });
    await expect(reading).rejects.toBe(bug);
    expect(body.destroyed).toBe(true);
  });

  it("takes an event of 10 MB in small pieces", async () => {
    const text = "x".repeat(10 * 1024 * 1024);
    const bytes = Buffer.from(`data: ${text}\n\ndata: b\n\n`);
    const offsets = Array.from({ length: Math.floor(bytes.length / 4096) }, (_, index) => index * 4096);
    const data = await dataOf(...cutAt(bytes, offsets));
    expect(data.map((each) => each.length)).toEqual([text.length, 1]);
  });

  it.each([
    ["in one line", "x"],
    ["in many lines", `${"x".repeat(1023)}\ndata: `],
  ])("refuses an event of more than 64 M characters %s", async (_, filler) => {
    const chunk = Buffer.from(filler.repeat(Math.ceil((1024 * 1024) / filler.length)));
    let chunks = 0;
    const body = new Readable({
      read() {
        // Without a limit this would go on until the memory is full.
        chunks += 1;
        this.push(chunks === 1 ? "data: " : chunks < 100 ? chunk : null);
      },
    });
    const reading = readEventStream(body, () => false);
    await expect(reading).rejects.toMatchObject({ code: "event_too_large" });
    expect(body.destroyed).toBe(true);
    expect(chunks).toBeLessThan(80);
  });
});

describe("the place of a cut", () => {
  const sample = Buffer.from(
    ': a comment\r\nevent: x\r\ndata: {"text":"Blåbær 🛎"}\r\n\r\ndata: two\ndata: lines\n\nretry: 1\ndata:end\n\n',
  );
  const expected = ['{"text":"Blåbær 🛎"}', "two\nlines", "end"];

  it("does not matter, wherever it is", async () => {
    for (let offset = 0; offset <= sample.length; offset += 1) {
      expect(await dataOf(...cutAt(sample, [offset]))).toEqual(expected);
    }
  });

  it("does not matter after every byte", async () => {
    const everyByte = Array.from({ length: sample.length }, (_, offset) => offset);
    expect(await dataOf(...cutAt(sample, everyByte))).toEqual(expected);
  });

  it("does not matter for any events, line ends and cuts", async () => {
    const lineEnd = fc.constantFrom("\n", "\r\n");
    const noise = fc.constantFrom("", ": comment", "event: response.completed", "id: 7", "unknown: field", "retry: x");
    const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, ""));
    const event = fc.record({ lines: fc.array(line, { minLength: 1, maxLength: 3 }), noise, lineEnd });
    const cuts = fc.array(fc.nat({ max: 10_000 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 8 }), cuts, async (events, offsets) => {
        const stream = events.map((each) => {
          const lines = each.lines.map((text) => `data: ${text}`);
          return [...(each.noise === "" ? [] : [each.noise]), ...lines, "", ""].join(each.lineEnd);
        });
        const bytes = Buffer.from(stream.join(""));
        const places = offsets.map((offset) => offset % (bytes.length + 1));
        expect(await dataOf(...cutAt(bytes, places))).toEqual(events.map((each) => each.lines.join("\n")));
      }),
      { numRuns: 200 },
    );
  });

  it("does not matter for bytes that are not UTF-8", async () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((raw) => raw.filter((byte) => byte !== 0x0a && byte !== 0x0d));
    await fc.assert(
      fc.asyncProperty(bytes, fc.array(fc.nat({ max: 60 }), { maxLength: 10 }), async (raw, offsets) => {
        const stream = Buffer.concat([Buffer.from("data: "), raw, Buffer.from("\n\ndata: next\n\n")]);
        const places = offsets.map((offset) => Math.min(offset, stream.length));
        expect(await dataOf(...cutAt(stream, places))).toEqual([
          new TextDecoder("utf-8", { ignoreBOM: true }).decode(raw),
          "next",
        ]);
      }),
    );
  });
});
