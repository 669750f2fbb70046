import type { Mount } from "./layout.js";
import { isBelow } from "./paths.js";

/** What a call of bubblewrap is made from. */
export interface BubblewrapRequest {
  /** Parents before what is in them. */
  readonly mounts: readonly Mount[];
  readonly network: boolean;
  readonly cwd: string;
  /** Leave the terminal and its process group to the caller. */
  readonly keepTerminal: boolean;
  /** Where bubblewrap reads the seccomp filter, and where it says what it started: its file descriptors. */
  readonly filterFd: number;
  readonly statusFd: number;
}

/**
 * The arguments for bubblewrap, up to the `--` after which the command comes. The command sees the machine's files
 * read-only, a `/dev` with the harmless devices, its own `/proc`, its own processes, and no capabilities. It ends
 * with all of its children when bubblewrap ends, and bubblewrap with the server.
 */
export function bubblewrapArguments(request: BubblewrapRequest): string[] {
  const { mounts, network, cwd, keepTerminal, filterFd, statusFd } = request;
  const root = mounts.find(({ path }) => path === "/");
  const rest = mounts.filter((mount) => mount !== root);
  const separate = ["--unshare-user", "--unshare-pid", "--unshare-ipc", ...(network ? [] : ["--unshare-net"])];
  const process = ["--die-with-parent", ...(keepTerminal ? [] : ["--new-session"]), "--cap-drop", "ALL"];
  const base = [root?.access === "writable" ? "--bind" : "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"];
  // Its files belong to root, and root is root in here too if it was before.
  const settings = ["--ro-bind", "/proc/sys", "/proc/sys"];
  const binds = rest.flatMap((mount) => mountArguments(mount, rest));
  // After all others: the places for mounts in them had to be made before.
  const seals = rest.flatMap(({ path, access }) => (access === "hiddenFolder" ? ["--remount-ro", path] : []));
  const start = ["--chdir", cwd, "--seccomp", `${filterFd}`, "--json-status-fd", `${statusFd}`, "--"];
  return [...separate, ...process, ...base, ...settings, ...binds, ...seals, ...start];
}

function mountArguments({ path, access }: Mount, all: readonly Mount[]): string[] {
  switch (access) {
    case "writable":
      return ["--bind", path, path];
    case "readOnly":
      return ["--ro-bind", path, path];
    case "hiddenFile":
      // Devices cannot be opened on a mount like this.
      return ["--ro-bind", "/dev/null", path];
    case "hiddenFolder": {
      // What is mounted in it has to be reached through it.
      const isPassed = all.some((other) => other.path !== path && isBelow(other.path, path));
      return ["--perms", isPassed ? "0111" : "0000", "--tmpfs", path];
    }
  }
}
