import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

import { isBelow } from "./paths.js";
import type { RestrictedSandbox } from "./sandbox.js";

/** The only program that is taken for it: one found by PATH could be anything. */
export const sandboxExec = "/usr/bin/sandbox-exec";

/** What every command needs to run at all. The rules of a profile are read from top to bottom, and the last wins. */
const base = `(version 1)
(deny default)
(allow process-exec)
(allow process-fork)
(allow signal (target same-sandbox))
(allow process-info* (target same-sandbox))
(allow sysctl-read)
(allow user-preference-read)
(allow ipc-posix-sem)
(allow ipc-posix-shm)
(allow pseudo-tty)
(allow file-ioctl)
(allow mach-lookup
  (global-name "com.apple.system.opendirectoryd.libinfo")
  (global-name "com.apple.PowerManagement.control"))
(allow file-read*)
(allow file-write-data
  (literal "/dev/null")
  (literal "/dev/zero")
  (literal "/dev/tty")
  (literal "/dev/ptmx")
  (regex #"^/dev/ttys[0-9]+$"))`;

const network = `(allow network*)
(allow system-socket)
(allow mach-lookup
  (global-name "com.apple.SecurityServer")
  (global-name "com.apple.networkd")
  (global-name "com.apple.ocspd")
  (global-name "com.apple.trustd.agent")
  (global-name "com.apple.SystemConfiguration.DNSConfiguration")
  (global-name "com.apple.SystemConfiguration.configd"))`;

/**
 * The arguments for {@link sandboxExec} on macOS, up to the `--` after which the command comes. No path is in the
 * text of the profile: they are given as its parameters, so that nothing in a name can be read as a rule.
 *
 * The text has unit tests; it was not run on macOS yet.
 */
export function seatbeltArguments(sandbox: RestrictedSandbox): string[] {
  const definitions: string[] = [];
  const parameter = (path: string): string => {
    const name = `PATH_${definitions.length / 2}`;
    definitions.push("-D", `${name}=${path}`);
    return `(param "${name}")`;
  };
  const roots = sandbox.writableRoots.map(({ path }) => real(path));
  const rules = [
    ...roots.map((path) => ({ path, rule: () => `(allow file-write* (subpath ${parameter(path)}))` })),
    ...sandbox.writableRoots.flatMap((root) =>
      root.readOnly.flatMap((path) => [
        ...held(real(path), roots),
        { path: real(path), rule: () => `(deny file-write* (subpath ${parameter(real(path))}))` },
        // A link of this name stays too, not only what it leads to.
        { path: resolve(path), rule: () => `(deny file-write* (literal ${parameter(asNamed(path))}))` },
      ]),
    ),
    ...sandbox.unreadable.map((path) => ({
      path: real(path),
      rule: () => `(deny file-read* file-write* (subpath ${parameter(real(path))}))`,
    })),
  ];
  // Parents first, so that the rule of what is in them comes later; of the same path the prohibition comes last.
  const depth = (path: string): number => path.split("/").length;
  const lines = rules.sort((a, b) => depth(a.path) - depth(b.path)).map(({ rule }) => rule());
  const profile = [base, ...(sandbox.network ? [network] : []), ...lines].join("\n");
  return ["-p", profile, ...definitions, "--"];

  /** The folders on the way to a protected path must not be renamed. */
  function held(path: string, writable: readonly string[]): Array<{ path: string; rule: () => string }> {
    const found: Array<{ path: string; rule: () => string }> = [];
    for (let at = dirname(path); at !== "/" && !writable.includes(at); at = dirname(at)) {
      const folder = at;
      if (!writable.some((root) => isBelow(folder, root))) break;
      found.push({ path, rule: () => `(deny file-write-unlink (literal ${parameter(folder)}))` });
    }
    return found;
  }
}

/** A path without links, also if it does not exist yet: seatbelt compares with what the system resolved. */
function real(path: string): string {
  const full = resolve(path);
  try {
    return realpathSync(full);
  } catch {
    return full === "/" ? full : join(real(dirname(full)), basename(full));
  }
}

/** A path whose folder is resolved, but not itself. */
function asNamed(path: string): string {
  const full = resolve(path);
  return join(real(dirname(full)), basename(full));
}
