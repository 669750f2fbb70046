import { constants } from "node:fs";
import { mkdir, open, readlink, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { SwitchboardError } from "@switchboard/protocol";

import type { PatchFiles } from "../patch/patch-files.js";

/**
 * Files of which only those may change that `mayChange` says, by their real paths; it is asked about folders that have
 * to be made as well. A command that still runs could put a link in the place of a folder after the patch was checked;
 * therefore each folder is opened first, what was opened is checked, and the file is written through the open folder.
 * Needs `/proc`; where there is none, the path is checked again right before.
 */
export function guardedFiles(files: PatchFiles, mayChange: (path: string) => boolean): PatchFiles {
  const check = (path: string): void => {
    if (!mayChange(path)) {
      throw new SwitchboardError({ code: "outside_sandbox", message: `${path} is outside of what may be written to` });
    }
  };
  /** Does something in the folder of a path, under a name of the folder that cannot be led elsewhere. */
  async function within<T>(path: string, made: string[], act: (safePath: string) => Promise<T>): Promise<T> {
    if (process.platform !== "linux") {
      check(join(await files.realPath(dirname(path)), basename(path)));
      return act(path);
    }
    const folder = await openFolder(dirname(path), made, check);
    try {
      const place = `/proc/self/fd/${folder.fd}`;
      check(join(await readlink(place), basename(path)));
      return await act(`${place}/${basename(path)}`);
    } finally {
      await folder.close();
    }
  }
  const removeFolder = (path: string): Promise<void> => within(path, [], (safePath) => files.removeFolder(safePath));
  return {
    read: (path) => files.read(path),
    realPath: (path) => files.realPath(path),
    write: async (path, node) => {
      const made: string[] = [];
      try {
        await within(path, made, (safePath) => files.write(safePath, node));
      } catch (error) {
        for (const folder of made.toReversed()) await removeFolder(folder).catch(() => {});
        throw error;
      }
      return made;
    },
    remove: (path) => within(path, [], (safePath) => files.remove(safePath)),
    removeFolder,
  };
}

/** Opens a folder, making those that are missing, and notes which it made. */
async function openFolder(path: string, made: string[], check: (path: string) => void): Promise<FileHandle> {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY;
  try {
    return await open(path, flags);
  } catch (error) {
    if (!isMissing(error) || dirname(path) === path) throw error;
  }
  const parent = await openFolder(dirname(path), made, check);
  try {
    const place = `/proc/self/fd/${parent.fd}`;
    check(join(await readlink(place), basename(path)));
    await mkdir(`${place}/${basename(path)}`);
    made.push(path);
    return await open(`${place}/${basename(path)}`, flags | constants.O_NOFOLLOW);
  } finally {
    await parent.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
