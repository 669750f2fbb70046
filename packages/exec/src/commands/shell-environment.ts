import { childEnvironment, type Environment } from "../processes/environment.js";
import type { EnvironmentPolicy } from "../processes/messages.js";

/**
 * What a command inherits if `shell_environment_policy` says nothing: everything but what looks like a secret.
 * The reference 0.169.0 lets also secrets through by default.
 */
export const defaultEnvironmentPolicy: EnvironmentPolicy = {
  inherit: "all",
  ignoreDefaultExcludes: false,
  exclude: [],
  set: {},
  includeOnly: [],
};

/**
 * What the model's commands get over what they inherit, so that programs neither page nor colour what they say and
 * speak one language. Observed on the reference 0.169.0, which adds CODEX_VERSION, CODEX_SESSION_ID, CODEX_THREAD_ID,
 * CODEX_TOOL_CALL_ID, and CODEX_SANDBOX_NETWORK_DISABLED=1 where the network is off.
 */
export const toolVariables: Readonly<Record<string, string>> = {
  CODEX_APPLY_PATCH_PRESERVE_LINE_ENDINGS: "1",
  CODEX_CI: "1",
  COLORTERM: "",
  GH_PAGER: "cat",
  GIT_PAGER: "cat",
  LANG: "C.UTF-8",
  LC_ALL: "C.UTF-8",
  LC_CTYPE: "C.UTF-8",
  NO_COLOR: "1",
  PAGER: "cat",
  TERM: "dumb",
};

/**
 * The variables of a command: what the policy lets through of the server's own, and over it `added`, whatever the
 * policy says.
 */
export function shellEnvironment(
  inherited: Environment,
  policy: EnvironmentPolicy,
  added: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return childEnvironment(inherited, policy, added);
}
