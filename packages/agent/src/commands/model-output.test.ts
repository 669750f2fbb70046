import { describe, expect, it } from "vitest";

import { modelOutput, truncate } from "./model-output.js";

describe("what the model is told of a command", () => {
  const ended = { output: "hi\n", outputBytes: 3, wallMs: 12.34, exitCode: 3, sessionId: 1234 };

  it("is in the form that models know", () => {
    expect(modelOutput(ended, 100)).toMatch(
      /^Chunk ID: [0-9a-f]{6}\nWall time: 0\.0123 seconds\nProcess exited with code 3\nOriginal token count: 1\nOutput:\nhi\n$/,
    );
    expect(modelOutput({ ...ended, exitCode: undefined }, 100)).toContain("\nProcess running with session ID 1234\n");
    expect(modelOutput({ ...ended, remark: "Beware." }, 100)).toContain("\nBeware.\nOutput:\n");
  });

  it("keeps the beginning and the end of what is too long, and says so", () => {
    const text = "a".repeat(40) + "b".repeat(60);
    expect(truncate(text, 100, 10)).toBe(
      `Warning: truncated output (original token count: 25)\nTotal output lines: 1\n\n${"a".repeat(20)}…15 tokens truncated…${"b".repeat(20)}`,
    );
    expect(truncate(text, 100, 25)).toBe(text);
  });

  it("cuts no character in two", () => {
    const text = "€".repeat(100);
    const cut = truncate(text, 300, 10);
    expect(cut).not.toContain("\uFFFD");
    expect(cut).toContain("€…");
  });
});
