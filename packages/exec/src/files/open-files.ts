import type { FileHandle } from "node:fs/promises";

import { invalidRequest, RpcError } from "@switchboard/protocol";

import { execCodes } from "../errors.js";
import { openToRead, openToReplace } from "./contents.js";

/** What `fs/open` takes. The client chooses the handle's id. */
export interface OpenParams {
  readonly handleId: string;
  readonly path: string;
  readonly mode: "read" | "replace";
}

/** Where in an open file. */
interface Position {
  readonly handleId: string;
  readonly offset: number;
}

const maxHandles = 128;
const maxIdBytes = 32;
const maxBlockBytes = 1024 * 1024;

/** The files that one connection has open, for reading and writing in blocks. */
export class OpenFiles {
  /** Also those that are being opened, so that an id and a place are taken at once. */
  readonly #files = new Map<string, Promise<FileHandle>>();

  /** @throws RpcError -32600 for an id in use, over 32 bytes, or the 129th open file. */
  async open({ handleId, path, mode }: OpenParams): Promise<{ handleId: string }> {
    if (Buffer.byteLength(handleId) > maxIdBytes)
      throw invalidRequest(`file handle ID must not exceed ${maxIdBytes} bytes`);
    if (this.#files.has(handleId)) throw invalidRequest(`file handle \`${handleId}\` already exists`);
    if (this.#files.size >= maxHandles)
      throw invalidRequest(`at most ${maxHandles} file handles may be open per connection`);
    const opening = mode === "read" ? openToRead(path) : openToReplace(path);
    this.#files.set(handleId, opening);
    try {
      await opening;
    } catch (error) {
      this.#files.delete(handleId);
      throw error;
    }
    return { handleId };
  }

  /** At most `len` bytes from `offset`; fewer mean the end of the file. */
  readBlock({ handleId, offset, len }: Position & { readonly len: number }): Promise<{ chunk: string; eof: boolean }> {
    if (len < 1 || len > maxBlockBytes) throw invalidRequest(badLength("read"));
    return this.#with(handleId, async (file) => {
      const block = Buffer.allocUnsafe(len);
      const { bytesRead } = await file.read(block, 0, len, offset);
      return { chunk: block.toString("base64", 0, bytesRead), eof: bytesRead < len };
    });
  }

  /** Writes at `offset`, which may be anywhere. */
  writeBlock({ handleId, offset, chunk }: Position & { readonly chunk: Buffer }): Promise<object> {
    if (chunk.length < 1 || chunk.length > maxBlockBytes) throw invalidRequest(badLength("write"));
    return this.#with(handleId, async (file) => {
      for (let written = 0; written < chunk.length;) {
        const { bytesWritten } = await file.write(chunk, written, chunk.length - written, offset + written);
        written += bytesWritten;
      }
      return {};
    });
  }

  /** Closes a file; an unknown id is closed already. */
  async close({ handleId }: { readonly handleId: string }): Promise<object> {
    const file = this.#files.get(handleId);
    this.#files.delete(handleId);
    await (await file)?.close();
    return {};
  }

  /** Closes all of them, each after what is under way. */
  async closeAll(): Promise<void> {
    await Promise.allSettled([...this.#files.keys()].map((handleId) => this.close({ handleId })));
  }

  /** A file that failed once is closed, as in the reference. */
  async #with<T>(handleId: string, action: (file: FileHandle) => Promise<T>): Promise<T> {
    const file = this.#files.get(handleId);
    if (file === undefined) throw new RpcError(execCodes.notFound, `unknown file handle \`${handleId}\``);
    try {
      return await action(await file);
    } catch (error) {
      await this.close({ handleId });
      throw error;
    }
  }
}

function badLength(what: "read" | "write"): string {
  return `file ${what} block length must be between 1 and ${maxBlockBytes}`;
}
