import { nextId } from "../ids.js";
import { part, type Part } from "../reply.js";

/** What a reasoning item says. */
export interface ReasoningOptions {
  /** Summary paragraphs; each becomes a summary part of its own. */
  readonly summary?: string | readonly string[];
  /** Raw reasoning text, as open models give it. */
  readonly content?: string;
  /** Opaque reasoning that a later request hands back. */
  readonly encryptedContent?: string;
  /** Item id; a new `rs_…` unless given. */
  readonly id?: string;
}

/** A reasoning item: summary parts, then raw content. */
export function reasoning(options: ReasoningOptions = {}): Part {
  const { summary = [], content, encryptedContent } = options;
  const paragraphs = typeof summary === "string" ? [summary] : summary;
  return part((draft) => {
    const id = options.id ?? nextId("rs");
    const base = {
      id,
      type: "reasoning",
      ...(encryptedContent === undefined ? {} : { encrypted_content: encryptedContent }),
    };
    draft.openItem({ ...base, summary: [] });
    const place = { item_id: id, output_index: draft.outputIndex };
    const summaryPart = (text: string): Record<string, string> => ({ type: "summary_text", text });
    for (const [index, paragraph] of paragraphs.entries()) {
      const where = { ...place, summary_index: index };
      draft.event("response.reasoning_summary_part.added", { ...where, part: summaryPart("") });
      draft.event("response.reasoning_summary_text.delta", { ...where, delta: paragraph });
      draft.event("response.reasoning_summary_text.done", { ...where, text: paragraph });
      draft.event("response.reasoning_summary_part.done", {
        ...where,
        part: summaryPart(paragraph),
      });
    }
    if (content !== undefined) {
      const where = { ...place, content_index: 0 };
      draft.event("response.reasoning_text.delta", { ...where, delta: content });
      draft.event("response.reasoning_text.done", { ...where, text: content });
    }
    draft.closeItem({
      ...base,
      summary: paragraphs.map(summaryPart),
      ...(content === undefined ? {} : { content: [{ type: "reasoning_text", text: content }] }),
    });
  });
}
