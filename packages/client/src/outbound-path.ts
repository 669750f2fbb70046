import type { Exposure } from "./outbound.js";

/** Whose name a request of a path bears. */
export type PathOwner =
  /** The connection that started the turn, whatever happens to it. */
  | "turn"
  /** The connection whose request caused it. */
  | "connection"
  /** Nobody's of ours: the destination is a stranger, or the caller brings its own headers. */
  | "nobody";

/** The rule for one way out of the process. */
export interface OutboundRule {
  readonly owner: PathOwner;
  readonly exposure: Exposure;
  /** What goes this way, in words. */
  readonly what: string;
}

/**
 * Every way out of the process. Whoever sends a request names its path; there is no other way out, and a lint
 * rule sees to it. A test has a row for each.
 */
export const outboundRules = {
  responses: {
    owner: "turn",
    exposure: "full",
    what: "a model request over HTTP: of a turn, a review or a compaction, and its retries",
  },
  "responses-websocket": {
    owner: "turn",
    exposure: "full",
    what: "the handshake of a WebSocket for model requests, and each request on it, all of the same owner; one made ready for a new thread is for the connection that started the thread",
  },
  "realtime-websocket": {
    owner: "connection",
    exposure: "full",
    what: "the handshake of a realtime conversation's WebSocket, or of the one beside a WebRTC call",
  },
  "realtime-call": {
    owner: "connection",
    exposure: "full",
    what: "creates a WebRTC call for a realtime conversation",
  },
  "oauth-token": {
    owner: "connection",
    exposure: "full",
    what: "a new access token for ChatGPT; one request for all who wait, in the name of the first",
  },
  "mcp-http": {
    owner: "nobody",
    exposure: "none",
    what: "a configured MCP server over HTTP; it never learns a client's name",
  },
  "exec-server": {
    owner: "nobody",
    exposure: "none",
    what: "the control connection to the exec-server that the operator names in `CODEX_EXEC_SERVER_URL`",
  },
  telemetry: {
    owner: "nobody",
    exposure: "none",
    what: "traces, events and metrics for the operator's OpenTelemetry collector; clients are named in the records, not in the headers",
  },
  analytics: {
    owner: "connection",
    exposure: "full",
    what: "events about how clients use the server, to ChatGPT's back end, if `[analytics] enabled` says so; a request holds those of one connection",
  },
  "exec-http": {
    owner: "nobody",
    exposure: "none",
    what: "`http/request` for a client of the exec-server; the headers are the caller's own",
  },
} as const satisfies Readonly<Record<string, OutboundRule>>;

/** The name of a way out of the process. */
export type OutboundPath = keyof typeof outboundRules;
