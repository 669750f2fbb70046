import { accessSync, constants } from "node:fs";
import { userInfo } from "node:os";
import { basename } from "node:path";

/** Shells that take a command line with `-lc` as POSIX has it. */
const usable = new Set(["bash", "zsh", "sh", "dash", "ksh"]);

/** The shell of the user whom the server runs as; one that always is there if theirs is of another kind. */
export function defaultShell(): string {
  const candidates = [ownShell(), "/bin/bash", "/usr/bin/bash"];
  return candidates.find((path) => path !== null && usable.has(basename(path)) && isExecutable(path)) ?? "/bin/sh";
}

function ownShell(): string | null {
  try {
    return userInfo().shell;
  } catch {
    // A user without an entry in the system's list, as containers have them.
    return null;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
