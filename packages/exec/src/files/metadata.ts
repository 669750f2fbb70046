import { lstat, realpath, stat } from "node:fs/promises";

import { invalidRequest } from "@switchboard/protocol";

import { withoutFollowing } from "./no-follow.js";
import { pathUri } from "./path-uri.js";

/** The answer to `fs/getMetadata`: what a path leads to, and whether it is itself a symbolic link. Times in Unix milliseconds. */
export interface Metadata {
  readonly isDirectory: boolean;
  readonly isFile: boolean;
  readonly isSymlink: boolean;
  readonly size: number;
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
}

/** What a path leads to. @throws RpcError -32600 for a symbolic link when `followSymlinks` is false. */
export async function getMetadata(params: {
  readonly path: string;
  readonly followSymlinks: boolean | undefined;
}): Promise<Metadata> {
  const { path, followSymlinks = true } = params;
  const own = followSymlinks ? await lstat(path) : await withoutFollowing(path, (member) => lstat(member));
  const isSymlink = own.isSymbolicLink();
  if (isSymlink && !followSymlinks) throw invalidRequest("path contains a symbolic link");
  const target = isSymlink ? await stat(path) : own;
  return {
    isDirectory: target.isDirectory(),
    isFile: target.isFile(),
    isSymlink,
    size: target.size,
    createdAtMs: Math.trunc(target.birthtimeMs),
    modifiedAtMs: Math.trunc(target.mtimeMs),
  };
}

/** The path without links, as a URI. */
export async function canonicalize({ path }: { readonly path: string }): Promise<{ path: string }> {
  return { path: pathUri(await realpath(path)) };
}
