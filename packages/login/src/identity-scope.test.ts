import { setImmediate as turnOfTheLoop } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { sampleHost } from "../test/sample-host.js";
import { createClientIdentity, createDefaultIdentity, type ClientIdentity } from "./client-identity.js";
import { currentIdentity, runWithIdentity } from "./identity-scope.js";
import { processDefaultIdentity, setProcessDefaultIdentity } from "./process-default.js";

const a = createClientIdentity({ name: "client_a", version: "1" }, sampleHost);
const b = createClientIdentity({ name: "client_b", version: "2" }, sampleHost);
const byDefault = createDefaultIdentity("by_default", sampleHost);

let original: ClientIdentity;
beforeEach(() => {
  original = processDefaultIdentity();
  setProcessDefaultIdentity(byDefault);
});
afterEach(() => {
  setProcessDefaultIdentity(original);
});

describe("the identity scope", () => {
  it("is the process default outside, the given identity inside, and the default again after its end", () => {
    expect(currentIdentity()).toBe(byDefault);
    expect(runWithIdentity(a, currentIdentity)).toBe(a);
    expect(currentIdentity()).toBe(byDefault);
  });

  it("gives back what the work gives", async () => {
    expect(runWithIdentity(a, () => 7)).toBe(7);
    await expect(runWithIdentity(a, async () => "later")).resolves.toBe("later");
  });

  it("ends when the work throws", () => {
    expect(() =>
      runWithIdentity(a, () => {
        throw new Error("broken");
      }),
    ).toThrow("broken");
    expect(currentIdentity()).toBe(byDefault);
  });

  it("nests, and the outer one holds again after the inner one", () => {
    const seen = runWithIdentity(a, () => [currentIdentity(), runWithIdentity(b, currentIdentity), currentIdentity()]);
    expect(seen).toEqual([a, b, a]);
  });

  it("can be left for the process default inside a scope", () => {
    expect(runWithIdentity(a, () => runWithIdentity(byDefault, currentIdentity))).toBe(byDefault);
  });

  it("holds after every await, and does not leak to the one who waits", async () => {
    const work = runWithIdentity(a, async () => {
      const seen = [currentIdentity()];
      await Promise.resolve();
      seen.push(currentIdentity());
      await turnOfTheLoop();
      seen.push(currentIdentity());
      await runWithIdentity(b, async () => {
        await turnOfTheLoop();
        seen.push(currentIdentity());
      });
      seen.push(currentIdentity());
      return seen;
    });
    expect(currentIdentity()).toBe(byDefault);
    expect(await work).toEqual([a, a, a, b, a]);
    expect(currentIdentity()).toBe(byDefault);
  });

  it("holds in timers and microtasks started inside, also when they fire after its end", async () => {
    const seen = await runWithIdentity(a, () => {
      const later = (start: (fire: () => void) => void) =>
        new Promise<ClientIdentity>((resolve) => start(() => resolve(currentIdentity())));
      return Promise.all([
        later((fire) => setTimeout(fire, 1)),
        later((fire) => setImmediate(fire)),
        later((fire) => process.nextTick(fire)),
        later((fire) => queueMicrotask(fire)),
      ]);
    });
    expect(seen).toEqual([a, a, a, a]);
  });

  it("keeps concurrent scopes apart", async () => {
    const identities = Array.from({ length: 50 }, (_, index) =>
      createClientIdentity({ name: `client_${index}`, version: "1" }, sampleHost),
    );
    const seen = await Promise.all(
      identities.map((identity, index) =>
        runWithIdentity(identity, async () => {
          const names = new Set<string>();
          for (let step = 0; step < 10; step += 1) {
            await ((index + step) % 2 === 0 ? turnOfTheLoop() : Promise.resolve());
            names.add(currentIdentity().originator);
          }
          return [...names];
        }),
      ),
    );
    expect(seen).toEqual(identities.map(({ originator }) => [originator]));
  });

  it("is not changed by a new process default, and the outside is", () => {
    runWithIdentity(a, () => {
      setProcessDefaultIdentity(b);
      expect(currentIdentity()).toBe(a);
    });
    expect(currentIdentity()).toBe(b);
  });
});
