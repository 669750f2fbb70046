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
    for (let stretch = 0; stretch < 1_000; stretch += 1) spoken.done("user", `${stretch}`);
    const kept = spoken.take("");
    expect(kept).toHaveLength(64);
    expect(kept.at(0)).toEqual({ role: "user", text: "936" });
  });

  it("is kept in bounds: of a stretch its end, of all together 64 Ki characters", () => {
    const spoken = new Spoken();
    for (let stretch = 0; stretch < 100; stretch += 1) spoken.done("user", `${"x".repeat(100_000)} ${stretch}`);
    for (let piece = 0; piece < 1_000; piece += 1) spoken.delta("assistant", "y".repeat(1_000));
    const kept = spoken.take("next");
    expect(kept.map(({ text }) => text.length)).toEqual([16_384, 16_384, 16_384, 4]);
    expect(kept.map(({ text }) => text.slice(-3))).toEqual([" 98", " 99", "yyy", "ext"]);
  });

  it("is kept in bounds also as pieces become the whole of it", () => {
    const spoken = new Spoken();
    spoken.delta("assistant", "a");
    for (let stretch = 0; stretch < 4; stretch += 1) spoken.done("user", "x".repeat(16_000));
    spoken.done("assistant", "y".repeat(100_000));
    expect(spoken.take("").map(({ text }) => text.length)).toEqual([16_000, 16_000, 16_000, 16_000]);
  });

  it("is of whole characters", () => {
    const spoken = new Spoken();
    spoken.done("user", `🙂${"x".repeat(16 * 1024 - 1)}`);
    expect(spoken.take("")).toEqual([{ role: "user", text: "x".repeat(16 * 1024 - 1) }]);
  });
});
