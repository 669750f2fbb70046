import { tokenUsage } from "./parts/usage.js";
import type { CompiledReply, Part, Reply } from "./reply.js";
import { ResponseDraft } from "./response-draft.js";

/** The model name in an answer that was compiled before any request was seen. */
export const DEFAULT_MODEL = "mock-model";

/**
 * Compiles parts into an answer once. Use it when one answer serves many requests (a benchmark):
 * playing it is a single write, and every use has the same ids.
 */
export function respond(...parts: readonly Part[]): CompiledReply {
  return compileParts(parts, DEFAULT_MODEL);
}

/** Turns whatever a script answered with into steps. `model` is asked for only if it is needed. */
export function compileReply(reply: Reply, model: () => string): CompiledReply {
  if (!("kind" in reply)) return compileParts(reply, model());
  return reply.kind === "reply" ? reply : compileParts([reply], model());
}

function compileParts(parts: readonly Part[], model: string): CompiledReply {
  const draft = new ResponseDraft(model);
  draft.usage = tokenUsage({});
  for (const each of parts) each.addTo(draft);
  const steps = draft.finish();
  return { kind: "reply", status: 200, headers: draft.headers, steps };
}
