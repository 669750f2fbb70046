import type { EnvironmentPolicy } from "@switchboard/exec/commands";

import type { TableReader } from "./table-reader.js";

/** How the agent's commands run. */
export interface CommandSettings {
  /** What they get of the server's environment. */
  readonly environmentPolicy: EnvironmentPolicy;
  readonly allowLoginShell: boolean;
  /** Longest time in milliseconds that the model may wait for a command it polls. */
  readonly maxPollMs: number;
}

/** Reads `[shell_environment_policy]` and what stands beside it. Credentials are left out unless the file says otherwise. */
export function readCommandSettings(reader: TableReader): CommandSettings {
  const policy = reader.table("shell_environment_policy");
  return {
    environmentPolicy: {
      inherit: policy?.oneOf("inherit", ["all", "core", "none"]) ?? "all",
      ignoreDefaultExcludes: policy?.boolean("ignore_default_excludes") ?? false,
      exclude: policy?.stringList("exclude") ?? [],
      set: { ...policy?.strings("set") },
      includeOnly: policy?.stringList("include_only") ?? [],
    },
    allowLoginShell: reader.boolean("allow_login_shell") ?? true,
    maxPollMs: reader.count("background_terminal_max_timeout") ?? 300_000,
  };
}
