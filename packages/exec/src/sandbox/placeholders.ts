import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

import { procStat, stillRuns } from "../processes/proc-stat.js";
import { errorCode } from "./error-code.js";
import type { Placeholders } from "./layout.js";
import { unavailable } from "./unavailable.js";

/** A lock this old belongs to a process that died with it: it is held for some system calls only. */
const staleLockMs = 5000;

let count = 0;

/**
 * Folders that exist so that nothing else can be made in their place: only what exists can be mounted read-only.
 * They are on the real disk while a command runs, and go with the last command that holds them, unless somebody has
 * put something in them.
 *
 * Who holds them is noted in a folder below the temporary one, for all our processes of this user: removing a folder
 * on this side would end the protection of another process's command too. Notes of dead processes do not count.
 * Commands must not be able to write there; {@link placeholderRegistry} has to be protected like the rest.
 */
export class HeldPlaceholders implements Placeholders {
  readonly #registry: string;
  readonly #held: Array<{ readonly path: string; readonly notes: string; readonly note: string }> = [];

  /** @throws `sandbox_unavailable` when the notes cannot be kept safely. */
  constructor() {
    this.#registry = placeholderRegistry();
    ensurePrivate(this.#registry);
  }

  hold(path: string): void {
    const notes = join(this.#registry, createHash("sha256").update(path).digest("hex").slice(0, 32));
    // In this order: a placeholder has notes as long as it exists.
    if (!existsSync(notes) && isThere(path) && !existsSync(notes) && isThere(path)) return;
    locked(`${notes}.lock`, () => {
      const isOurs = existsSync(notes);
      if (isThere(path) && !isOurs) return;
      mkdirSync(notes, { recursive: true });
      const note = `${process.pid}-${procStat(process.pid)?.startTime}-${count++}`;
      writeFileSync(join(notes, note), "", { flag: "wx" });
      this.#held.push({ path, notes, note });
      makeFolder(path);
    });
  }

  /** Lets go of all of them, the deepest first. Call it when nothing runs any more that was to be kept from them. */
  release(): void {
    for (let held = this.#held.pop(); held !== undefined; held = this.#held.pop()) {
      const { path, notes, note } = held;
      try {
        locked(`${notes}.lock`, () => {
          rmSync(join(notes, note), { force: true });
          const others = readdirSync(notes);
          if (others.some(isOfLiving)) return;
          removeIfEmpty(path);
          rmSync(notes, { recursive: true, force: true });
        });
      } catch {
        // It stays, empty and with its notes: whoever holds it next removes it.
      }
    }
  }
}

/** The folder in which it is noted who holds which placeholder. */
export function placeholderRegistry(): string {
  return join(tmpdir(), `switchboard-sandbox-${userInfo().uid}`);
}

function ensurePrivate(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw unavailable(`${folder} cannot be made`, error);
  }
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
    throw unavailable(`${folder} is not a private folder of this user; remove it`);
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw unavailable(`${path} has to be protected and cannot be`, error);
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Somebody uses it; then it is theirs.
  }
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isOfLiving(note: string): boolean {
  const [pid, startTime = ""] = note.split("-");
  return stillRuns({ pid: Number(pid), startTime });
}

function locked(lock: string, work: () => void): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; ; tries++) {
    try {
      mkdirSync(lock);
      break;
    } catch (error) {
      if (errorCode(error) !== "EEXIST" || tries > 1000) throw unavailable(`${lock} cannot be made`, error);
    }
    const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > staleLockMs) removeIfEmpty(lock);
    else Atomics.wait(sleeper, 0, 0, 2);
  }
  try {
    work();
  } finally {
    removeIfEmpty(lock);
  }
}
