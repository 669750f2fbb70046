import type { ContentPart } from "@switchboard/client";
import type { UserInput } from "@switchboard/protocol";

/** Input as the model is told it, or the kind that cannot be told yet. */
export type ModelInput =
  | { readonly ok: true; readonly content: readonly ContentPart[] }
  | { readonly ok: false; readonly unsupported: string };

/** Turns a client's input into the parts of a user message. */
export function toModelInput(input: readonly UserInput[]): ModelInput {
  const content: ContentPart[] = [];
  for (const part of input) {
    if (part.type === "text") content.push({ type: "input_text", text: part.text });
    else if (part.type === "image" && "url" in part) {
      content.push({ type: "input_image", image_url: part.url, detail: part.detail ?? "high" });
    } else return { ok: false, unsupported: part.type };
  }
  return { ok: true, content };
}

/** The text of the input, for a thread's preview. */
export function textOf(input: readonly UserInput[]): string {
  return input.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}
