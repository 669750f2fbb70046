import type { CommandHost, CommandRules } from "@switchboard/agent";
import { defaultEnvironmentPolicy, shellEnvironment } from "@switchboard/exec/commands";
import type { Environment } from "@switchboard/login";

import { defaultShell } from "./default-shell.js";
import type { Settings } from "./settings.js";

/** Where programs are when the environment does not say. */
const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What commands run in by the configuration. No variable that holds a credential of the server's own is passed on. */
export function commandHost(
  settings: Settings,
  environment: Environment,
  codexHome: string,
  rules: CommandRules,
): CommandHost {
  const { commands } = settings;
  return {
    environment: shellEnvironment(withoutCredentials(settings, environment), commands.environmentPolicy),
    shell: defaultShell(),
    allowLoginShell: commands.allowLoginShell,
    protectedFolders: [codexHome],
    rules,
    maxPollMs: commands.maxPollMs,
  };
}

/** What the program of `notify` inherits: nothing that is, or looks like, a credential. */
export function notifyEnvironment(settings: Settings, environment: Environment): Readonly<Record<string, string>> {
  return shellEnvironment(withoutCredentials(settings, environment), defaultEnvironmentPolicy);
}

/** The environment without the variables that hold a credential of the server's own. */
function withoutCredentials({ providers }: Settings, environment: Environment): Environment {
  const credentials = new Set(
    [...providers.values()].flatMap(({ envKey, envHttpHeaders }) => [
      ...(envKey === undefined ? [] : [envKey]),
      ...Object.values(envHttpHeaders),
    ]),
  );
  const inherited = Object.entries(environment).filter(([name]) => !credentials.has(name));
  return { PATH: defaultPath, ...Object.fromEntries(inherited) };
}
