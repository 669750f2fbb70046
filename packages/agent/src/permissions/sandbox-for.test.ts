import type { SandboxPolicy } from "@switchboard/protocol";
import { describe, expect, it } from "vitest";

import { isWithin, isWritable, sandboxFor } from "./sandbox-for.js";

const settings = (sandboxPolicy: SandboxPolicy, cwd = "/project") => ({ sandboxPolicy, cwd, environments: null });
const workspace: SandboxPolicy = { type: "workspaceWrite", excludeSlashTmp: true, excludeTmpdirEnvVar: true };
const from = (policy: SandboxPolicy, more = {}) =>
  sandboxFor({ settings: settings(policy), temporaryFolder: "/scratch", protectedFolders: ["/home/.codex"], ...more });

describe("the sandbox of a policy", () => {
  it.each<[string, SandboxPolicy]>([
    ["full access", { type: "dangerFullAccess" }],
    ["somebody else's sandbox", { type: "externalSandbox" }],
  ])("is none for %s", (_, policy) => {
    expect(from(policy)).toEqual({ kind: "none" });
  });

  it("lets nothing be written in read-only", () => {
    expect(from({ type: "readOnly" })).toEqual({
      kind: "restricted",
      network: false,
      unreadable: [],
      writableRoots: [],
    });
  });

  it("has the workspace, temporary folders and what is named", () => {
    const sandbox = from({ type: "workspaceWrite", writableRoots: ["/more"], networkAccess: true });
    expect(sandbox).toMatchObject({ network: true });
    expect(sandbox.kind === "restricted" && sandbox.writableRoots.map(({ path }) => path)).toEqual([
      "/project",
      "/more",
      "/tmp",
      "/scratch",
    ]);
  });

  it.each<[string, boolean]>([
    ["/project/a.txt", true],
    ["/project/.github/x", true],
    ["/project/.git/config", false],
    ["/project/.git", false],
    ["/project/.codex/config.toml", false],
    ["/project/.agents/x", false],
    ["/project/sub/.git/x", true],
    ["/workshop/a.txt", false],
    ["/project/../etc/passwd", false],
    ["/tmp/x", false],
  ])("may write %s: %j", (path, expected) => {
    expect(isWritable(from(workspace), path)).toBe(expected);
  });

  it("protects the server's own folder where it lies in a workspace, and is not widened by it", () => {
    const sandbox = from(workspace, { settings: settings(workspace, "/home") });
    expect(isWritable(sandbox, "/home/x")).toBe(true);
    expect(isWritable(sandbox, "/home/.codex/config.toml")).toBe(false);
    const inside = from(workspace, { settings: settings(workspace, "/home/.codex") });
    expect(isWritable(inside, "/home/.codex/config.toml")).toBe(false);
  });

  it("is widened by what the user granted", () => {
    const sandbox = from({ type: "readOnly" }, { grants: { network: true, writable: ["/granted"] } });
    expect(sandbox).toMatchObject({ network: true });
    expect(isWritable(sandbox, "/granted/x")).toBe(true);
    expect(isWritable(sandbox, "/granted/.git/x")).toBe(false);
  });
});

describe("isWithin", () => {
  it.each<[string, string, boolean]>([
    ["/a", "/a", true],
    ["/a", "/a/b", true],
    ["/a", "/a/..b", true],
    ["/a", "/ab", false],
    ["/a", "/", false],
    ["/", "/a", true],
  ])("%s holds %s: %j", (folder, path, expected) => {
    expect(isWithin(folder, path)).toBe(expected);
  });
});
