import { isTable, mergeTables, type JsonTable, type JsonValue } from "./json.js";
import { knownKeys, knownProviderKeys } from "./known-keys.js";

/** Values that hold when nobody says otherwise, as `config/read` shows them. */
const defaults: JsonTable = {
  include_permissions_instructions: true,
  allow_login_shell: true,
  include_environment_context: true,
  history: { persistence: "save-all", max_bytes: null },
  include_collaboration_mode_instructions: true,
  cli_auth_credentials_store: "file",
  plugins: {},
  project_doc_fallback_filenames: [],
  file_opener: "vscode",
  features: {},
  project_root_markers: [".git"],
  project_doc_max_bytes: 32_768,
  include_apps_instructions: true,
  profiles: {},
  hide_agent_reasoning: false,
  mcp_oauth_credentials_store: "auto",
  marketplaces: {},
  mcp_servers: {},
  background_terminal_max_timeout: 300_000,
  chatgpt_base_url: "https://chatgpt.com/backend-api/",
  include_environment_context_time: true,
};

const providerDefaults: JsonTable = {
  ...Object.fromEntries(knownProviderKeys.map((key) => [key, null])),
  wire_api: "responses",
  requires_openai_auth: false,
  supports_websockets: false,
  supports_standalone_web_search: false,
};

/** The merged configuration with every known key: the ones that are not set are null or have their default. */
export function effectiveConfig(merged: JsonTable): JsonTable {
  const config: Record<string, JsonValue> = Object.fromEntries(knownKeys.map((key) => [key, null]));
  const known = mergeTables(mergeTables(config, defaults), merged);
  const providers = known["model_providers"];
  if (!isTable(providers)) return known;
  const expanded = Object.entries(providers).map(([id, entry]) => [
    id,
    isTable(entry) ? mergeTables(providerDefaults, entry) : entry,
  ]);
  return { ...known, model_providers: Object.fromEntries(expanded) };
}
