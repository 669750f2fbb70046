import { describe, expect, it } from "vitest";

import { readReview, renderReview } from "./review-output.js";

const finding = (more: object = {}) => ({
  title: "[P1] Mend it",
  body: "First line\nsecond line",
  code_location: { absolute_file_path: "/x/a.ts", line_range: { start: 3, end: 5 } },
  ...more,
});

describe("a review", () => {
  it("is read and shown with its findings", () => {
    const text = JSON.stringify({ findings: [finding(), finding({ title: "[P3] Too" })], overall_explanation: "Why" });
    expect(renderReview(readReview(text))).toBe(
      "Why\n\nFull review comments:\n\n- [P1] Mend it — /x/a.ts:3-5\n  First line\n  second line\n\n- [P3] Too — /x/a.ts:3-5\n  First line\n  second line",
    );
  });

  it("has another heading for one finding", () => {
    const text = JSON.stringify({ findings: [finding()], overall_explanation: "" });
    expect(renderReview(readReview(text))).toMatch(/^Review comment:\n\n- \[P1\]/);
  });

  it.each<[string, string, string]>([
    ["talk around the JSON", 'Here: {"findings":[],"overall_explanation":"Fine"} bye', "Fine"],
    ["no JSON at all", "All is well.", "All is well."],
    ["JSON of another kind", '{"a":1}', '{"a":1}'],
    ["nothing", "", "Reviewer failed to output a response."],
    [
      "a finding without a place",
      JSON.stringify({ findings: [finding({ code_location: null })] }),
      "Review comment:\n\n- [P1] Mend it\n  First line\n  second line",
    ],
    ["findings that are none", JSON.stringify({ findings: [1, { title: 2 }], overall_explanation: "E" }), "E"],
  ])("survives %s", (_, text, expected) => {
    expect(renderReview(readReview(text))).toBe(expected);
  });
});
