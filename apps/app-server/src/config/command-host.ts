import type { CommandHost, CommandRules } from "@switchboard/agent";
import { shellEnvironment } from "@switchboard/exec/commands";
import type { Environment } from "@switchboard/login";

import { defaultShell } from "./default-shell.js";
import type { Settings } from "./settings.js";

/** Where programs are when the environment does not say. */
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What commands run in by the configuration. No variable that holds a credential of the server's own is passed on. */
export function commandHost(
  { commands, providers }: Settings,
  environment: Environment,
  codexHome: string,
  rules: CommandRules,
): CommandHost {
  const credentials = new Set(
    [...providers.values()].flatMap(({ envKey, envHttpHeaders }) => [
      ...(envKey === undefined ? [] : [envKey]),
      ...Object.values(envHttpHeaders),
    ]),
  );
  const inherited = Object.entries(environment).filter(([name]) => !credentials.has(name));
  return {
    environment: shellEnvironment({ PATH: defaultPath, ...Object.fromEntries(inherited) }, commands.environmentPolicy),
    shell: defaultShell(),
    allowLoginShell: commands.allowLoginShell,
    protectedFolders: [codexHome],
    rules,
    maxPollMs: commands.maxPollMs,
  };
}
