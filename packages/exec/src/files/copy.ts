import type { Dirent, Stats } from "node:fs";
import { copyFile, lstat, mkdir, readdir, readlink, realpath, symlink } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";

import { invalidRequest } from "@switchboard/protocol";

/** What `fs/copy` takes. */
export interface CopyParams {
  readonly sourcePath: string;
  readonly destinationPath: string;
  readonly recursive: boolean;
}

/**
 * Copies a file with its mode, a symbolic link as a link, or a folder into a new or existing one. Inside a folder,
 * what is neither of the three is left out.
 *
 * @throws RpcError -32600 for a folder without `recursive` or into itself, and for other kinds of files.
 */
export async function copy({ sourcePath, destinationPath, recursive }: CopyParams): Promise<object> {
  const source = await lstat(sourcePath);
  if (source.isDirectory()) {
    if (!recursive) throw invalidRequest("fs/copy requires recursive: true when sourcePath is a directory");
    if (isWithin(await realpath(sourcePath), await realPathOfNew(destinationPath))) {
      throw invalidRequest("fs/copy cannot copy a directory to itself or one of its descendants");
    }
    await copyFolder(sourcePath, destinationPath);
  } else if (!(await copyOne(source, sourcePath, destinationPath))) {
    throw invalidRequest("fs/copy only supports regular files, directories, and symlinks");
  }
  return {};
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, destination] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, destination);
    else await copyOne(entry, source, destination);
  }
}

/** Returns whether it is something that can be copied. */
async function copyOne(kind: Dirent | Stats, from: string, to: string): Promise<boolean> {
  if (kind.isSymbolicLink()) await symlink(await readlink(from), to);
  else if (kind.isFile()) await copyFile(from, to);
  else return false;
  return true;
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`));
}

/** The real path of something that need not exist yet. */
async function realPathOfNew(path: string): Promise<string> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) return real;
  const parent = dirname(path);
  return parent === path ? path : join(await realPathOfNew(parent), basename(path));
}
