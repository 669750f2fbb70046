import { text } from "@switchboard/simulator";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { namesOf, namesOn, testServer, type TestServer } from "./support/test-server.js";
import type { WireClient } from "./support/wire-client.js";

const names = [
  "codex-backend",
  "codex_app_server_daemon",
  "codex_vscode",
  "codex_ios",
  "zed",
  "Claude Code",
  "naïve ☎",
  "x",
];

/** What a step does with one of the eight seats; `pick` chooses among what there is. */
interface Step {
  readonly seat: number;
  readonly action: "reconnect" | "thread" | "turn" | "interrupt";
  readonly pick: number;
  /** Whether the next step waits for this one. */
  readonly wait: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  seat: fc.nat(7),
  action: fc.oneof(
    { weight: 1, arbitrary: fc.constant("reconnect" as const) },
    { weight: 2, arbitrary: fc.constant("thread" as const) },
    { weight: 6, arbitrary: fc.constant("turn" as const) },
    { weight: 1, arbitrary: fc.constant("interrupt" as const) },
  ),
  pick: fc.nat(1000),
  wait: fc.boolean(),
});

/** Eight seats, each with a connection that comes back under another name, and what they did together. */
class Office {
  readonly #server: TestServer;
  readonly #seats: Array<{ client: WireClient; name: string; version: string }> = [];
  readonly #threads: string[] = [];
  #visits = 0;

  constructor(server: TestServer) {
    this.#server = server;
  }

  async fill(): Promise<void> {
    for (let seat = 0; seat < 8; seat += 1) await this.#sit(seat);
  }

  async perform({ seat, action, pick }: Step): Promise<void> {
    const { client, name, version } = this.#seats[seat] ?? fail();
    const thread = this.#threads[pick % Math.max(this.#threads.length, 1)];
    switch (action) {
      case "reconnect":
        client.socket.close();
        return this.#sit(seat);
      case "thread":
        this.#threads.push(await client.startThread());
        return;
      case "turn":
        if (thread !== undefined) await client.startTurn(thread, JSON.stringify({ name, version }));
        return;
      case "interrupt":
        if (thread !== undefined) await client.call("turn/interrupt", { threadId: thread, turnId: "" });
    }
  }

  /**
   * Whose each turn is: its first message says who sent the `turn/start` that made it. What others added
   * while it ran comes later. (The answers cannot tell: they overtake each other on eight sockets.)
   */
  async owners(): Promise<ReadonlyMap<string, { readonly name: string; readonly version: string }>> {
    const reader = await this.#server.client("reader");
    const owners = new Map<string, { readonly name: string; readonly version: string }>();
    for (const threadId of this.#threads) {
      const { result } = await reader.call("thread/read", { threadId, includeTurns: true });
      for (const { id, items } of result?.thread.turns ?? []) {
        if (items.length > 0) owners.set(id, JSON.parse(items[0].content[0].text));
      }
    }
    return owners;
  }

  async #sit(seat: number): Promise<void> {
    this.#visits += 1;
    const name = names[(seat + this.#visits) % names.length] ?? fail();
    const version = `${seat}.${this.#visits}.0`;
    this.#seats[seat] = { client: await this.#server.client(name, version), name, version };
  }
}

function fail(): never {
  throw new Error("no such seat");
}

describe("random interleavings", () => {
  it("of 8 connections and 200 steps: each outbound request belongs to its owner", { timeout: 120_000 }, async () => {
    // Answers take different times, so that turns overlap in different ways.
    const server = await testServer({
      script: ({ index }) => text("an answer in parts", { deltas: 1 + (index % 3), delayMs: index % 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 200, maxLength: 200 }), async (steps) => {
        const office = new Office(server);
        await office.fill();
        const underWay: Promise<void>[] = [];
        for (const each of steps) {
          const done = office.perform(each).catch((error: Error) => {
            // A step on a connection that another step closes gets no answer.
            if (!error.message.startsWith("the connection closed")) throw error;
          });
          if (each.wait) await done;
          else underWay.push(done);
        }
        await Promise.all(underWay);
        let checked = 0;
        for (const [id, { name, version }] of await office.owners()) {
          for (const request of server.requestsOf(id)) {
            expect(namesOn(request)).toEqual(namesOf(name, version));
            checked += 1;
          }
        }
        expect(checked).toBeGreaterThan(20);
      }),
      // A failing run of 200 steps says enough; shrinking it would take minutes.
      { numRuns: 5, endOnFailure: true },
    );
  });
});
