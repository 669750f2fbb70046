import { describe, expect, it } from "vitest";

import { backoffMs, pause } from "./backoff.js";

describe("backoffMs", () => {
  it.each([
    [1, 200],
    [2, 400],
    [3, 800],
    [5, 3200],
  ])("is, at attempt %i, %i ms give or take a tenth", (attempt, ms) => {
    const waits = Array.from({ length: 200 }, () => backoffMs(attempt));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(ms * 0.9);
    expect(Math.max(...waits)).toBeLessThanOrEqual(ms * 1.1);
    expect(new Set(waits).size).toBeGreaterThan(1);
  });
});

describe("pause", () => {
  it("ends by itself", async () => {
    await expect(pause(1, new AbortController().signal)).resolves.toBeUndefined();
  });

  it("throws the signal's reason when it aborts, before or meanwhile", async () => {
    await expect(pause(60_000, AbortSignal.abort("before"))).rejects.toBe("before");
    const controller = new AbortController();
    const pausing = pause(60_000, controller.signal);
    const reason = new Error("meanwhile");
    controller.abort(reason);
    await expect(pausing).rejects.toBe(reason);
  });
});
