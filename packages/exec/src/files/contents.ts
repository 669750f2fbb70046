import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";

import { invalidRequest } from "@switchboard/protocol";

import { decodeBase64 } from "../decode/base64.js";
import { withoutFollowing } from "./no-follow.js";

/** What `fs/readFile` takes. Absent `followSymlinks` is true. */
export interface ReadFileParams {
  readonly path: string;
  readonly followSymlinks: boolean | undefined;
}

/** What `fs/writeFile` takes. */
export interface WriteFileParams extends ReadFileParams {
  readonly dataBase64: string;
}

/** Largest file that is read in one answer. The reference takes 512 MiB, whose base64 is too long a string here. */
const maxReadBytes = 128 * 1024 * 1024;

// Without it, opening a pipe that nobody holds would never come back.
const readFlags = constants.O_RDONLY | constants.O_NONBLOCK;
const replaceFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NONBLOCK;

/** A whole file. @throws RpcError -32600 when it is no regular file or too large. */
export async function readFile({ path, followSymlinks = true }: ReadFileParams): Promise<{ dataBase64: string }> {
  const file = followSymlinks
    ? await openToRead(path)
    : await withoutFollowing(path, (member) => openToRead(member, { flags: constants.O_NOFOLLOW, name: path }));
  try {
    const { size } = await file.stat();
    const bytes = size > maxReadBytes ? undefined : await file.readFile();
    if (bytes === undefined || bytes.length > maxReadBytes) {
      throw invalidRequest(
        `file is too large to read: limit is ${maxReadBytes} bytes; read it with fs/open and fs/readBlock`,
      );
    }
    return { dataBase64: bytes.toString("base64") };
  } finally {
    await file.close();
  }
}

/** Replaces or makes a file; its mode is the system's default. */
export async function writeFile({ path, followSymlinks = true, dataBase64 }: WriteFileParams): Promise<object> {
  const data = decodeBase64(dataBase64);
  if ("problem" in data) throw invalidRequest(`fs/writeFile requires valid base64 dataBase64: ${data.problem}`);
  const file = followSymlinks
    ? await openToReplace(path)
    : await withoutFollowing(path, (member) => openToReplace(member, constants.O_NOFOLLOW));
  try {
    await file.writeFile(data.bytes);
  } finally {
    await file.close();
  }
  return {};
}

/** Opens a regular file. @throws RpcError -32600 for anything else. */
export async function openToRead(path: string, { flags = 0, name = path } = {}): Promise<FileHandle> {
  const file = await open(path, readFlags | flags);
  try {
    if ((await file.stat()).isFile()) return file;
  } catch (error) {
    await file.close();
    throw error;
  }
  await file.close();
  throw invalidRequest(`path \`${name}\` is not a file`);
}

/** Opens an emptied or new file. */
export function openToReplace(path: string, flags = 0): Promise<FileHandle> {
  return open(path, replaceFlags | flags, 0o666);
}
