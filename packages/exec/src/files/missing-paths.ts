import { watch, type FSWatcher } from "node:fs";
import { lstat, stat } from "node:fs/promises";
import { basename, dirname } from "node:path";

import { isSystemError } from "../errors.js";

/** What `fs/watchMissing` takes. */
export interface WatchMissingParams {
  /** Must grow from one call to the next; a call with an older id changes nothing. */
  readonly watchId: number;
  readonly missing: readonly string[];
  /** A path that exists and belongs to the same question. */
  readonly present: string | undefined;
}

const maxPaths = 64;
const maxFolders = 1024;

/**
 * Tells a client once when paths that it found missing may exist by now, so that it need not look again and again.
 * Each connection has one set of paths; a new set replaces it.
 */
export class MissingPaths {
  readonly #onChanged: (watchId: number) => void;
  #latestId = 0;
  #watch: PathsWatch | undefined;
  #isClosed = false;

  /** `onChanged` is called at the first change; the client then looks for itself, and asks again if it likes. */
  constructor(onChanged: (watchId: number) => void) {
    this.#onChanged = onChanged;
  }

  /** Answers false when the paths are not watched: one of them is not as the client thinks, or cannot be watched. */
  async start({ watchId, missing, present }: WatchMissingParams): Promise<{ watching: boolean }> {
    if (watchId <= this.#latestId) return { watching: false };
    this.#latestId = watchId;
    this.#watch?.close();
    this.#watch = undefined;
    if (missing.length === 0 || missing.length > maxPaths) return { watching: false };
    const folders = await foldersOnTheWay(present === undefined ? missing : [...missing, present]);
    const started = new PathsWatch(() => this.#onChanged(watchId));
    // The order matters: what changes after the look is seen by the watch.
    const isWatching = started.open(folders) && (await areMissing(missing)) && (await exists(present));
    if (!isWatching || this.#isClosed || this.#latestId !== watchId) {
      started.close();
      return { watching: false };
    }
    this.#watch = started;
    return { watching: true };
  }

  /** Ends it for good. */
  close(): void {
    this.#isClosed = true;
    this.#watch?.close();
  }
}

/** Watches for the first change of some names in some folders. */
class PathsWatch {
  readonly #onChanged: () => void;
  readonly #watchers: FSWatcher[] = [];

  constructor(onChanged: () => void) {
    this.#onChanged = onChanged;
  }

  /** Returns whether all of the folders can be watched. */
  open(folders: ReadonlyMap<string, ReadonlySet<string>>): boolean {
    if (folders.size > maxFolders) return false;
    try {
      for (const [folder, names] of folders) {
        const watcher = watch(folder, { persistent: false }, (_event, name) => {
          if (name === null || names.has(name)) this.#changed();
        });
        this.#watchers.push(watcher.on("error", () => this.#changed()));
      }
      return true;
    } catch {
      // No permission, or too many watches on this machine.
      return false;
    }
  }

  close(): void {
    for (const watcher of this.#watchers.splice(0)) watcher.close();
  }

  #changed(): void {
    this.close();
    this.#onChanged();
  }
}

/** The folders above some paths, as far as there are folders, each with the names in it that matter. */
async function foldersOnTheWay(paths: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const folders = new Map<string, Set<string>>();
  for (const path of paths) {
    let name = basename(path);
    for (let folder = dirname(path); name !== ""; folder = dirname(folder)) {
      const names = folders.get(folder);
      names?.add(name);
      if (names === undefined) folders.set(folder, new Set([name]));
      name = basename(folder);
    }
  }
  for (const folder of folders.keys()) {
    if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) folders.delete(folder);
  }
  return folders;
}

/** Missing means that nothing is there, not that it cannot be told. */
async function areMissing(paths: readonly string[]): Promise<boolean> {
  const found = await Promise.all(
    paths.map((path) =>
      lstat(path).then(
        () => false,
        (error: unknown) => isSystemError(error) && error.code === "ENOENT",
      ),
    ),
  );
  return found.every((isMissing) => isMissing);
}

async function exists(path: string | undefined): Promise<boolean> {
  return path === undefined || (await lstat(path).catch(() => undefined)) !== undefined;
}
