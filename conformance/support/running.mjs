import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Commands so far, so that each is told from all others on this machine. */
let count = 0;

/** A command that runs for hours and that no other process has. */
export function longCommand() {
  count += 1;
  return `sleep ${process.pid + 100_000}.${count}`;
}

/**
 * Waits until a command runs, or until no process of it is left.
 *
 * @param {string} command as {@link longCommand} made it
 * @param {boolean} expected
 * @param {number} [ms]
 */
export async function assertRunning(command, expected, ms = 3_000) {
  for (const end = Date.now() + ms; ; await sleep(50)) {
    const { stdout } = await run("ps", ["-A", "-o", "args="], { maxBuffer: 1 << 24 });
    const lines = stdout.split("\n").map((line) => line.trim());
    // What starts it has it among its arguments: shells and sandboxes, which must be gone with it.
    const found = expected ? lines.includes(command) : !lines.some((line) => line.includes(command));
    if (found) return;
    if (Date.now() > end) throw new Error(`${expected ? "no process" : "something is left"} of ${command}`);
  }
}
