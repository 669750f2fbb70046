import { readdirSync, readFileSync } from "node:fs";

/** What Linux says of one process in `/proc/PID/stat`; see proc_pid_stat(5). */
export interface ProcStat {
  readonly pid: number;
  /** `Z` for one that is over and waits to be reaped. */
  readonly state: string;
  readonly parent: number;
  readonly session: number;
  /** The group that gets what is typed in its terminal; -1 without a terminal. */
  readonly foregroundGroup: number;
  /** With the number it names a process for good: numbers are used again. */
  readonly startTime: string;
}

/** Reads about one process; undefined if there is none, and on other systems. */
export function procStat(pid: number): ProcStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The name may hold anything, also parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state = "", parent, , session, , foregroundGroup] = fields;
  return {
    pid,
    state,
    parent: Number(parent),
    session: Number(session),
    foregroundGroup: Number(foregroundGroup),
    startTime: fields[19] ?? "",
  };
}

/** All processes that can be seen. */
export function allProcStats(): ProcStat[] {
  let names: string[];
  try {
    names = readdirSync("/proc");
  } catch {
    return [];
  }
  return names.flatMap((name) => (/^\d+$/.test(name) ? (procStat(Number(name)) ?? []) : []));
}

/** Whether the process still runs that this was read of. One that waits to be reaped does not. */
export function stillRuns({ pid, startTime }: Pick<ProcStat, "pid" | "startTime">): boolean {
  const now = procStat(pid);
  return now !== undefined && now.startTime === startTime && now.state !== "Z" && now.state !== "X";
}
