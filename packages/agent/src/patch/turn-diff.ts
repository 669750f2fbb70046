import { isAbsolute, relative, sep } from "node:path";

import type { FileDifference } from "./git-diff.js";
import { gitDiff } from "./git-diff.js";
import type { FileNode } from "./patch-files.js";
import type { FileStep, PatchPlan } from "./plan-patch.js";

/** What may be held of one turn's files, in bytes. Files that come after are not followed. */
const MAX_HELD_BYTES = 128 * 1024 * 1024;

/** What a turn's diff may be, in characters. Files with which it would be more are left out of it. */
const MAX_DIFF_LENGTH = 16 * 1024 * 1024;

/**
 * What the patches of one turn did to files, all together, as the `diff` of `turn/diff/updated`. What commands do is
 * not in it, except where a later patch meets it. One per turn, owned by it; it holds the files' contents from before
 * the turn and now, up to a limit.
 */
export class TurnDiff {
  readonly #root: string;
  readonly #before = new Map<string, FileNode | undefined>();
  readonly #now = new Map<string, FileNode | undefined>();
  /** Where a file that patches moved was before the turn, by where it is now. */
  readonly #origins = new Map<string, string>();
  /** The diffs last made, by old path: most files stay as they are between two patches. */
  readonly #made = new Map<string, { readonly difference: FileDifference; readonly diff: string }>();
  #held = 0;

  /** @param root what paths are shown relative to: the root of the repository, or else the turn's `cwd` */
  constructor(root: string) {
    this.#root = root;
  }

  /** Takes in a plan that was applied. One that failed was put back, and is not taken in. */
  record({ changes }: PatchPlan): void {
    for (const { steps } of changes) {
      for (const step of steps) this.#set(step);
      const removed = steps.find(({ after }) => after === undefined)?.path;
      const written = steps.find(({ after }) => after !== undefined)?.path;
      if (removed === undefined) continue;
      const origin = this.#origins.get(removed) ?? removed;
      this.#origins.delete(removed);
      if (written !== undefined) this.#origins.set(written, origin);
    }
  }

  /** The diff from before the turn to now, sorted by the bytes of the old path; empty if there is none. */
  render(): string {
    let result = "";
    for (const difference of this.#differences()) {
      const diff = this.#diffOf(difference);
      if (result.length + diff.length <= MAX_DIFF_LENGTH) result += diff;
    }
    return result;
  }

  #set({ path, before, after }: FileStep): void {
    const known = this.#before.has(path);
    if (!known && this.#held + sizeOf(before) + sizeOf(after) > MAX_HELD_BYTES) return;
    if (!known) this.#before.set(path, before);
    this.#held += sizeOf(after) + (known ? -sizeOf(this.#now.get(path)) : sizeOf(before));
    this.#now.set(path, after);
  }

  #differences(): FileDifference[] {
    const renamed = this.#renames();
    const single = [...this.#before]
      .filter(([path]) => !renamed.some(({ oldPath, newPath }) => path === oldPath || path === newPath))
      .map(([path, before]) => ({ oldPath: path, newPath: path, before, after: this.#now.get(path) }))
      .filter(({ before, after }) => !isSame(before, after));
    return [...single, ...renamed].sort((a, b) => Buffer.from(a.oldPath).compare(Buffer.from(b.oldPath)));
  }

  /** The moves that are still moves: nothing has come to the old place, and nothing was in the new one. */
  #renames(): FileDifference[] {
    const renames: FileDifference[] = [];
    for (const [newPath, oldPath] of this.#origins) {
      const before = this.#before.get(oldPath);
      const after = this.#now.get(newPath);
      if (before?.type !== "file" || after?.type !== "file") continue;
      if (this.#now.get(oldPath) !== undefined || this.#before.get(newPath) !== undefined) continue;
      renames.push({ oldPath, newPath, before, after });
    }
    return renames;
  }

  #diffOf(difference: FileDifference): string {
    const { oldPath, newPath, before, after } = difference;
    const last = this.#made.get(oldPath);
    const kept = last?.difference;
    if (last !== undefined && kept?.newPath === newPath && kept.before === before && kept.after === after) {
      return last.diff;
    }
    const diff = gitDiff({ before, after, oldPath: this.#shown(oldPath), newPath: this.#shown(newPath) });
    this.#made.set(oldPath, { difference, diff });
    return diff;
  }

  /** Relative to the root; a path outside it whole, as the reference has it. */
  #shown(path: string): string {
    const inside = relative(this.#root, path);
    const outside = inside === ".." || inside.startsWith(`..${sep}`) || isAbsolute(inside);
    return outside ? path : inside;
  }
}

function isSame(a: FileNode | undefined, b: FileNode | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.type === "link") return b.type === "link" && a.target === b.target;
  return b.type === "file" && a.content.equals(b.content);
}

function sizeOf(node: FileNode | undefined): number {
  return node?.type === "file" ? node.content.length : 0;
}
