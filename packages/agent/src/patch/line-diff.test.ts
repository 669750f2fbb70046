import fc from "fast-check";
import { expect, it } from "vitest";

import { diffLines } from "./line-diff.js";

const lines = fc.array(fc.constantFrom("a\n", "b\n", "c\n", "d\n", "e"), { maxLength: 14 });

it("finds a smallest difference that leads from one side to the other", () => {
  fc.assert(
    fc.property(lines, lines, (before, after) => {
      const runs = diffLines(before, after);
      const without = (type: string): string[] => runs.flatMap((run) => (run.type === type ? [] : run.lines));
      expect(without("added")).toEqual(before);
      expect(without("removed")).toEqual(after);
      const same = runs.flatMap((run) => (run.type === "same" ? run.lines : []));
      expect(same).toHaveLength(longestCommon(before, after));
      const order = runs.map(({ type }) => type).join(" ");
      expect(order).not.toMatch(/added removed|same same/u);
    }),
    { numRuns: 500 },
  );
});

it("replaces everything between the first and the last difference when too much is out of place", () => {
  const before = Array.from({ length: 5000 }, (_, index) => `line ${index}\n`);
  const after = before.map((_, index) => `line ${index % 2 === 0 ? index + 1 : index - 1}\n`);
  expect(diffLines(["first\n", ...before], ["first\n", ...after])).toEqual([
    { type: "same", lines: ["first\n"] },
    { type: "removed", lines: before },
    { type: "added", lines: after },
  ]);
});

/** The length of the longest common subsequence, by its definition. */
function longestCommon(before: readonly string[], after: readonly string[]): number {
  let row = Array.from({ length: after.length + 1 }, () => 0);
  for (const line of before) {
    const next = [0];
    for (const [index, other] of after.entries()) {
      next.push(line === other ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
