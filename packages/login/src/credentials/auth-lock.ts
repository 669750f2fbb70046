import { randomUUID } from "node:crypto";
import { link, readFile, rename, rm, stat, unlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

import { messageOf, SwitchboardError } from "@switchboard/protocol";

/** Age in milliseconds at which a lock counts as left behind. A refresh cannot take this long. */
const staleMs = 90_000;

/** Longest wait for a lock in milliseconds: until one that was left behind is stale. */
const waitMs = 100_000;

const pollMs = 50;

/** Locks that this process holds. A lock of our process id that is not here was left by a namesake that died. */
const held = new Set<string>();

/**
 * Runs work while no other Switchboard, in this process or another, works on the same file. The lock is a
 * file beside it that only one can create; what a process left behind when it died is removed. The
 * reference's own locks are `flock`s, held only while it writes, which Node cannot take: against it only
 * reading again helps.
 *
 * @throws {@link SwitchboardError} `credentials_locked` when the lock cannot be had; else what the work throws.
 */
export async function withAuthLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lockPath = `${path}.switchboard-lock`;
  const text = JSON.stringify({ pid: process.pid, host: hostname(), id: randomUUID() });
  held.add(text);
  try {
    await take(lockPath, text);
    try {
      return await work();
    } finally {
      // Only ours: after a very long stop it may have been taken for stale.
      if ((await textOf(lockPath)) === text) await rm(lockPath, { force: true });
    }
  } finally {
    held.delete(text);
  }
}

async function take(lockPath: string, text: string): Promise<void> {
  for (let waited = 0; waited <= waitMs; waited += pollMs) {
    try {
      // Created empty and filled would be a lock of nobody for a moment; a link appears complete.
      const draft = `${lockPath}.${randomUUID()}`;
      await writeFile(draft, text, { mode: 0o600, flag: "wx" });
      try {
        await link(draft, lockPath);
      } finally {
        await unlink(draft);
      }
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST"))
        throw locked(messageOf(error), error);
    }
    await removeIfStale(lockPath);
    await sleep(pollMs);
  }
  throw locked("another process has held it for too long");
}

async function removeIfStale(lockPath: string): Promise<void> {
  const seen = await textOf(lockPath);
  if (seen === undefined || !(await isStale(lockPath, seen))) return;
  const aside = `${lockPath}.${randomUUID()}`;
  try {
    await rename(lockPath, aside);
  } catch {
    return;
  }
  // Somebody else may have removed it first and taken the lock; then what was moved is theirs and goes back.
  if ((await textOf(aside)) !== seen) await link(aside, lockPath).catch(() => undefined);
  await rm(aside, { force: true });
}

async function isStale(lockPath: string, text: string): Promise<boolean> {
  const owner = ownerOf(text);
  if (owner?.host === hostname() && (owner.pid === process.pid ? !held.has(text) : !isAlive(owner.pid))) return true;
  const found = await stat(lockPath).catch(() => undefined);
  return found !== undefined && Date.now() - found.mtimeMs > staleMs;
}

function ownerOf(text: string): { readonly pid: number; readonly host: string } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || !("pid" in value) || !("host" in value)) return undefined;
    const { pid, host } = value;
    return typeof pid === "number" && pid > 0 && typeof host === "string" ? { pid, host } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user is alive, too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}

function locked(why: string, cause?: unknown): SwitchboardError {
  return new SwitchboardError({
    code: "credentials_locked",
    message: `Failed to refresh token: the lock of auth.json cannot be taken: ${why}`,
    isRetryable: true,
    cause,
  });
}
