import type { Sandbox, WritableRoot } from "@switchboard/exec/sandbox";
import type { SandboxPolicy, ThreadSettings } from "@switchboard/protocol";
import { isAbsolute, join, relative } from "node:path";

import { noGrants, type Grants } from "./grants.js";

/** Folders at the top of a writable root that stay read-only: what they hold is run, or trusted, later on. As in the reference. */
const protectedNames: readonly string[] = [".git", ".agents", ".codex", ".aws"];

/** What decides what a command of a thread may touch. */
export interface SandboxContext {
  readonly settings: Pick<ThreadSettings, "sandboxPolicy" | "cwd" | "environments">;
  /** The `TMPDIR` that commands see, if any. */
  readonly temporaryFolder: string | undefined;
  /** Folders that no command may change, wherever they are: the server's own configuration. */
  readonly protectedFolders: readonly string[];
  /** What the user has granted beyond the policy. */
  readonly grants?: Grants;
}

/** What a command may do under the thread's policy and the user's grants. */
export function sandboxFor({
  settings,
  temporaryFolder,
  protectedFolders,
  grants = noGrants,
}: SandboxContext): Sandbox {
  const policy = settings.sandboxPolicy;
  if (policy.type === "dangerFullAccess" || policy.type === "externalSandbox") return { kind: "none" };
  const roots = [...rootsOf(policy, settings, temporaryFolder), ...grants.writable];
  return {
    kind: "restricted",
    network: policy.networkAccess === true || grants.network,
    unreadable: [],
    writableRoots: [...new Set(roots)].map((path) => protect(path, protectedFolders)),
  };
}

/** The folders that the thread works in. */
export function workspaceRoots({ cwd, environments }: Pick<ThreadSettings, "cwd" | "environments">): readonly string[] {
  const roots = environments?.flatMap(({ runtimeWorkspaceRoots }) => runtimeWorkspaceRoots ?? []) ?? [];
  return roots.length === 0 ? [cwd] : roots;
}

/** Whether the sandbox lets a file be written, going by its real path. */
export function isWritable(sandbox: Sandbox, path: string): boolean {
  if (sandbox.kind === "none") return true;
  return sandbox.writableRoots.some(
    (root) => isWithin(root.path, path) && !root.readOnly.some((folder) => isWithin(folder, path)),
  );
}

function rootsOf(
  policy: SandboxPolicy,
  settings: SandboxContext["settings"],
  temporaryFolder: string | undefined,
): readonly string[] {
  if (policy.type !== "workspaceWrite") return [];
  return [
    settings.cwd,
    ...workspaceRoots(settings),
    ...(policy.writableRoots ?? []),
    ...(policy.excludeSlashTmp === true ? [] : ["/tmp"]),
    ...(policy.excludeTmpdirEnvVar === true || temporaryFolder === undefined ? [] : [temporaryFolder]),
  ];
}

function protect(path: string, protectedFolders: readonly string[]): WritableRoot {
  return {
    path,
    readOnly: [
      ...protectedNames.map((name) => join(path, name)),
      ...protectedFolders.filter((folder) => isWithin(path, folder)),
    ],
  };
}

/** Whether the path is the folder, or in it. */
export function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return inside === "" || (inside !== ".." && !inside.startsWith("../") && !isAbsolute(inside));
}
