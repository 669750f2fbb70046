import { lstat, mkdir, open, readdir, rm, rmdir, stat, unlink } from "node:fs/promises";
import { constants, type Dirent } from "node:fs";
import { join } from "node:path";

import { RpcError, rpcCodes } from "@switchboard/protocol";

import { isSystemError } from "../errors.js";
import { withoutFollowing } from "./no-follow.js";

/** What `fs/createDirectory` takes. Absent `recursive` and `followSymlinks` are true. */
export interface CreateDirectoryParams {
  readonly path: string;
  readonly recursive: boolean | undefined;
  readonly followSymlinks: boolean | undefined;
}

/** What `fs/remove` takes. Absent members are true. */
export interface RemoveParams extends CreateDirectoryParams {
  readonly force: boolean | undefined;
}

/** One member of a folder; a symbolic link counts as what it leads to. */
export interface DirectoryEntry {
  readonly fileName: string;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}

/** Makes a folder, and those above it if `recursive`. */
export async function createDirectory(params: CreateDirectoryParams): Promise<object> {
  const { path, recursive = true, followSymlinks = true } = params;
  if (followSymlinks) await mkdir(path, { recursive });
  else if (recursive) await withoutFollowing(path, (member) => makeOrCheck(member), makeUnlessThere);
  else await withoutFollowing(path, (member) => mkdir(member));
  return {};
}

async function makeUnlessThere(folder: string): Promise<void> {
  await mkdir(folder).catch((error: unknown) => {
    if (!isSystemError(error) || error.code !== "EEXIST") throw error;
  });
}

async function makeOrCheck(folder: string): Promise<void> {
  await makeUnlessThere(folder);
  const opened = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  await opened.close();
}

/** The members of a folder, in no order. Links that lead nowhere are left out. */
export async function readDirectory({ path }: { path: string }): Promise<{ entries: readonly DirectoryEntry[] }> {
  const found = await readdir(path, { withFileTypes: true });
  const entries = await Promise.all(found.map((entry) => describe(path, entry)));
  return { entries: entries.filter((entry) => entry !== undefined) };
}

async function describe(folder: string, entry: Dirent): Promise<DirectoryEntry | undefined> {
  const target = entry.isSymbolicLink() ? await stat(join(folder, entry.name)).catch(() => undefined) : entry;
  if (target === undefined) return undefined;
  return { fileName: entry.name, isDirectory: target.isDirectory(), isFile: target.isFile() };
}

/** Removes a file, a link (never what it leads to) or a folder. With `force`, nothing to remove is success. */
export async function remove(params: RemoveParams): Promise<object> {
  const { path, recursive = true, force = true, followSymlinks = true } = params;
  if (!followSymlinks && recursive) {
    throw new RpcError(rpcCodes.internal, "recursive no-follow removal is unsupported");
  }
  try {
    if (recursive) await rm(path, { recursive });
    else if (followSymlinks) await removeOne(path);
    else await withoutFollowing(path, removeOne);
  } catch (error) {
    if (!force || !isSystemError(error) || error.code !== "ENOENT") throw error;
  }
  return {};
}

async function removeOne(path: string): Promise<void> {
  if ((await lstat(path)).isDirectory()) await rmdir(path);
  else await unlink(path);
}
