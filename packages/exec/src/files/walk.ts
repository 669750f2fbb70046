import type { Dirent } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";

import { invalidRequest } from "@switchboard/protocol";

import { systemReason } from "../errors.js";
import { pathUri } from "./path-uri.js";

/** How far a walk goes. */
export interface WalkOptions {
  /** Folders below the first one to descend into; 0 lists the first one only. */
  readonly maxDepth: number;
  readonly maxDirectories: number;
  readonly maxEntries: number;
  readonly followDirectorySymlinks: boolean;
  /** List folders whose name begins with a dot, but do not descend into them. */
  readonly pruneHiddenDirectories: boolean;
}

/** What `fs/walk` answers: breadth first, each folder by name. */
export interface WalkResult {
  readonly entries: ReadonlyArray<{ readonly path: string; readonly kind: "file" | "directory" }>;
  /** Folders that could not be read. */
  readonly errors: ReadonlyArray<{ readonly path: string; readonly message: string }>;
  /** A limit was met before the end. */
  readonly truncated: boolean;
}

const limits = { depth: 64, directories: 10_000, entries: 50_000 };

/**
 * Lists what is below a folder. Anything else than a folder gives an empty list.
 *
 * @throws RpcError -32600 for limits that are none; the signal's reason when it aborts.
 */
export async function walk(
  { path, options }: { readonly path: string; readonly options: WalkOptions },
  signal: AbortSignal,
): Promise<WalkResult> {
  checkLimits(options);
  const root = options.followDirectorySymlinks ? await stat(path) : await lstat(path);
  const walker = new Walker(options);
  if (root.isDirectory()) await walker.run(path, signal);
  return walker.result;
}

function checkLimits({ maxDepth, maxDirectories, maxEntries }: WalkOptions): void {
  if (maxDirectories === 0 || maxEntries === 0)
    throw invalidRequest("filesystem walk limits must be greater than zero");
  if (maxDepth > limits.depth || maxDirectories > limits.directories || maxEntries > limits.entries) {
    const { depth, directories, entries } = limits;
    throw invalidRequest(
      `filesystem walk limits exceed maximums: depth=${depth}, directories=${directories}, entries=${entries}`,
    );
  }
}

class Walker {
  readonly result = {
    entries: new Array<{ path: string; kind: "file" | "directory" }>(),
    errors: new Array<{ path: string; message: string }>(),
    truncated: false,
  };
  readonly #options: WalkOptions;
  readonly #folders: Array<{ readonly path: string; readonly depth: number }> = [];
  /** Real paths, so that links cannot lead in circles. */
  readonly #visited = new Set<string>();
  #seen = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
  }

  async run(root: string, signal: AbortSignal): Promise<void> {
    await this.#plan(root, 0);
    let read = 0;
    for (let folder = this.#folders[read]; folder !== undefined; folder = this.#folders[read]) {
      signal.throwIfAborted();
      if (read === this.#options.maxDirectories) this.result.truncated = true;
      if (this.result.truncated) return;
      read += 1;
      await this.#list(folder.path, folder.depth);
    }
  }

  async #list(folder: string, depth: number): Promise<void> {
    let members: Dirent[];
    try {
      members = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      this.result.errors.push({ path: pathUri(folder), message: systemReason(error) });
      return;
    }
    for (const member of members.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      if (this.#seen === this.#options.maxEntries) {
        this.result.truncated = true;
        return;
      }
      this.#seen += 1;
      const path = join(folder, member.name);
      const kind = await this.#kindOf(path, member);
      if (kind === undefined) continue;
      this.result.entries.push({ path: pathUri(path), kind });
      if (kind === "directory" && depth < this.#options.maxDepth) await this.#plan(path, depth + 1);
    }
  }

  /** Only files and folders are listed, and links to folders where they are followed. */
  async #kindOf(path: string, member: Dirent): Promise<"file" | "directory" | undefined> {
    if (member.isFile()) return "file";
    if (member.isDirectory()) return "directory";
    if (!member.isSymbolicLink() || !this.#options.followDirectorySymlinks) return undefined;
    const target = await stat(path).catch(() => undefined);
    return target?.isDirectory() === true ? "directory" : undefined;
  }

  async #plan(path: string, depth: number): Promise<void> {
    if (depth > 0 && this.#options.pruneHiddenDirectories && basename(path).startsWith(".")) return;
    if (this.#options.followDirectorySymlinks) {
      const real = await realpath(path).catch(() => path);
      if (this.#visited.has(real)) return;
      this.#visited.add(real);
    }
    this.#folders.push({ path, depth });
  }
}
