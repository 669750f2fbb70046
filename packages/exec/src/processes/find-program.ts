import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { join, resolve } from "node:path";

import { systemError } from "./spawn-failure.js";

/** Where the system looks when a child has no PATH. */
const defaultPath = "/bin:/usr/bin";

/**
 * Finds out what would go wrong when a program is started. A terminal's child finds it only after it has been
 * forked, when the failure would be output and an exit code instead of an error.
 *
 * @throws an error with the system's number, as a spawn on pipes has it.
 */
export async function findProgram(name: string, cwd: string, path: string | undefined): Promise<void> {
  const directory = await stat(cwd);
  if (!directory.isDirectory()) throw systemError("ENOTDIR");
  const candidates = name.includes("/")
    ? [resolve(cwd, name)]
    : (path ?? defaultPath).split(":").map((folder) => join(resolve(cwd, folder), name));
  let failure = systemError("ENOENT");
  for (const candidate of candidates) {
    const found = await stat(candidate).catch(() => undefined);
    if (found === undefined) continue;
    if (found.isFile() && (await isExecutable(candidate))) return;
    failure = systemError("EACCES");
  }
  throw failure;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
