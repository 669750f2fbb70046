import type { CompiledReply } from "../reply.js";

/** Takes the request and never answers, not even with headers. */
export function neverAnswer(): CompiledReply {
  return { kind: "reply", status: undefined, headers: {}, steps: [] };
}
