import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";

import { afterEach, describe, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";

import type { TransportClosed } from "../transport.js";
import { WebSocketTransport } from "./websocket.js";

const kib = 1024;
const tooSlow = "the client does not read its messages fast enough";

let cleanUp: Array<() => void> = [];

afterEach(() => {
  vi.useRealTimers();
  for (const each of cleanUp) each();
  cleanUp = [];
});

/** A transport on the server's side of a real connection, with its parts in sight, and a plain client. */
async function pair({
  maxQueuedBytes = 256 * kib,
  pingIntervalMs,
}: { maxQueuedBytes?: number; pingIntervalMs?: number } = {}) {
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const opened = once(client, "open");
  const [request, stream, head] = (await once(server, "upgrade")) as [never, Duplex, Buffer];
  const socket = await new Promise<WebSocket>((resolve) => webSockets.handleUpgrade(request, stream, head, resolve));
  const transport = new WebSocketTransport({ kind: "websocket", socket, stream, maxQueuedBytes, pingIntervalMs });
  await opened;
  server.close();
  cleanUp.push(() => {
    client.terminate();
    socket.terminate();
  });

  const frames: Array<{ text: string; binary: boolean }> = [];
  const irregular: string[] = [];
  const closed = new Promise<TransportClosed>((resolve) => {
    transport.start({
      onFrame: (text, binary) => frames.push({ text, binary }),
      onIrregular: (reason) => irregular.push(reason),
      onClosed: resolve,
    });
  });
  const received: string[] = [];
  client.on("message", (data: Buffer) => received.push(data.toString("utf8")));
  const clientClosed = new Promise<TransportClosed>((resolve) =>
    client.on("close", (code, reason) => resolve({ code, reason: reason.toString("utf8") })),
  );
  return { client, socket, stream, transport, frames, irregular, closed, received, clientClosed };
}

function frame(index: number, bytes = 32 * kib): Buffer {
  return Buffer.from(`${index}`.padEnd(bytes, "."));
}

/** Sends frames, one a turn, until the transport gives up on its peer. Returns how many. */
async function flood({ transport, socket, stream }: Awaited<ReturnType<typeof pair>>): Promise<number> {
  let sent = 0;
  while (socket.readyState === WebSocket.OPEN) {
    transport.send(frame(sent++));
    expect(stream.writableLength).toBeLessThan(64 * kib + 33 * kib);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sent;
}

describe("WebSocketTransport", () => {
  test("sends text frames and tells text from binary", async () => {
    const link = await pair();
    const kinds: boolean[] = [];
    link.client.on("message", (_, binary) => kinds.push(binary));
    link.transport.send(Buffer.from('"é"'));
    link.client.send("text");
    link.client.send(Buffer.from("binary"));
    link.client.close();
    await link.closed;
    expect(link.frames).toEqual([
      { text: "text", binary: false },
      { text: "binary", binary: true },
    ]);
    expect(link.received).toEqual(['"é"']);
    expect(kinds).toEqual([false]);
  });

  test("tells both sides the code and reason of a close", async () => {
    const ours = await pair();
    ours.transport.close(1001, "the server is shutting down");
    expect(await ours.clientClosed).toEqual({ code: 1001, reason: "the server is shutting down" });
    expect(await ours.closed).toEqual({ code: 1001, reason: "the server is shutting down" });

    const theirs = await pair();
    theirs.client.close(4000, "bye");
    expect(await theirs.closed).toEqual({ code: 4000, reason: "bye" });

    const gone = await pair();
    gone.client.terminate();
    expect(await gone.closed).toEqual({ code: 1006, reason: "" });
  });

  test.each([
    ["x".repeat(200), "x".repeat(123)],
    ["é".repeat(100), "é".repeat(61)],
    ["😀".repeat(100), "😀".repeat(30)],
    ["é".repeat(61), "é".repeat(61)],
  ])("cuts a long reason between characters: %s", async (reason, expected) => {
    const link = await pair();
    link.transport.close(1002, reason);
    expect(await link.clientClosed).toEqual({ code: 1002, reason: expected });
  });

  test("breaks off without a close frame and without what is queued", async () => {
    const link = await pair();
    link.client.pause();
    for (let index = 0; link.transport.whenWritable() === undefined; index += 1) link.transport.send(frame(index));
    link.transport.terminate();
    link.client.resume();
    expect(await link.clientClosed).toEqual({ code: 1006, reason: "" });
    expect(await link.closed).toEqual({ code: 1006, reason: "" });
  });

  test("tells a sender when a slow client has caught up", async () => {
    const link = await pair({ maxQueuedBytes: 64 * 1024 * kib });
    link.client.pause();
    let sent = 0;
    while (link.transport.whenWritable() === undefined) link.transport.send(frame(sent++));
    const writable = link.transport.whenWritable();
    link.transport.send(frame(sent++));
    expect(link.transport.whenWritable()).toBe(writable);
    link.client.resume();
    await writable;
    expect(link.transport.whenWritable()).toBeUndefined();
    await vi.waitFor(() => expect(link.received).toHaveLength(sent));
  });

  test("does not keep a sender waiting for a client that is gone", async () => {
    const link = await pair({ maxQueuedBytes: 64 * 1024 * kib });
    link.client.pause();
    for (let index = 0; link.transport.whenWritable() === undefined; index += 1) link.transport.send(frame(index));
    const writable = link.transport.whenWritable();
    link.client.terminate();
    await writable;
    expect(link.transport.whenWritable()).toBeUndefined();
  });

  test("pings a client that says nothing, and leaves one alone that talks", async () => {
    const quiet = await pair({ pingIntervalMs: 60 });
    await once(quiet.client, "ping");
    const talking = await pair({ pingIntervalMs: 300 });
    let pings = 0;
    talking.client.on("ping", () => (pings += 1));
    for (let round = 0; round < 12; round += 1) {
      talking.client.send("hello");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(pings).toBe(0);
    quiet.client.close();
    await quiet.closed;
  });

  test("a client that does not read is closed with 1013, and learns why when it reads again", async () => {
    const link = await pair();
    link.client.pause();
    const sent = await flood(link);
    link.transport.send(frame(sent));
    link.client.resume();
    expect(await link.clientClosed).toEqual({ code: 1013, reason: tooSlow });
    expect(await link.closed).toEqual({ code: 1013, reason: tooSlow });
    // What the system had taken arrives whole and in order; what waited was dropped.
    expect(link.received.length).toBeGreaterThan(0);
    expect(link.received.length).toBeLessThan(sent);
    expect(link.received.map((text) => Number.parseInt(text, 10))).toEqual([...link.received.keys()]);
    expect(link.received.every((text) => text.length === 32 * kib)).toBe(true);
  });

  test("what a client sends after its queue overflowed is dropped", async () => {
    const link = await pair();
    link.client.pause();
    await flood(link);
    link.client.send("a request that could not be answered");
    link.client.resume();
    await link.closed;
    expect(link.frames).toEqual([]);
  });

  test("a client that never reads is ended after ten seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const link = await pair();
    link.client.pause();
    await flood(link);
    vi.advanceTimersByTime(9_999);
    expect(link.stream.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(link.stream.destroyed).toBe(true);
    expect(await link.closed).toEqual({ code: 1006, reason: "" });
  });

  test("a client that does not answer a close is ended after ten seconds", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const link = await pair();
    link.client.pause();
    link.transport.close();
    await new Promise((resolve) => setImmediate(resolve));
    vi.advanceTimersByTime(9_999);
    expect(link.stream.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await link.closed).toEqual({ code: 1006, reason: "" });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a close that waits for a client that never reads ends after ten seconds, too", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const link = await pair({ maxQueuedBytes: 64 * kib * kib });
    link.client.pause();
    for (let index = 0; index < 1000; index += 1) link.transport.send(frame(index));
    link.transport.close();
    vi.advanceTimersByTime(9_999);
    expect(link.socket.readyState).toBe(WebSocket.OPEN);
    vi.advanceTimersByTime(1);
    expect(await link.closed).toEqual({ code: 1006, reason: "" });
  });

  test("an orderly close leaves no timer behind", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const link = await pair();
    link.transport.close();
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await Promise.all([link.closed, link.clientClosed]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a client that pauses and reads on in time misses nothing", async () => {
    const link = await pair({ maxQueuedBytes: 64 * kib * kib });
    link.client.pause();
    let sent = 0;
    // More than any socket buffer holds, so that frames wait in the queue.
    for (; sent < 1000; sent += 1) link.transport.send(frame(sent));
    expect(link.stream.writableLength).toBeGreaterThanOrEqual(64 * kib);
    link.transport.close(1000, "all sent");
    // Refused: the close comes after what was already queued, and nothing after the close.
    link.transport.send(frame(sent));
    link.client.resume();
    expect(await link.clientClosed).toEqual({ code: 1000, reason: "all sent" });
    expect(link.received.map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: sent }, (_, n) => n));
  });

  test("a client that reads is not closed, however much it gets", async () => {
    const link = await pair();
    // Sixteen MiB in pieces, each larger than what is handed ahead.
    for (let sent = 0; sent < 512;) {
      for (let index = 0; index < 8; index += 1) link.transport.send(frame(sent++));
      while (link.received.length < sent) await once(link.client, "message");
    }
    link.transport.close();
    expect(await link.clientClosed).toEqual({ code: 1000, reason: "" });
    expect(link.received).toHaveLength(512);
  });

  test("does nothing after the end", async () => {
    const link = await pair();
    link.client.terminate();
    await link.closed;
    link.transport.send(frame(1));
    link.transport.close();
    link.transport.close(1011, "again");
    expect(link.socket.readyState).toBe(WebSocket.CLOSED);
  });

  test("reports what the client did wrong and ends", async () => {
    const link = await pair();
    const raw = (link.client as unknown as { _socket: Duplex })._socket;
    // A masked text frame that holds the byte 0xff.
    raw.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0xff]));
    expect(await link.clientClosed).toMatchObject({ code: 1007 });
    expect(link.irregular).toEqual([expect.stringMatching(/UTF-8/)]);
    // From its side the connection is broken: it reads no answer to the close from such a client.
    expect(await link.closed).toEqual({ code: 1006, reason: "" });
  });
});
