import { isTable, type JsonTable } from "./json.js";

/** Keys of `config.toml` that the reference knows, at the top level. Whether we use them is another matter. */
export const knownKeys: readonly string[] =
  `agents allow_login_shell allow_symlinked_codex_home analytics apps apps_mcp_product_sku approval_policy approvals_reviewer audio
  auto_review background_terminal_max_timeout browser_use chatgpt_base_url check_for_update_on_startup cli_auth_credentials_store
  client_search_provider cloud compact_prompt computer_use daybreak default_permissions desktop developer_instructions
  disable_paste_burst experimental_compact_prompt_file experimental_realtime_start_instructions
  experimental_realtime_webrtc_call_base_url experimental_realtime_ws_backend_prompt experimental_realtime_ws_base_url
  experimental_realtime_ws_model experimental_realtime_ws_startup_context experimental_thread_store
  experimental_thread_store_endpoint experimental_use_unified_exec_tool features feedback file_opener
  forced_chatgpt_workspace_id forced_login_method ghost_snapshot goals hide_agent_reasoning history hooks
  include_apps_instructions include_collaboration_mode_instructions include_environment_context
  include_environment_context_time include_permissions_instructions instructions js_repl_node_module_dirs js_repl_node_path
  log_dir marketplaces mcp_enterprise_managed_auth mcp_oauth_callback_port mcp_oauth_callback_url
  mcp_oauth_credentials_store mcp_optional_startup_grace_ms mcp_servers memories model model_auto_compact_token_limit
  model_auto_compact_token_limit_scope model_catalog_json model_context_window model_instructions_file
  model_post_turn_compact_threshold_percent model_provider model_providers model_reasoning_effort model_reasoning_summary
  model_verbosity notice notify openai_base_url orchestrator oss_provider otel permissions personality
  plan_mode_reasoning_effort plugins profile profiles project_doc_fallback_filenames project_doc_max_bytes
  project_root_markers projects realtime responses_api_metadata review_model sandbox_mode sandbox_workspace_write service_tier
  shell_environment_policy show_raw_agent_reasoning skills sqlite_home suppress_unstable_features_warning
  thread_unload_delay_secs tool_output_token_limit tool_suggest tools tui web_search windows`.split(/\s+/);

/** Keys of one `[model_providers.ID]` table. */
export const knownProviderKeys: readonly string[] =
  `name base_url model_catalog_url env_key env_key_instructions experimental_bearer_token auth gateway_oauth aws project_id location
  credential_file wire_api capabilities query_params http_headers env_http_headers request_max_retries stream_max_retries
  stream_idle_timeout_ms websocket_connect_timeout_ms requires_openai_auth supports_websockets supports_standalone_web_search`.split(
    /\s+/,
  );

/** Keys of one `[mcp_servers.NAME]` table. */
const knownServerKeys: readonly string[] =
  `command args env env_vars cwd url bearer_token bearer_token_env_var http_headers env_http_headers environment_id enabled
  required startup_timeout_sec startup_timeout_ms tool_timeout_sec tool_input_schema_max_bytes enabled_tools disabled_tools
  default_tools_approval_mode supports_parallel_tool_calls tools scopes oauth oauth_resource auth name`.split(/\s+/);

const known = new Set(knownKeys);
const knownOfProvider = new Set(knownProviderKeys);
const knownOfServer = new Set(knownServerKeys);
const knownOfProject = new Set(["trust_level"]);

/** The dotted keys of a table that the reference does not know, for a warning. Only tables we read ourselves are looked into. */
export function unknownKeys(config: JsonTable): string[] {
  const unknown = Object.keys(config).filter((key) => !known.has(key));
  for (const [table, inside] of [
    ["model_providers", knownOfProvider],
    ["mcp_servers", knownOfServer],
    ["projects", knownOfProject],
  ] as const) {
    const entries = config[table];
    if (!isTable(entries)) continue;
    for (const [id, entry] of Object.entries(entries)) {
      if (!isTable(entry)) continue;
      unknown.push(
        ...Object.keys(entry)
          .filter((key) => !inside.has(key))
          .map((key) => `${table}.${id}.${key}`),
      );
    }
  }
  return unknown;
}
