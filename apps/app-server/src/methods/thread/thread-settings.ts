import { resolve } from "node:path";

import { defaultModel, localEnvironment, type ChosenProfile, type McpSettings } from "@switchboard/agent";
import {
  invalidRequest,
  type RpcError,
  type SandboxMode,
  type SandboxPolicy,
  type ThreadSettings,
  type ThreadStartParams,
  type TurnStartParams,
} from "@switchboard/protocol";

import { ConfigError } from "../../config/config-error.js";
import { trustLevel, type LoadedConfig } from "../../config/config-store.js";
import { toJsonTable } from "../../config/json.js";
import { expandDottedKeys } from "../../config/overrides.js";
import type { ProviderSettings } from "../../config/provider-settings.js";
import type { Settings } from "../../config/settings.js";
import type { Server } from "../../server/server.js";

/** How a thread begins: the client's wishes over the configuration of its folder. */
export interface ResolvedSettings {
  readonly settings: ThreadSettings;
  readonly provider: ProviderSettings;
  /** The configuration that holds for the thread. */
  readonly config: Settings;
  /** Reads the MCP part again, as the files now have it. */
  readonly reloadMcp: () => Promise<McpSettings>;
}

/** @throws RpcError when the configuration or a named provider or profile cannot be used. */
export async function resolveThreadSettings(params: ThreadStartParams, server: Server): Promise<ResolvedSettings> {
  const cwd = resolve(server.options.cwd, params.cwd ?? ".");
  const { settings: config } = await loadConfig(params, cwd, server);
  const providerId = params.modelProvider ?? config.modelProvider;
  const provider = config.providers.get(providerId);
  if (provider === undefined)
    throw invalidRequest(`failed to load configuration: Model provider \`${providerId}\` not found`);
  const model = params.model ?? config.model ?? defaultModel;
  const effort = config.reasoningEffort ?? null;
  const { mode, profile } = await sandboxOf(params, config, cwd);
  const settings: ThreadSettings = {
    disabledPluginIds: [],
    cwd,
    // An empty list asks for none.
    environments: params.environments?.length === 0 ? [] : localEnvironment(cwd, params.runtimeWorkspaceRoots ?? [cwd]),
    approvalPolicy: params.approvalPolicy ?? config.approvalPolicy ?? "on-request",
    approvalsReviewer: params.approvalsReviewer ?? config.approvalsReviewer ?? "user",
    sandboxPolicy: sandboxPolicy(mode, config),
    activePermissionProfile: profile === null ? null : { id: profile, extends: null },
    model,
    modelProvider: providerId,
    serviceTier: params.serviceTier ?? config.serviceTier ?? null,
    effort,
    summary: config.reasoningSummary ?? null,
    collaborationMode: { mode: "default", settings: { model, reasoning_effort: effort, developer_instructions: null } },
    multiAgentMode: "explicitRequestOnly",
    personality: params.personality ?? null,
  };
  return {
    settings,
    provider,
    config,
    reloadMcp: async () => (await loadConfig(params, cwd, server)).settings.mcp,
  };
}

async function loadConfig({ config }: ThreadStartParams, cwd: string, server: Server): Promise<LoadedConfig> {
  const session = config === undefined || config === null ? {} : expandDottedKeys(toJsonTable(config));
  try {
    return await server.config.load(cwd, session);
  } catch (error) {
    if (error instanceof ConfigError) throw invalidRequest(`failed to load configuration: ${error.message}`);
    throw error;
  }
}

/**
 * The permission profile that a client chose for a loaded thread, if any.
 *
 * @throws RpcError when there is none of this name, or a sandbox was named besides.
 */
export async function chosenProfile(
  { permissions, sandboxPolicy: sandbox, cwd }: Pick<TurnStartParams, "permissions" | "sandboxPolicy" | "cwd">,
  threadCwd: string,
  server: Server,
): Promise<ChosenProfile | undefined> {
  if (permissions === undefined || permissions === null) return undefined;
  if (sandbox !== undefined && sandbox !== null) {
    throw invalidRequest("`permissions` cannot be combined with `sandboxPolicy`");
  }
  const mode = permissionProfiles[permissions];
  if (mode === undefined) throw unknownProfile(permissions);
  const { settings } = await loadConfig({}, resolve(threadCwd, cwd ?? "."), server);
  return { id: permissions, policy: sandboxPolicy(mode, settings) };
}

function unknownProfile(id: string): RpcError {
  return invalidRequest(
    `failed to load configuration: default_permissions refers to unknown built-in profile \`${id}\``,
  );
}

function sandboxPolicy(mode: SandboxMode, config: Settings): SandboxPolicy {
  switch (mode) {
    case "read-only":
      return { type: "readOnly", networkAccess: false };
    case "workspace-write":
      return config.workspaceWrite;
    case "danger-full-access":
      return { type: "dangerFullAccess" };
  }
}

/** The built-in permission profiles with what they mean for the sandbox. */
export const permissionProfiles: Readonly<Record<string, SandboxMode>> = {
  ":read-only": "read-only",
  ":workspace": "workspace-write",
  ":danger-full-access": "danger-full-access",
};

/** A named sandbox has no profile; without a name, a trusted project may be written to. */
async function sandboxOf(
  { sandbox, permissions }: ThreadStartParams,
  config: LoadedConfig["settings"],
  cwd: string,
): Promise<{ mode: SandboxMode; profile: string | null }> {
  if (permissions !== undefined && permissions !== null) {
    if (sandbox !== undefined && sandbox !== null)
      throw invalidRequest("`permissions` cannot be combined with `sandbox`");
    const mode = permissionProfiles[permissions];
    if (mode === undefined) throw unknownProfile(permissions);
    return { mode, profile: permissions };
  }
  const named = sandbox ?? config.sandboxMode;
  if (named !== undefined) return { mode: named, profile: null };
  return (await trustLevel(config, cwd)) === "trusted"
    ? { mode: "workspace-write", profile: ":workspace" }
    : { mode: "read-only", profile: ":read-only" };
}
