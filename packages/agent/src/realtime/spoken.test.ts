import { describe, expect, it } from "vitest";

import { Spoken } from "./spoken.js";

describe("what was said", () => {
  it("is told in stretches, with what is asked for at the end, and then forgotten", () => {
    const spoken = new Spoken();
    spoken.delta("user", "do ");
    spoken.delta("user", "the");
    spoken.delta("assistant", "sure");
    spoken.delta("user", "thing");
    expect(spoken.take("do the thing")).toEqual([
      { role: "user", text: "do the" },
      { role: "assistant", text: "sure" },
      { role: "user", text: "thing" },
      { role: "user", text: "do the thing" },
    ]);
    expect(spoken.take(" ")).toEqual([]);
  });

  it("is the whole of it once that is known", () => {
    const spoken = new Spoken();
    spoken.delta("user", "hel");
    spoken.delta("assistant", "wor");
    spoken.done("user", "hello");
    spoken.delta("assistant", "ld");
    spoken.done("assistant", "world");
    spoken.delta("user", "next");
    expect(spoken.take("next")).toEqual([
      { role: "user", text: "hello" },
      { role: "assistant", text: "world" },
      { role: "user", text: "next" },
    ]);
  });

  it("is kept in bounds: the oldest is forgotten", () => {
    const spoken = new Spoken();
    for (let stretch = 0; stretch < 1_000; stretch += 1) spoken.done("user", `${stretch} ${"x".repeat(100_000)}`);
    for (let piece = 0; piece < 1_000; piece += 1) spoken.delta("assistant", "y".repeat(1_000));
    const kept = spoken.take("");
    expect(kept).toHaveLength(64);
    expect(Math.max(...kept.map(({ text }) => text.length))).toBe(16 * 1024);
  });
});
