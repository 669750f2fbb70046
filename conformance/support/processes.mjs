import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

/** Leaders of the process groups that were started here and not ended yet. @type {Set<number>} */
const running = new Set();

/**
 * Starts a program as the leader of a process group of its own, so that all it starts can be ended with it.
 *
 * @param {readonly string[]} command
 * @param {{ cwd: string, env: Record<string, string> }} options
 */
export function start([program = "", ...args], options) {
  const child = spawn(program, args, { ...options, detached: true, stdio: "pipe" });
  const { pid } = child;
  if (pid !== undefined) running.add(pid);
  // A client may end while it is written to.
  child.stdin.on("error", () => {});
  child.on("error", () => {});
  return child;
}

/**
 * Ends a process group: SIGTERM, and SIGKILL for what is left after the time.
 *
 * @param {number | undefined} leader process id
 * @param {number} [graceMs]
 */
export async function stop(leader, graceMs = 5_000) {
  if (leader === undefined) return;
  signal(leader, "SIGTERM");
  const end = Date.now() + graceMs;
  while (signal(leader, 0) && Date.now() < end) await sleep(20);
  signal(leader, "SIGKILL");
  running.delete(leader);
}

/** Ends whatever was not stopped, at once. */
export function killAll() {
  for (const leader of running) signal(leader, "SIGKILL");
  running.clear();
}

/**
 * @param {number} leader
 * @param {NodeJS.Signals | 0} name
 * @returns {boolean} whether anyone was there
 */
function signal(leader, name) {
  try {
    return process.kill(-leader, name);
  } catch {
    return false;
  }
}
