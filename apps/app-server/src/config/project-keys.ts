import type { JsonTable } from "./json.js";

/**
 * What a project may not set, trusted or not: where model requests go, and the user's credentials with them;
 * what is run after a turn, and who is told of it. The reference ignores these, and more, in a project's file.
 */
const notForProjects: ReadonlySet<string> = new Set([
  "openai_base_url",
  "chatgpt_base_url",
  "model_provider",
  "model_providers",
  "experimental_realtime_ws_base_url",
  "experimental_realtime_webrtc_call_base_url",
  "notify",
  "otel",
]);

/** A project's configuration without what it may not set, and the names of what was left out. */
export function projectConfig(config: JsonTable): { readonly config: JsonTable; readonly ignored: readonly string[] } {
  const ignored = Object.keys(config).filter((key) => notForProjects.has(key));
  if (ignored.length === 0) return { config, ignored };
  return { config: Object.fromEntries(Object.entries(config).filter(([key]) => !notForProjects.has(key))), ignored };
}
