import { nextId } from "../ids.js";
import { part, type Part } from "../reply.js";

/** Options of every assistant message. */
export interface MessageOptions {
  /** Item id; a new `msg_…` unless given. */
  readonly id?: string;
  /** Silence before each delta. */
  readonly delayMs?: number;
  /** The message's `phase`, where the model marks comments and final answers apart. */
  readonly phase?: "commentary" | "final_answer";
}

/** An assistant message streamed in the given pieces, with every event the Responses API sends for it. */
export function message(pieces: readonly string[], options: MessageOptions = {}): Part {
  return part((draft) => {
    const id = options.id ?? nextId("msg");
    const phase = options.phase === undefined ? {} : { phase: options.phase };
    const place = { item_id: id, output_index: draft.outputIndex, content_index: 0 };
    const textPart = (text: string): Record<string, unknown> => ({
      type: "output_text",
      annotations: [],
      logprobs: [],
      text,
    });
    const base = { id, type: "message", role: "assistant", ...phase };
    draft.openItem({ ...base, status: "in_progress", content: [] });
    draft.event("response.content_part.added", { ...place, part: textPart("") });
    for (const delta of pieces) {
      if (options.delayMs !== undefined) draft.step({ kind: "pause", ms: options.delayMs });
      draft.event("response.output_text.delta", { ...place, delta, logprobs: [] });
    }
    const text = pieces.join("");
    draft.event("response.output_text.done", { ...place, text, logprobs: [] });
    draft.event("response.content_part.done", { ...place, part: textPart(text) });
    draft.closeItem({ ...base, status: "completed", content: [textPart(text)] });
  });
}
