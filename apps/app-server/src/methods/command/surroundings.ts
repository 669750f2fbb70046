import { resolve } from "node:path";

import { sandboxFor } from "@switchboard/agent";
import type { CommandSpec, Environment } from "@switchboard/exec/commands";
import type { CommandExecParams, ProcessSpawnParams } from "@switchboard/protocol";

import { commandHost } from "../../config/command-host.js";
import type { Server } from "../../server/server.js";
import { resolveThreadSettings } from "../thread/thread-settings.js";

type Surroundings = Pick<CommandSpec, "cwd" | "env" | "sandbox">;

/**
 * Where a `command/exec` runs. Its sandbox is the one that was named, or that of a new thread in the server's folder;
 * a workspace is the server's folder, whatever `cwd` says, but with a permission profile it is `cwd`. As in the
 * reference.
 *
 * @throws RpcError when the configuration or the profile cannot be used.
 */
export async function execSurroundings(params: CommandExecParams, server: Server): Promise<Surroundings> {
  const { codexHome, environment } = server.options;
  const permissions = params.permissionProfile ?? undefined;
  const cwd = resolve(server.options.cwd, params.cwd ?? ".");
  const { settings, config } = await resolveThreadSettings(
    permissions === undefined ? {} : { cwd, permissions },
    server,
  );
  const host = commandHost(config, environment, codexHome, server.rules);
  const sandbox = sandboxFor({
    settings: { ...settings, sandboxPolicy: params.sandboxPolicy ?? settings.sandboxPolicy },
    temporaryFolder: host.environment["TMPDIR"],
    protectedFolders: host.protectedFolders,
  });
  const env = changed({ ...host.environment, CODEX_APPLY_PATCH_PRESERVE_LINE_ENDINGS: "1" }, params.env);
  if (sandbox.kind === "restricted" && !sandbox.network) env["CODEX_SANDBOX_NETWORK_DISABLED"] = "1";
  return { cwd, env, sandbox };
}

/**
 * Where a `process/spawn` runs: outside the sandbox, as in the reference. The reference gives it all of the server's
 * environment; here it gets what other commands get, without credentials.
 *
 * @throws RpcError when the configuration cannot be used.
 */
export async function spawnSurroundings({ cwd, env }: ProcessSpawnParams, server: Server): Promise<Surroundings> {
  const { codexHome, environment } = server.options;
  const { config } = await resolveThreadSettings({}, server);
  const host = commandHost(config, environment, codexHome, server.rules);
  return { cwd, env: changed(host.environment, env), sandbox: { kind: "none" } };
}

/** The variables with the client's over them; null takes one away. */
function changed(base: Environment, changes: CommandExecParams["env"]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...base, ...changes })) {
    if (typeof value === "string") env[name] = value;
  }
  return env;
}
