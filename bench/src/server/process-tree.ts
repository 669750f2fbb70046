import { readdirSync, readFileSync } from "node:fs";

/** `/proc` counts in ticks; Linux shows 100 a second to programs on every architecture it runs Node on. */
const TICKS_PER_SECOND = 100;

/** What `/proc/PID/stat` says of one process. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** User and system time, with that of children that have ended and were waited for. */
  readonly cpuMs: number;
}

/** Parses one line of `/proc/PID/stat`. */
export function parseStat(line: string): ProcessStat | undefined {
  // The name in parentheses may itself hold spaces and parentheses.
  const nameEnd = line.lastIndexOf(")");
  const pid = Number.parseInt(line, 10);
  const fields = line
    .slice(nameEnd + 2)
    .split(" ")
    .map(Number);
  const [, parent, , session] = fields;
  if (nameEnd < 0 || parent === undefined || session === undefined) return undefined;
  const ticks = fields.slice(11, 15).reduce((sum, each) => sum + each, 0);
  return { pid, parent, session, cpuMs: (ticks * 1000) / TICKS_PER_SECOND };
}

/**
 * The process and everything it started, by parent or by session (a child whose parent has ended keeps
 * the session). Empty where there is no `/proc`.
 */
export function processTree(root: number): ProcessStat[] {
  const all = allProcesses();
  const members = new Set([root]);
  // Parents usually have smaller numbers than their children, but numbers wrap: repeat until stable.
  for (let size = 0; size !== members.size;) {
    size = members.size;
    for (const each of all) {
      if (each.session === root || members.has(each.parent)) members.add(each.pid);
    }
  }
  return all.filter((each) => members.has(each.pid));
}

/** CPU time so far of a process tree; undefined where it cannot be known. */
export function cpuMsOf(root: number): number | undefined {
  const tree = processTree(root);
  return tree.length === 0 ? undefined : tree.reduce((sum, each) => sum + each.cpuMs, 0);
}

/** Resident memory of a process tree; undefined where it cannot be known. */
export function residentKibOf(root: number): number | undefined {
  const tree = processTree(root);
  return tree.length === 0 ? undefined : tree.reduce((sum, each) => sum + residentKib(each.pid), 0);
}

function residentKib(pid: number): number {
  // smaps_rollup is exact; status is cheaper but lags behind by up to a batch of pages per thread.
  for (const [file, pattern] of [
    ["smaps_rollup", /^Rss:\s+(\d+) kB/m],
    ["status", /^VmRSS:\s+(\d+) kB/m],
  ] as const) {
    const found = pattern.exec(readProc(`/proc/${pid}/${file}`) ?? "");
    if (found?.[1] !== undefined) return Number(found[1]);
  }
  return 0;
}

function allProcesses(): ProcessStat[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc").flatMap((name) => {
    const line = /^\d+$/.test(name) ? readProc(`/proc/${name}/stat`) : undefined;
    return (line === undefined ? undefined : parseStat(line)) ?? [];
  });
}

/** A process may end between the listing and the reading. */
function readProc(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
