import type { FileUpdateChange } from "@switchboard/protocol";

import type { PatchPlan, PlannedChange } from "./plan-patch.js";
import { unifiedHunks } from "./unified-diff.js";

/** Lines around each change in an item's diff. */
const CONTEXT = 1;

/**
 * The plan as the `changes` of a `fileChange` item, as codex 0.169.0 has them: sorted by the bytes of the path; the
 * whole content of a file that is added or deleted; hunks without headers for one that is updated, and under them where
 * it is moved to.
 */
export function fileUpdateChanges({ changes }: PatchPlan): FileUpdateChange[] {
  return changes.map(fileUpdateChange).toSorted((a, b) => Buffer.from(a.path).compare(Buffer.from(b.path)));
}

function fileUpdateChange({ type, path, movePath, before, after }: PlannedChange): FileUpdateChange {
  if (type === "add") return { path, kind: { type }, diff: after };
  if (type === "delete") return { path, kind: { type }, diff: before };
  const hunks = unifiedHunks(before, after, CONTEXT);
  return {
    path,
    kind: { type, move_path: movePath ?? null },
    diff: movePath === undefined ? hunks : `${hunks}\n\nMoved to: ${movePath}`,
  };
}
