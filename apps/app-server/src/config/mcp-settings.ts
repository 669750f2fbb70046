import type { McpApprovalMode, McpEnvironmentVariable, McpServerConfig, McpServerEndpoint } from "@switchboard/agent";

import { isTable, type JsonValue } from "./json.js";
import type { TableReader } from "./table-reader.js";

const approvalModes = ["auto", "prompt", "writes", "approve"] as const satisfies readonly McpApprovalMode[];

/** Keys that only one kind of server has. */
const stdioKeys = ["command", "args", "env", "env_vars", "cwd"];
const httpKeys = ["url", "bearer_token_env_var", "http_headers", "env_http_headers"];

/**
 * The `[mcp_servers.NAME]` tables.
 *
 * @throws {@link ConfigValueError}
 */
export function readMcpServers(config: TableReader): McpServerConfig[] {
  const servers = config.table("mcp_servers");
  if (servers === undefined) return [];
  return servers.keys().flatMap((name) => {
    const entry = servers.table(name);
    return entry === undefined ? [] : [readServer(name, entry, servers)];
  });
}

function readServer(name: string, entry: TableReader, servers: TableReader): McpServerConfig {
  return {
    name,
    endpoint: readEndpoint(name, entry, servers),
    environmentId: entry.string("environment_id") ?? "local",
    enabled: entry.boolean("enabled") ?? true,
    required: entry.boolean("required") ?? false,
    startupTimeoutMs: entry.seconds("startup_timeout_sec") ?? entry.count("startup_timeout_ms") ?? 30_000,
    toolTimeoutMs: entry.seconds("tool_timeout_sec") ?? 120_000,
    supportsParallelCalls: entry.boolean("supports_parallel_tool_calls") ?? false,
    enabledTools: entry.stringList("enabled_tools"),
    disabledTools: entry.stringList("disabled_tools") ?? [],
    approval: entry.oneOf("default_tools_approval_mode", approvalModes) ?? "auto",
    toolApproval: readToolApproval(entry.table("tools")),
  };
}

/** A server has a command or a URL; what belongs to the other kind is an error, worded as the reference's. */
function readEndpoint(name: string, entry: TableReader, servers: TableReader): McpServerEndpoint {
  const command = entry.string("command");
  const url = entry.string("url");
  const kind = command === undefined ? "streamable_http" : "stdio";
  if (command === undefined && url === undefined) throw servers.error(name, "invalid transport");
  const foreign = [...(kind === "stdio" ? httpKeys : stdioKeys), "bearer_token"];
  for (const key of foreign) {
    if (entry.raw(key) !== undefined) throw servers.error(name, `${key} is not supported for ${kind}`);
  }
  if (command !== undefined) {
    return {
      kind: "stdio",
      command,
      args: entry.stringList("args") ?? [],
      cwd: entry.string("cwd"),
      env: entry.strings("env") ?? {},
      envVars: readEnvVars(entry),
    };
  }
  return {
    kind: "http",
    url: url ?? "",
    bearerTokenEnvVar: entry.string("bearer_token_env_var"),
    httpHeaders: entry.strings("http_headers") ?? {},
    envHttpHeaders: entry.strings("env_http_headers") ?? {},
  };
}

function readEnvVars(entry: TableReader): McpEnvironmentVariable[] {
  return (entry.list("env_vars") ?? []).map((value) => {
    const variable = asEnvVar(value);
    if (variable !== undefined) return variable;
    throw entry.error("env_vars", "data did not match any variant of untagged enum McpServerEnvVar");
  });
}

/** A name, or a table with a name and from where it comes. */
function asEnvVar(value: JsonValue): McpEnvironmentVariable | undefined {
  if (typeof value === "string") return { name: value, source: "local" };
  if (!isTable(value) || typeof value["name"] !== "string") return undefined;
  const { name, source = "local" } = value;
  return source === "local" || source === "remote" ? { name, source } : undefined;
}

function readToolApproval(tools: TableReader | undefined): Record<string, McpApprovalMode> {
  const modes: Record<string, McpApprovalMode> = {};
  for (const tool of tools?.keys() ?? []) {
    const mode = tools?.table(tool)?.oneOf("approval_mode", approvalModes);
    if (mode !== undefined) modes[tool] = mode;
  }
  return modes;
}
