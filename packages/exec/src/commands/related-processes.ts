import { readlinkSync } from "node:fs";

import { allProcStats, type ProcStat } from "../processes/proc-stat.js";

/** How to recognise what belongs to a command. */
export interface Kinship {
  /** The command's own number. */
  readonly leader: number;
  /** Its number may be somebody else's by now. */
  readonly isLeaderGone: boolean;
  /** What its output is, as the links in `/proc/PID/fd` say it. */
  readonly outputs: ReadonlySet<string>;
}

/**
 * The processes that a command started, as far as they can be told: its descendants, what is in its session, what
 * holds its output, and the descendants of those. Nothing on systems without `/proc`.
 */
export function relatedProcesses({ leader, isLeaderGone, outputs }: Kinship): ProcStat[] {
  const all = allProcStats().filter(({ pid, state }) => pid !== process.pid && state !== "Z");
  // A session's number is not given away while it has members: a process that has it means that it is gone.
  const hasSession = !isLeaderGone || all.every(({ pid }) => pid !== leader);
  const related = new Set(
    all.filter(
      ({ pid, session }) =>
        (!isLeaderGone && pid === leader) || (hasSession && session === leader) || holds(pid, outputs),
    ),
  );
  for (let before = -1; before !== related.size;) {
    before = related.size;
    const pids = new Set([...related].map(({ pid }) => pid));
    for (const each of all) if (pids.has(each.parent)) related.add(each);
  }
  return [...related];
}

/** Whether its standard output or error is one of these. */
function holds(pid: number, outputs: ReadonlySet<string>): boolean {
  return outputs.size > 0 && [1, 2].some((fd) => outputs.has(linkOf(`/proc/${pid}/fd/${fd}`) ?? ""));
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
