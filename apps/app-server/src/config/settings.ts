import type { McpSettings, RealtimeSettings, ToolOptions } from "@switchboard/agent";
import type {
  ApprovalsReviewer,
  AskForApproval,
  ReasoningSummary,
  SandboxMode,
  SandboxPolicy,
} from "@switchboard/protocol";

import { readAnalytics, type AnalyticsSettings } from "./analytics-settings.js";
import { readCommandSettings, type CommandSettings } from "./command-settings.js";

import type { JsonTable } from "./json.js";
import { readMcpServers } from "./mcp-settings.js";
import { readProviders, type ProviderSettings } from "./provider-settings.js";
import { readRealtime } from "./realtime-settings.js";
import { TableReader } from "./table-reader.js";
import { readTelemetry, type TelemetrySettings } from "./telemetry-settings.js";

/** Where `AGENTS.md` files are looked for, and how much of them is told. */
export interface ProjectDocSettings {
  /** Of all files of a project together. */
  readonly maxBytes: number;
  /** Other names that count, after `AGENTS.md`. */
  readonly fallbackNames: readonly string[];
  /** What stands in the root of a project. */
  readonly rootMarkers: readonly string[];
}

type WorkspaceWritePolicy = Extract<SandboxPolicy, { type: "workspaceWrite" }>;

/** The configuration as far as it is used, typed. */
export interface Settings {
  readonly model: string | undefined;
  readonly modelProvider: string;
  readonly reasoningEffort: string | undefined;
  readonly reasoningSummary: ReasoningSummary | undefined;
  readonly approvalPolicy: AskForApproval | undefined;
  readonly approvalsReviewer: ApprovalsReviewer | undefined;
  readonly sandboxMode: SandboxMode | undefined;
  readonly serviceTier: string | undefined;
  readonly developerInstructions: string | undefined;
  /** Seconds after which a thread that nobody watches is unloaded. */
  readonly threadUnloadDelaySecs: number | undefined;
  readonly providers: ReadonlyMap<string, ProviderSettings>;
  readonly mcp: McpSettings;
  readonly commands: CommandSettings;
  readonly projectDocs: ProjectDocSettings;
  readonly tools: ToolOptions;
  /** Tokens in the context from which on a conversation is compacted. */
  readonly autoCompactTokenLimit: number | undefined;
  readonly reviewModel: string | undefined;
  /** A program with its arguments that is run after each turn; undefined for none. */
  readonly notify: readonly [program: string, ...rest: string[]] | undefined;
  readonly telemetry: TelemetrySettings;
  readonly realtime: RealtimeSettings;
  readonly analytics: AnalyticsSettings;
  /** The parts of the policy `workspace-write`. */
  readonly workspaceWrite: WorkspaceWritePolicy;
  /** Trust level by absolute folder. */
  readonly projects: ReadonlyMap<string, "trusted" | "untrusted">;
}

/**
 * Reads what is used out of the merged configuration.
 *
 * @throws {@link ConfigValueError} for a value of the wrong type; {@link ConfigError} when the chosen
 *   provider does not exist.
 */
export function readSettings(config: JsonTable): Settings {
  const reader = new TableReader(config);
  return {
    model: reader.string("model"),
    modelProvider: reader.string("model_provider") ?? "openai",
    reasoningEffort: reader.string("model_reasoning_effort"),
    reasoningSummary: reader.oneOf("model_reasoning_summary", ["auto", "concise", "detailed", "none"]),
    approvalPolicy: readApprovalPolicy(reader),
    approvalsReviewer: reader.oneOf("approvals_reviewer", ["user", "auto_review", "guardian_subagent"]),
    sandboxMode: reader.oneOf("sandbox_mode", ["read-only", "workspace-write", "danger-full-access"]),
    serviceTier: reader.string("service_tier"),
    developerInstructions: reader.string("developer_instructions"),
    threadUnloadDelaySecs: reader.count("thread_unload_delay_secs"),
    providers: readProviders(reader),
    commands: readCommandSettings(reader),
    projectDocs: {
      maxBytes: reader.count("project_doc_max_bytes") ?? 32_768,
      fallbackNames: reader.stringList("project_doc_fallback_filenames") ?? [],
      rootMarkers: reader.stringList("project_root_markers") ?? [".git"],
    },
    tools: readToolOptions(reader),
    autoCompactTokenLimit: reader.count("model_auto_compact_token_limit"),
    reviewModel: reader.string("review_model"),
    notify: readNotify(reader),
    telemetry: readTelemetry(reader),
    realtime: readRealtime(reader),
    analytics: readAnalytics(reader),
    workspaceWrite: readWorkspaceWrite(reader.table("sandbox_workspace_write")),
    mcp: { servers: readMcpServers(reader), startupGraceMs: reader.count("mcp_optional_startup_grace_ms") ?? 1_000 },
    projects: readProjects(reader),
  };
}

function readNotify(reader: TableReader): Settings["notify"] {
  const [program, ...rest] = reader.stringList("notify") ?? [];
  return program === undefined || program === "" ? undefined : [program, ...rest];
}

function readApprovalPolicy(reader: TableReader): AskForApproval | undefined {
  if (typeof reader.raw("approval_policy") !== "object") {
    const policy = reader.oneOf("approval_policy", ["untrusted", "on-failure", "on-request", "never"]);
    // An older name for what is now the default.
    return policy === "on-failure" ? "on-request" : policy;
  }
  const granular = reader.table("approval_policy")?.table("granular");
  if (granular === undefined) return undefined;
  return {
    granular: {
      sandbox_approval: granular.boolean("sandbox_approval") ?? false,
      rules: granular.boolean("rules") ?? false,
      skill_approval: granular.boolean("skill_approval") ?? false,
      request_permissions: granular.boolean("request_permissions") ?? false,
      mcp_elicitations: granular.boolean("mcp_elicitations") ?? false,
    },
  };
}

function readToolOptions(reader: TableReader): ToolOptions {
  const tools = reader.table("tools");
  const isSearchOff = tools?.raw("web_search") === false;
  return {
    webSearch: reader.oneOf("web_search", ["cached", "live", "disabled"]) ?? (isSearchOff ? "disabled" : "cached"),
    requestPermissions: reader.table("features")?.boolean("request_permissions_tool") ?? false,
    updatePlan: tools?.table("update_plan")?.boolean("enabled") ?? false,
  };
}

function readWorkspaceWrite(table: TableReader | undefined): WorkspaceWritePolicy {
  return {
    type: "workspaceWrite",
    writableRoots: table?.stringList("writable_roots") ?? [],
    networkAccess: table?.boolean("network_access") ?? false,
    excludeTmpdirEnvVar: table?.boolean("exclude_tmpdir_env_var") ?? false,
    excludeSlashTmp: table?.boolean("exclude_slash_tmp") ?? false,
  };
}

function readProjects(reader: TableReader): Settings["projects"] {
  const projects = new Map<string, "trusted" | "untrusted">();
  const table = reader.table("projects");
  for (const path of table?.keys() ?? []) {
    const level = table?.table(path)?.oneOf("trust_level", ["trusted", "untrusted"]);
    if (level !== undefined) projects.set(path, level);
  }
  return projects;
}
