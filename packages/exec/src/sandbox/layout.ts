import { lstatSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { isBelow } from "./paths.js";
import type { RestrictedSandbox } from "./sandbox.js";
import { unavailable } from "./unavailable.js";

/** How one path is seen in the sandbox. */
export type Access = "writable" | "readOnly" | "hiddenFolder" | "hiddenFile";

/** One path and how it is seen, with all below it. */
export interface Mount {
  readonly path: string;
  readonly access: Access;
}

/** Makes folders that have to be there to be protected; see `placeholders.ts`. */
export interface Placeholders {
  /** Keeps a folder in place if it is a placeholder, or makes it one if nothing is there. */
  hold(path: string): void;
}

/** Symbolic links in one path before it counts as a loop, as in the kernel. */
const maxLinks = 40;

/** A folder with more entries than this becomes read-only with all of them when it has to be frozen. */
const maxFrozenEntries = 1000;

/**
 * What a sandbox means on this machine's files now: what to mount on what, parents before what is in them. Nothing
 * else is writable. Paths are resolved; what does not exist is skipped, unless it must not come into being.
 *
 * A folder on the way to a protected path could be renamed, and another put in its place. So each of them is mounted
 * on itself, because a mount point cannot be renamed. The same is not possible for a symbolic link: the folder that
 * holds it is made read-only instead, and what is in it writable again, entry by entry. New entries cannot be made
 * there then.
 *
 * @throws `sandbox_unavailable` when a protected path cannot be looked at.
 */
export function layOut(sandbox: RestrictedSandbox, protect: readonly string[], placeholders: Placeholders): Mount[] {
  const roots = realRoots(sandbox);
  const plan = new Plan(placeholders);
  for (const root of roots) plan.add(root, "writable");
  for (const path of sandbox.unreadable) plan.hide(path);
  const readOnly = [...sandbox.writableRoots.flatMap((root) => root.readOnly), ...protect];
  // Parents first: nothing has to be done in what is protected already.
  for (const path of readOnly.sort()) plan.protect(path);
  for (const root of roots) plan.pinWayTo(root);
  return plan.mounts();
}

/** The roots that exist, resolved. */
export function realRoots({ writableRoots }: RestrictedSandbox): string[] {
  const found = writableRoots.flatMap(({ path }) => {
    const given = resolve(path);
    const real = realPath(given);
    return real === undefined || !lstatSync(real).isDirectory() ? [] : [{ given, real }];
  });
  // A link inside another root may have been made by a command, to have its target opened for the next one.
  const honest = found.filter(({ given, real }) =>
    found.every((other) =>
      [other.given, other.real].every(
        (parent) =>
          given === parent || !isBelow(given, parent) || real === join(other.real, given.slice(parent.length)),
      ),
    ),
  );
  return [...new Set(honest.map(({ real }) => real))];
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** When two say something of the same path, the stricter wins. */
const strictness: readonly Access[] = ["writable", "readOnly", "hiddenFile", "hiddenFolder"];

class Plan {
  readonly #placeholders: Placeholders;
  /** What was said of a path. It holds for everything below it of which nothing was said. */
  readonly #said = new Map<string, Access>();
  /** What is mounted on itself, to stay where it is. */
  readonly #pinned = new Set<string>();
  /** Folders in which nothing can be made, removed or renamed; what is in them is pinned. */
  readonly #frozen = new Set<string>();

  constructor(placeholders: Placeholders) {
    this.#placeholders = placeholders;
  }

  add(path: string, access: Access): void {
    const known = this.#said.get(path);
    if (known === undefined || strictness.indexOf(access) > strictness.indexOf(known)) this.#said.set(path, access);
  }

  /** Keeps what a path names as it is, and also everything that decides what it names. */
  protect(path: string): void {
    this.#follow(path, (last) => {
      if (this.#isWritable(dirname(last)) || this.#said.has(last)) this.add(last, "readOnly");
    });
  }

  /** Keeps a root that lies in another where it is. */
  pinWayTo(root: string): void {
    this.#follow(root, () => {});
  }

  hide(path: string): void {
    const real = realPath(resolve(path));
    if (real !== undefined) this.add(real, lstatSync(real).isDirectory() ? "hiddenFolder" : "hiddenFile");
  }

  mounts(): Mount[] {
    const depth = (path: string): number => (path === "/" ? 0 : path.split("/").length);
    const paths = [...new Set([...this.#said.keys(), ...this.#pinned, ...this.#frozen])];
    return paths
      .sort((a, b) => depth(a) - depth(b))
      .flatMap((path) => {
        const access = this.#accessOf(path);
        return access === undefined ? [] : [{ path, access }];
      });
  }

  /** How to mount a path; undefined if it needs no mount of its own. */
  #accessOf(path: string): Access | undefined {
    const said = this.#said.get(path);
    const around = path === "/" ? undefined : this.#around(dirname(path));
    // A mount in a hidden folder would make it visible.
    if (around === "hiddenFolder" && said !== "writable") return undefined;
    if (said === undefined && around !== "writable") return undefined;
    if (said !== undefined && said !== "writable") return said;
    return this.#frozen.has(path) ? "readOnly" : "writable";
  }

  /** What was said last on the way to a path, it included. */
  #around(path: string): Access | undefined {
    for (let at = path; ; at = dirname(at)) {
      const said = this.#said.get(at);
      if (said !== undefined || at === "/") return said;
    }
  }

  #isWritable(folder: string): boolean {
    return this.#around(folder) === "writable";
  }

  /** Walks a path as the kernel would, and holds every step of it in place where a command could change it. */
  #follow(path: string, arrived: (last: string) => void): void {
    let steps = resolve(path).split("/").filter(Boolean);
    let at = "/";
    let links = 0;
    for (let step = steps.shift(); step !== undefined; step = steps.shift()) {
      if (step === "..") {
        at = dirname(at);
        continue;
      }
      const next = join(at, step);
      const kind = kindOf(next);
      const canChange = this.#isWritable(at);
      if (kind === "link") {
        if (++links > maxLinks) throw unavailable(`${path} is a loop of symbolic links`);
        if (canChange) this.#freeze(at);
        const target = readlinkSync(next);
        steps = [...target.split("/").filter((part) => part !== "" && part !== "."), ...steps];
        if (target.startsWith("/")) at = "/";
        continue;
      }
      if (kind === "nothing" && !canChange) return;
      if (canChange && kind !== "file") this.#placeholders.hold(next);
      if (steps.length === 0) return arrived(next);
      if (kind === "file") {
        // It could make room for a folder.
        if (canChange) this.add(next, "readOnly");
        return;
      }
      if (canChange) this.#pinned.add(next);
      at = next;
    }
  }

  #freeze(folder: string): void {
    this.#frozen.add(folder);
    const entries = readdirSync(folder, { withFileTypes: true });
    if (entries.length > maxFrozenEntries) return;
    for (const entry of entries) {
      if (entry.isDirectory() || entry.isFile()) this.#pinned.add(join(folder, entry.name));
    }
  }
}

function kindOf(path: string): "nothing" | "link" | "folder" | "file" {
  try {
    const found = lstatSync(path);
    if (found.isSymbolicLink()) return "link";
    return found.isDirectory() ? "folder" : "file";
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "nothing";
    throw unavailable(`${path} has to be protected and cannot be looked at`, error);
  }
}
