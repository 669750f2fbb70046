import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ProposedPlan, type PlanSegment } from "./proposed-plan.js";

/** What comes of a message that arrives in these pieces, neighbours of a kind joined. */
function split(pieces: readonly string[]): PlanSegment[] {
  const plan = new ProposedPlan();
  const joined: Array<{ kind: PlanSegment["kind"]; text: string }> = [];
  for (const { kind, text } of [...pieces.flatMap((piece) => plan.add(piece)), ...plan.end()]) {
    const last = joined.at(-1);
    if (last?.kind === kind) last.text += text;
    else joined.push({ kind, text });
  }
  return joined;
}

describe("a plan in a message", () => {
  it.each<[string, string, PlanSegment[]]>([
    ["none", "just text", [{ kind: "text", text: "just text" }]],
    [
      "between two lines",
      "before\n<proposed_plan>\n# Plan\n- a\n</proposed_plan>\nafter",
      [
        { kind: "text", text: "before\n" },
        { kind: "plan", text: "# Plan\n- a\n" },
        { kind: "text", text: "after" },
      ],
    ],
    ["alone, the last line not ended", "<proposed_plan>\nx\n</proposed_plan>", [{ kind: "plan", text: "x\n" }]],
    ["never closed", "<proposed_plan>\nx", [{ kind: "plan", text: "x" }]],
    ["tags with spaces around", "  <proposed_plan> \nx\n </proposed_plan>\n", [{ kind: "plan", text: "x\n" }]],
    ["a tag inside a line is text", "say <proposed_plan>\nx", [{ kind: "text", text: "say <proposed_plan>\nx" }]],
    ["a line that only begins like a tag", "<proposed_planner>\n", [{ kind: "text", text: "<proposed_planner>\n" }]],
    ["a message that ends within a tag", "a\n<propo", [{ kind: "text", text: "a\n<propo" }]],
  ])("%s", (_, message, expected) => {
    expect(split([message])).toEqual(expected);
  });

  it("does not depend on how the message is cut", () => {
    const parts = ["<proposed_plan>", "</proposed_plan>", "\n", " ", "text", "<", "<proposed_", "ünï"];
    const message = fc.array(fc.constantFrom(...parts), { maxLength: 12 }).map((all) => all.join(""));
    const cuts = fc.array(fc.nat(40), { maxLength: 8 });
    fc.assert(
      fc.property(message, cuts, (whole, positions) => {
        const ends = [...positions.filter((at) => at < whole.length).sort((a, b) => a - b), whole.length];
        const pieces = ends.map((end, index) => whole.slice(ends[index - 1] ?? 0, end));
        expect(split(pieces)).toEqual(split([whole]));
      }),
    );
  });

  it("holds back no more than the start of a line that may become a tag", () => {
    const plan = new ProposedPlan();
    expect(plan.add("text, then ")).toEqual([{ kind: "text", text: "text, then " }]);
    expect(plan.add("\n<prop")).toEqual([{ kind: "text", text: "\n" }]);
    expect(plan.add("erty>")).toEqual([{ kind: "text", text: "<property>" }]);
  });
});
