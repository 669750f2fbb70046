import type { ThreadSettings } from "@switchboard/protocol";

import { McpTurnTools } from "../mcp/turn-tools.js";
import { toolDefinitions } from "../tools/turn-tools.js";
import { modelStream } from "../turn/model-stream.js";
import type { ThreadParts } from "../turn/turn-scope.js";

/**
 * Opens the WebSocket of a thread's first turn and has the provider read what that will begin with, in the name
 * of whoever made the thread. A turn of theirs goes on from there; another owner's turn has its own socket.
 */
export function prewarm(thread: ThreadParts, settings: ThreadSettings): void {
  const { id, spec, host, wire, history, context, mcp } = thread;
  if (!wire.usesWebSocket) return;
  const ask = modelStream({
    client: host.client,
    sockets: host.sockets,
    wire,
    provider: spec.provider,
    owner: spec.creator,
    residency: host.residency,
    serviceOriginator: spec.serviceOriginator,
    context: {
      sessionId: id,
      threadId: id,
      turnId: "",
      rootTurnId: undefined,
      installationId: host.installationId,
      settings: () => settings,
      windowNumber: () => history.windowNumber,
      kind: "prewarm",
      subagent: undefined,
      startedAtMs: undefined,
      clientMetadata: {},
      traceHeaders: {},
    },
  });
  context.tellInstructions(history, settings.model);
  const input = [...history.items];
  wire.warmUp(spec.creator, async (signal) => {
    const servers = new McpTurnTools({
      threadId: id,
      turnId: "",
      owner: spec.creator,
      startedAtMs: host.clock(),
      settings,
      servers: mcp,
      emit: host.emit,
      ask: thread.questions.ask,
      clock: host.clock,
    });
    await servers.prepare(signal);
    const tools = [...toolDefinitions(spec, settings), ...servers.definitions];
    await ask(input, { tools, kind: "prewarm" }, { onHeaders: () => undefined, onEvent: () => undefined }, signal);
  });
}
