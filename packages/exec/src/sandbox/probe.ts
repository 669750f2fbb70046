import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";

import { messageOf } from "@switchboard/protocol";

import { bubblewrapArguments } from "./bubblewrap.js";
import { filterPath } from "./filter-file.js";
import { findBubblewrap } from "./find-bubblewrap.js";
import { sandboxExec } from "./seatbelt.js";
import type { Architecture } from "./syscalls.js";
import { unavailable } from "./unavailable.js";

/** Whether restricted sandboxes work here; if not, why, and what to do about it. */
export type SandboxProbe = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Bytes of an error message that are read. */
const maxErrorBytes = 4096;

/** A machine on which it takes longer than this has no working sandbox. */
const maxProbeMs = 10_000;

const succeeded = new Map<string, Promise<SandboxProbe>>();

/**
 * Finds out whether restricted sandboxes work on this machine, by running a program that does nothing in one. A
 * success is remembered; after a failure the next call tries again, because somebody may have followed the advice.
 *
 * @param path the PATH in which bubblewrap is looked for, after the system's own folders.
 */
export async function probeSandbox(path: string): Promise<SandboxProbe> {
  const known = succeeded.get(path);
  if (known !== undefined) return known;
  const probing = probe(path).catch((error: unknown): SandboxProbe => ({ ok: false, reason: messageOf(error) }));
  succeeded.set(path, probing);
  const result = await probing;
  if (!result.ok) succeeded.delete(path);
  return result;
}

/**
 * The processor of this machine, if there is a filter for it.
 *
 * @throws `sandbox_unavailable`
 */
export function architectureHere(): Architecture {
  if (process.arch === "x64" || process.arch === "arm64") return process.arch;
  throw unavailable(`there is no seccomp filter for ${process.arch} processors, only for x64 and arm64`);
}

async function probe(path: string): Promise<SandboxProbe> {
  if (process.platform === "darwin") {
    return existsSync(sandboxExec) ? { ok: true } : { ok: false, reason: `${sandboxExec} is missing` };
  }
  if (process.platform !== "linux") {
    return { ok: false, reason: `there is no sandbox for ${process.platform}, only for Linux and macOS` };
  }
  if (process.arch !== "x64" && process.arch !== "arm64") {
    return { ok: false, reason: `there is no seccomp filter for ${process.arch} processors, only for x64 and arm64` };
  }
  const program = findBubblewrap(path);
  if (program === undefined) {
    return {
      ok: false,
      reason: "bubblewrap (bwrap) is not installed; install it, for example with `apt install bubblewrap`",
    };
  }
  const said = await tryBubblewrap(program, process.arch);
  return said === undefined ? { ok: true } : { ok: false, reason: `${said}; ${remedy(said)}` };
}

/** Runs bubblewrap as for a command. Gives what it says when it fails. */
async function tryBubblewrap(program: string, architecture: Architecture): Promise<string | undefined> {
  const filter = openSync(filterPath(architecture, false), "r");
  try {
    const call = bubblewrapArguments({
      mounts: [{ path: "/dev/shm", access: "hiddenFolder" }],
      network: false,
      cwd: "/",
      keepTerminal: false,
      filterFd: 3,
      statusFd: 4,
    });
    return await new Promise((resolve, reject) => {
      const child = spawn(program, [...call, "/bin/sh", "-c", ":"], {
        cwd: "/",
        env: {},
        stdio: ["ignore", "ignore", "pipe", filter, "pipe"],
        detached: true,
        timeout: maxProbeMs,
        killSignal: "SIGKILL",
      });
      const status = child.stdio[4];
      if (status !== null && status !== undefined && "resume" in status) status.resume();
      let said = "";
      child.stderr?.on("data", (chunk: Buffer) => {
        if (said.length < maxErrorBytes) said += chunk.toString();
      });
      child.once("error", reject);
      // Not when its output closes: something of a failed sandbox could keep it open.
      child.once("exit", (code, signal) => {
        resolve(code === 0 ? undefined : said.trim() || `bwrap ended with ${signal ?? `exit code ${code}`}`);
      });
    });
  } finally {
    closeSync(filter);
  }
}

/** Switches of the kernel that forbid sandboxes to ordinary users: their files, the value that forbids, the remedy. */
const switches = [
  ["/proc/sys/kernel/unprivileged_userns_clone", "0", "`sysctl -w kernel.unprivileged_userns_clone=1`"],
  ["/proc/sys/user/max_user_namespaces", "0", "`sysctl -w user.max_user_namespaces=10000`"],
  [
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    "1",
    "`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, or give bwrap an AppArmor profile with `userns`",
  ],
] as const;

/** What to do about a failure of bubblewrap. */
export function remedy(said: string, read: (path: string) => string | undefined = readSwitch): string {
  if (/unknown option/i.test(said)) return "install bubblewrap 0.5 or later";
  for (const [path, forbidding, command] of switches) {
    if (read(path) === forbidding) return `user namespaces are disabled; as root run ${command}`;
  }
  if (/mount proc/i.test(said)) {
    return "this container hides parts of /proc; start it with `--security-opt systempaths=unconfined`";
  }
  return "this user may not create namespaces; in a container, start it with `--security-opt seccomp=unconfined`";
}

function readSwitch(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
