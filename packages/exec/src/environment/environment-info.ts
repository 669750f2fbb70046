import { createHash } from "node:crypto";
import { homedir, tmpdir, userInfo } from "node:os";
import { basename, extname } from "node:path";

import { PROTOCOL_VERSION } from "@switchboard/protocol";

import { pathUri } from "../files/path-uri.js";
import type { Environment } from "../processes/index.js";

/** What a client learns of the machine that executes for it. Paths are `file://` URIs. */
export interface EnvironmentInfo {
  readonly shell: { readonly name: string; readonly path: string };
  readonly executorVersion: string;
  readonly providerId: string;
  readonly cwd: string;
  readonly userHomeDir: string;
  readonly platformOs: string;
  readonly prependPathDirs: readonly string[];
  readonly temporaryDirectories: readonly string[];
  readonly tempDir: string;
  readonly capabilities: Readonly<Record<string, boolean>>;
}

/** Clients rely on what is true here. What is false is not built, and asking for it is refused. */
const capabilities = {
  networkProxyLaunch: false,
  networkProxyReviewDomains: false,
  credentialMasking: false,
  credentialMaskingCustomProviders: false,
  capabilityDiscoverySandbox: false,
  fsWatchMissing: true,
  capabilityDiscoveryV2: false,
  environmentConfigRead: false,
  httpHeaderEnvVars: true,
  sandboxedFileStreaming: false,
  fileWriteStreaming: true,
  shellSnapshotV2: false,
  windowsMxc: false,
  linuxRootWritePreservesDevices: false,
  linuxApprovedRootWritePreservesRestrictions: false,
} as const;

/** Describes this machine, for a server that works in `cwd` with these variables. */
export function environmentInfo(cwd: string, environment: Environment): EnvironmentInfo {
  const { TMPDIR } = environment;
  const temporary = TMPDIR === undefined || TMPDIR === "" ? undefined : pathUri(TMPDIR);
  return {
    shell: shellOf(environment),
    executorVersion: PROTOCOL_VERSION,
    providerId: providerId(),
    cwd: pathUri(cwd),
    userHomeDir: pathUri(environment["HOME"] || homedir()),
    platformOs: osNames[process.platform] ?? process.platform,
    prependPathDirs: [],
    temporaryDirectories: temporary === undefined ? [] : [temporary],
    tempDir: temporary ?? pathUri(tmpdir()),
    capabilities,
  };
}

const osNames: Readonly<Record<string, string>> = { darwin: "macos", win32: "windows" };

/** The login shell; a process may run under an account that has none. */
function shellOf(environment: Environment): EnvironmentInfo["shell"] {
  const path = loginShell() ?? (process.platform === "win32" ? environment["ComSpec"] || "cmd.exe" : "/bin/sh");
  return { name: basename(path, extname(path)), path };
}

function loginShell(): string | undefined {
  try {
    return userInfo().shell || undefined;
  } catch {
    return undefined;
  }
}

/** The same for every executor of this kind: what it says of one holds for the others. */
function providerId(): string {
  const kind = `switchboard exec-server ${PROTOCOL_VERSION} ${process.platform} ${process.arch}`;
  return `sha256:${createHash("sha256").update(kind).digest("hex")}`;
}
