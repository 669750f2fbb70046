import type { RealtimeSettings } from "@switchboard/agent";

import type { TableReader } from "./table-reader.js";

/**
 * Reads `[realtime]` and the `experimental_realtime_*` keys. `realtime.transport` is for the reference's own
 * terminal UI: here a client says it with each conversation.
 *
 * @throws {@link ConfigValueError}
 */
export function readRealtime(config: TableReader): RealtimeSettings {
  const table = config.table("realtime");
  return {
    version: table?.oneOf("version", ["v1", "v2", "v3"]),
    mode: table?.oneOf("type", ["conversational", "transcription"]) ?? "conversational",
    voice: table?.string("voice"),
    model: config.string("experimental_realtime_ws_model"),
    socketBaseUrl: config.string("experimental_realtime_ws_base_url"),
    callBaseUrl: config.string("experimental_realtime_webrtc_call_base_url"),
    prompt: config.string("experimental_realtime_ws_backend_prompt"),
    startupContext: config.string("experimental_realtime_ws_startup_context"),
    startInstructions: config.string("experimental_realtime_start_instructions"),
  };
}
