import {
  functionCall,
  httpError,
  json,
  lastUserText,
  startSimulator,
  text,
  toolOutputs,
  type RecordedRequest,
  type Reply,
  type Simulator,
} from "@switchboard/simulator";

/** What a client says to have the model use the tool of the MCP server. */
export const wantsTool = "what time is it?";

/** Starts the model of the demonstration, on this machine, with an MCP server that has a clock. */
export function startDemoModel(): Promise<Simulator> {
  return startSimulator({ script: answer, routes: { "POST /mcp": answerMcp } });
}

function answer(request: RecordedRequest): Reply {
  const isAnswered = toolOutputs(request).length > 0;
  if (lastUserText(request) === wantsTool && !isAnswered) {
    return [functionCall({ namespace: "mcp__clock", name: "now", arguments: {} })];
  }
  return text("Every connection keeps its own name.", { deltas: 6, delayMs: 120 });
}

/** The least that the Model Context Protocol asks of a server with one tool. */
function answerMcp(request: RecordedRequest): Reply {
  const result = mcpResult(request);
  if (result === undefined) return httpError(202, { body: "" });
  return json({ jsonrpc: "2.0", id: request.at("id"), result }, { "mcp-session-id": "demo" });
}

function mcpResult(request: RecordedRequest): object | undefined {
  switch (request.at("method")) {
    case "initialize":
      return {
        protocolVersion: request.at("params", "protocolVersion"),
        capabilities: { tools: {} },
        serverInfo: { name: "clock", version: "1.0.0" },
      };
    case "tools/list":
      return {
        tools: [{ name: "now", inputSchema: { type: "object" }, annotations: { readOnlyHint: true } }],
      };
    case "tools/call":
      return { content: [{ type: "text", text: new Date().toISOString() }] };
    default:
      return undefined;
  }
}
