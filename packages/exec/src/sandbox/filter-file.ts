import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { seccompFilter } from "./seccomp.js";
import type { Architecture } from "./syscalls.js";

const open = new Map<string, number>();

/**
 * The path of a file with the filter's bytes, for bubblewrap to be given as a file descriptor. The file has no name
 * any more: it is one that this process holds open, so that nothing is left behind however the process ends. Every
 * opening of the path reads it from the start.
 *
 * @throws the system's error when no temporary file can be made.
 */
export function filterPath(architecture: Architecture, network: boolean): string {
  const key = `${architecture} ${network}`;
  const descriptor = open.get(key) ?? withoutName(seccompFilter(architecture, network));
  open.set(key, descriptor);
  return `/proc/${process.pid}/fd/${descriptor}`;
}

function withoutName(content: Buffer): number {
  const folder = mkdtempSync(join(tmpdir(), "switchboard-filter-"));
  try {
    const path = join(folder, "filter");
    const descriptor = openSync(path, "wx+", 0o600);
    try {
      writeSync(descriptor, content);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
    return descriptor;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
