import { sep } from "node:path";

import { fileErrorText } from "./file-text.js";
import type { PatchFailure } from "./patch.js";
import type { FileNode, PatchFiles } from "./patch-files.js";
import type { FileStep, PatchPlan } from "./plan-patch.js";

/** Letters of the summary, in its order. */
const LETTERS = [
  ["add", "A"],
  ["update", "M"],
  ["delete", "D"],
] as const;

/** What came of a plan. */
export type AppliedPlan =
  | {
      readonly ok: true;
      /** What the tool answers, ending with a newline. */
      readonly summary: string;
      /** The folders that had to be made, for {@link reversePlan}. */
      readonly folders: readonly string[];
    }
  | (PatchFailure & {
      /** Paths that could not be put back after a failure, and hold what the patch put there. Nearly always empty. */
      readonly left: readonly string[];
    });

/**
 * Does what was planned, all or nothing: if a file cannot be written, those before it are put back, with the folders
 * that were made. Nothing is written if a file is no longer as it was when the plan was made, which the caller mends
 * by planning again. Between that look and the writing, another process can still change a file unseen.
 */
export async function applyPlan(plan: PatchPlan, files: PatchFiles): Promise<AppliedPlan> {
  const steps = plan.changes.flatMap((change) => change.steps);
  for (const step of steps) {
    if (!(await isAsPlanned(step, files))) {
      const message = `Failed to write file ${step.path}: it has changed since the patch was checked\n`;
      return { ok: false, message, left: [] };
    }
  }
  const done: { step: FileStep; folders: readonly string[] }[] = [];
  for (const step of steps) {
    try {
      done.push({ step, folders: await put(step.realPath, step.after, files) });
      if (step.after === undefined) await removeFolders(plan.folders, step.realPath, files);
    } catch (error) {
      const left = await putBack(done, files);
      return { ok: false, message: failureText(step, error, done.length, left), left };
    }
  }
  return { ok: true, summary: summaryOf(plan), folders: done.flatMap(({ folders }) => folders) };
}

async function isAsPlanned({ realPath, before }: FileStep, files: PatchFiles): Promise<boolean> {
  // What cannot be read now was absent for the planner too, or has become something else.
  const node = await files.read(realPath).catch(() => undefined);
  if (node === undefined || before === undefined) return node === before;
  if (node.type === "link") return before.type === "link" && node.target === before.target;
  return before.type === "file" && node.content.equals(before.content);
}

async function put(path: string, node: FileNode | undefined, files: PatchFiles): Promise<readonly string[]> {
  if (node !== undefined) return files.write(path, node);
  await files.remove(path);
  return [];
}

/** Those of the folders that the path was in go as soon as they can: a file may be wanted in their place. */
async function removeFolders(folders: readonly string[], path: string, files: PatchFiles): Promise<void> {
  for (const folder of folders) {
    if (path.startsWith(folder + sep)) await files.removeFolder(folder).catch(() => {});
  }
}

async function putBack(
  done: readonly { step: FileStep; folders: readonly string[] }[],
  files: PatchFiles,
): Promise<readonly string[]> {
  const left: string[] = [];
  for (const { step, folders } of done.toReversed()) {
    try {
      await put(step.realPath, step.before, files);
      for (const folder of folders.toReversed()) await files.removeFolder(folder);
    } catch {
      left.push(step.path);
    }
  }
  return left;
}

function failureText(step: FileStep, error: unknown, done: number, left: readonly string[]): string {
  const failed = `Failed to ${step.after === undefined ? "delete" : "write"} file ${step.path}: ${fileErrorText(error)}\n`;
  if (left.length > 0) return `${failed}These files are changed and could not be put back: ${left.join(", ")}\n`;
  return done === 0 ? failed : `${failed}The files changed before it were put back; nothing of the patch is applied.\n`;
}

function summaryOf({ changes }: PatchPlan): string {
  const lines = LETTERS.flatMap(([type, letter]) =>
    changes.filter((change) => change.type === type).map(({ name }) => `${letter} ${name}`),
  );
  return ["Success. Updated the following files:", ...lines, ""].join("\n");
}
