import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { describe, expect, it, onTestFinished, vi } from "vitest";

import { ExportQueue, maxWaiting, type ExportQueueOptions } from "../src/telemetry/export-queue.js";
import { collector, otel, type Signal } from "./support/collector.js";
import { testServer } from "./support/test-server.js";

const what: Readonly<Record<Signal, string>> = {
  exporter: "events",
  trace_exporter: "traces",
  metrics_exporter: "metrics",
};

const signals = Object.keys(what) as Signal[];

const faults: ReadonlyArray<readonly [name: string, answer: (response: ServerResponse) => void]> = [
  ["answers 500", (response) => void response.writeHead(500).end()],
  ["never answers", () => undefined],
  ["hangs up", (response) => void response.destroy()],
  ["never ends its answer", (response) => void response.writeHead(200).write("{")],
];

/** An address where nobody listens any more. */
async function nowhere(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** Runs turns against a collector and ends the server. Gives the warnings. */
async function runAgainst(url: string, signal: Signal): Promise<readonly string[]> {
  const { client, server, warnings } = await testServer({ top: otel(url, { send: [signal] }) });
  const owner = await client("codex_vscode");
  const threadId = await owner.startThread();
  for (const said of ["a", "b"]) expect((await owner.runTurn(threadId, said)).status).toBe("completed");
  await server.close();
  return warnings;
}

describe.each(signals)("a collector of %s", (signal) => {
  const saidOnce = (warnings: readonly string[]) => ({
    unreachable: warnings.filter((line) => line.startsWith(`${what[signal]} do not reach their collector: `)).length,
    lost: warnings.filter((line) => /^\d+ telemetry records were lost$/.test(line)).length,
    others: warnings.length - 2,
  });
  const once = { unreachable: 1, lost: 1, others: 0 };

  it.each(faults)("that %s leaves turns alone, and does not hold up the end", async (_name, answer) => {
    const seen = await collector(answer);
    expect(saidOnce(await runAgainst(seen.url, signal))).toEqual(once);
    // What did not arrive is not sent again.
    expect(seen.exports).toHaveLength(1);
  });

  it("that is not there leaves turns alone, and does not hold up the end", async () => {
    expect(saidOnce(await runAgainst(await nowhere(), signal))).toEqual(once);
  });
});

describe("a queue of records", () => {
  /** A queue that posts batches to a collector. */
  function queueTo(url: string, more: Partial<ExportQueueOptions<number>> = {}): ExportQueue<number> {
    const queue = new ExportQueue<number>({
      send: async (batch, signal) => {
        const response = await fetch(url, { method: "POST", body: JSON.stringify(batch), signal });
        await response.arrayBuffer();
        if (!response.ok) throw new Error(String(response.status));
      },
      onFailure: () => undefined,
      ...more,
    });
    onTestFinished(() => queue.close());
    return queue;
  }

  it("keeps a bounded number for a collector that takes none, and counts the rest", async () => {
    const seen = await collector(() => undefined);
    const failures: unknown[] = [];
    const queue = queueTo(seen.url, { onFailure: (error) => failures.push(error) });
    // 512 are on their way, the rest waits.
    for (let each = 0; each < 512 + maxWaiting + 100; each += 1) queue.add(each);
    await expect.poll(() => seen.exports.length).toBe(1);
    expect(queue.dropped).toBe(100);
    await queue.close();
    expect([seen.exports.length, queue.dropped]).toEqual([1, 512 + maxWaiting + 100]);
    // Five batches were lost.
    expect(failures).toHaveLength(1);
    queue.add(1);
    expect(queue.dropped).toBe(512 + maxWaiting + 101);
  });

  it("goes on when the collector is well again, and loses only what was refused", async () => {
    let isWell = false;
    const seen = await collector((response) => void response.writeHead(isWell ? 200 : 500).end());
    const queue = queueTo(seen.url);
    for (let each = 0; each < 512; each += 1) queue.add(each);
    await expect.poll(() => queue.dropped).toBe(512);
    isWell = true;
    for (let each = 512; each < 1_500; each += 1) queue.add(each);
    await queue.close();
    expect(queue.dropped).toBe(512);
    expect(seen.bodies("/").slice(1).flat()).toEqual(Array.from({ length: 988 }, (_, index) => index + 512));
  });

  it("never puts records of different keys into one request", async () => {
    const seen = await collector();
    const queue = queueTo(seen.url, { keyOf: (each) => String(each % 3) });
    for (let each = 0; each < 30; each += 1) queue.add(each);
    await queue.close();
    const batches = seen.bodies("/");
    expect(batches).toHaveLength(3);
    for (const batch of batches) expect(new Set(batch.map((each: number) => each % 3)).size).toBe(1);
    expect(batches.flat()).toHaveLength(30);
  });

  it("gives up a collector that does not answer, by a timer that nothing can take away", async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const failures: unknown[] = [];
    const queue = new ExportQueue<number>({
      send: (_batch, signal) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true })),
      onFailure: (error) => failures.push(error),
    });
    for (let each = 0; each < 512; each += 1) queue.add(each);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([failures.length, queue.dropped]).toEqual([1, 512]);
    await queue.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
