import { resolve } from "node:path";

import type { ContentPart } from "@switchboard/client";
import type { UserInput } from "@switchboard/protocol";

import { readLocalImage } from "../images/local-image.js";

/** Input as the model is told it, or the kind that cannot be told yet. */
export type ModelInput =
  | { readonly ok: true; readonly content: readonly ContentPart[] }
  | { readonly ok: false; readonly unsupported: string };

/** Turns a client's input into the parts of a user message. Images are read now, relative to `cwd`. */
export async function toModelInput(input: readonly UserInput[], cwd: string): Promise<ModelInput> {
  const content: ContentPart[] = [];
  let images = 0;
  for (const part of input) {
    if (part.type === "text") content.push({ type: "input_text", text: part.text });
    else if (part.type === "image" && "url" in part) {
      images += 1;
      content.push({ type: "input_image", image_url: part.url, detail: part.detail ?? "high" });
    } else if (part.type === "localImage") {
      images += 1;
      content.push(...(await localImage(resolve(cwd, part.path), images, part.detail ?? "high")));
    } else if (part.type !== "skill" && part.type !== "mention") return { ok: false, unsupported: part.type };
    // A skill or mention stands in the text as well; there is nothing more to tell of it yet.
  }
  return { ok: true, content };
}

/** The text of the input, for a thread's preview. */
export function textOf(input: readonly UserInput[]): string {
  return input.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

/** Clients expect the members that they may leave out. */
export function withAllMembers(part: UserInput): UserInput {
  switch (part.type) {
    case "text":
      return { ...part, text_elements: part.text_elements ?? [] };
    case "image":
    case "localImage":
      return { ...part, detail: part.detail ?? null };
    default:
      return part;
  }
}

/** The image between the marks by which models know where it is from; or why there is none. */
async function localImage(path: string, number: number, detail: string): Promise<ContentPart[]> {
  const image = await readLocalImage(path);
  if (!image.ok) {
    return [{ type: "input_text", text: `Codex could not read the local image at \`${path}\`: ${image.reason}` }];
  }
  return [
    { type: "input_text", text: `<image name=[Image #${number}] path="${path}">` },
    { type: "input_image", image_url: image.dataUrl, detail },
    { type: "input_text", text: "</image>" },
  ];
}
