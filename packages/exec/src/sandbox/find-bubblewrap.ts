import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";

import { isBelow } from "./paths.js";

/** Where the system keeps its programs. They are looked at before what PATH says. */
const systemFolders = ["/usr/bin", "/bin", "/usr/local/bin"];

/**
 * Where bubblewrap is; undefined if nowhere. A program that a sandboxed command could have put there (relative
 * entries of PATH, and what lies in a folder that commands may write to) is never taken.
 */
export function findBubblewrap(path: string, writable: readonly string[] = []): string | undefined {
  for (const folder of [...systemFolders, ...path.split(":")]) {
    if (!isAbsolute(folder)) continue;
    const found = executable(join(folder, "bwrap"));
    if (found !== undefined && !writable.some((root) => isBelow(found, root))) return found;
  }
  return undefined;
}

function executable(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    if (!statSync(real).isFile()) return undefined;
    accessSync(real, constants.X_OK);
    return real;
  } catch {
    return undefined;
  }
}
