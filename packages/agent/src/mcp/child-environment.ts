import type { Environment } from "@switchboard/login";

import type { McpServerEndpoint } from "./server-config.js";

/** What a program needs to run at all. Nothing here holds a credential. */
const coreVariables: readonly string[] =
  process.platform === "win32"
    ? [
        "APPDATA",
        "COMSPEC",
        "HOMEDRIVE",
        "HOMEPATH",
        "LOCALAPPDATA",
        "PATH",
        "PATHEXT",
        "PROGRAMDATA",
        "PROGRAMFILES",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "TEMP",
        "TMP",
        "USERNAME",
        "USERPROFILE",
        "WINDIR",
      ]
    : ["HOME", "LOGNAME", "PATH", "SHELL", "USER", "__CF_USER_TEXT_ENCODING", "LANG", "LC_ALL", "TERM", "TMPDIR", "TZ"];

/**
 * The environment of a server's process: the core variables, those that `env_vars` names, and the fixed
 * ones. The server's own credentials reach it only if somebody configured so.
 */
export function childEnvironment(
  environment: Environment,
  { env, envVars }: Extract<McpServerEndpoint, { kind: "stdio" }>,
): Record<string, string> {
  const child: Record<string, string> = {};
  for (const name of [...coreVariables, ...envVars.map((each) => each.name)]) {
    const value = environment[name];
    if (value !== undefined) child[name] = value;
  }
  return Object.assign(child, env);
}
