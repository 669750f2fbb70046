import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readFile, readlink, realpath, rename, rm, rmdir, symlink, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

import type { FileNode, PatchFiles } from "./patch-files.js";

/** Files above this are refused: a patch holds what it changes in memory, twice. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** As many links as Linux follows in one path. */
const MAX_LINKS = 40;

const PERMISSION_BITS = 0o7777;

/** The files of this machine, with the rights of this process. */
export function localPatchFiles(): PatchFiles {
  return { read, realPath, write, remove: unlink, removeFolder };
}

async function read(path: string): Promise<FileNode | undefined> {
  const stats = await orMissing(lstat(path));
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink()) return { type: "link", target: await readlink(path) };
  // Also keeps us from opening a pipe or a device, which could block for ever.
  if (!stats.isFile()) throw new Error(`path \`${path}\` is not a file`);
  if (stats.size > MAX_FILE_BYTES) throw new Error(`the file is larger than ${MAX_FILE_BYTES} bytes`);
  return { type: "file", content: await readFile(path), mode: stats.mode & PERMISSION_BITS };
}

async function realPath(path: string): Promise<string> {
  return follow(path, 0);
}

async function follow(path: string, links: number): Promise<string> {
  const real = await orMissing(realpath(path));
  if (real !== undefined) return real;
  const parent = dirname(path);
  if (parent === path) return path;
  const stats = await orMissing(lstat(path));
  if (stats?.isSymbolicLink() !== true) return join(await follow(parent, links), basename(path));
  if (links >= MAX_LINKS) throw Object.assign(new Error("too many symbolic links"), { code: "ELOOP", errno: -40 });
  return follow(resolve(parent, await readlink(path)), links + 1);
}

async function write(path: string, node: FileNode): Promise<readonly string[]> {
  const folders = await makeFolders(dirname(path));
  const before = await orMissing(lstat(path));
  const temporary = join(dirname(path), `.${basename(path).slice(0, 64)}.${randomUUID()}.tmp`);
  try {
    if (node.type === "link") {
      await symlink(node.target, temporary);
    } else {
      const mode = node.mode ?? (before?.isFile() === true ? before.mode & PERMISSION_BITS : undefined);
      await writeNew(temporary, node.content, mode);
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    for (const folder of folders.toReversed()) await removeFolder(folder).catch(() => {});
    throw error;
  }
  return folders;
}

async function writeNew(path: string, content: Buffer, mode: number | undefined): Promise<void> {
  // Nobody may read in the temporary file what the file's own mode forbids.
  const file = await open(path, "wx", mode === undefined ? 0o666 : mode & 0o700);
  try {
    await file.writeFile(content);
    if (mode !== undefined) await file.chmod(mode);
  } finally {
    await file.close();
  }
}

async function makeFolders(path: string): Promise<readonly string[]> {
  const outermost = await mkdir(path, { recursive: true });
  if (outermost === undefined) return [];
  const made = [path];
  for (let folder = path; folder !== outermost && dirname(folder) !== folder;) {
    folder = dirname(folder);
    made.unshift(folder);
  }
  return made;
}

async function removeFolder(path: string): Promise<void> {
  await rmdir(path).catch((error: unknown) => {
    if (!hasCode(error, "ENOTEMPTY", "ENOENT", "EEXIST")) throw error;
  });
}

async function orMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch((error: unknown) => {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  });
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);
}
