import { execFile } from "node:child_process";
import { promisify } from "node:util";

import type { ReviewTarget } from "@switchboard/protocol";

const run = promisify(execFile);

/** How long `git` may take, in milliseconds. */
const gitTimeoutMs = 5_000;

/** What is reviewed, in a few words for users. */
export function reviewTitle(target: ReviewTarget): string {
  switch (target.type) {
    case "uncommittedChanges":
      return "current changes";
    case "baseBranch":
      return `changes against '${target.branch}'`;
    case "commit": {
      const short = target.sha.slice(0, 7);
      return target.title === undefined || target.title === null
        ? `commit ${short}`
        : `commit ${short}: ${target.title}`;
    }
    case "custom":
      return target.instructions.trim();
  }
}

/** What the reviewer is asked to do. */
export async function reviewRequest(target: ReviewTarget, cwd: string, signal: AbortSignal): Promise<string> {
  switch (target.type) {
    case "uncommittedChanges":
      return "Review the current code changes (staged, unstaged, and untracked files) and provide prioritized findings.";
    case "baseBranch": {
      const base = await mergeBase(target.branch, cwd, signal);
      return base === undefined
        ? `Review the code changes against the base branch '${target.branch}'. Find the merge base with \`git merge-base HEAD ${target.branch}\` (or its upstream), look at \`git diff\` from there, and give prioritized findings.`
        : `Review the code changes against the base branch '${target.branch}'. The merge base is ${base}: \`git diff ${base}\` shows what would be merged. Give prioritized findings.`;
    }
    case "commit": {
      const title = target.title === undefined || target.title === null ? "" : ` ("${target.title}")`;
      return `Review the code changes introduced by commit ${target.sha}${title} and give prioritized findings.`;
    }
    case "custom":
      return target.instructions.trim();
  }
}

/** Where the branch and what is checked out part; undefined when git cannot tell. */
async function mergeBase(branch: string, cwd: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { stdout } = await run("git", ["merge-base", "--", "HEAD", branch], { cwd, signal, timeout: gitTimeoutMs });
    const base = stdout.trim();
    return /^[0-9a-f]{40,64}$/.test(base) ? base : undefined;
  } catch {
    return undefined;
  }
}
