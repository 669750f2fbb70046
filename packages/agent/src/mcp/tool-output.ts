import { isJsonObject, type ContentPart } from "@switchboard/client";
import type { McpServerToolCallResponse, McpToolCallResult } from "@switchboard/protocol";

import type { ToolOutput } from "../turn/tools.js";

/** Most characters of a result that the model is told; the middle goes. About 10,000 tokens. */
const maxModelText = 40_000;
/** Most characters of a picture, as base64, that the model is shown. */
const maxImageLength = 8 * 1024 * 1024;
/** Most characters of a result, as JSON, that clients are told and a thread keeps. */
const maxItemLength = 1024 * 1024;

const imageTypes: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

/** A result as the model is told it, with how long it took, in the reference's form. */
export function toModelOutput(result: McpServerToolCallResponse, elapsedMs: number): ToolOutput {
  const { content, structuredContent } = result;
  if (structuredContent !== undefined && structuredContent !== null)
    return `${wallTime(elapsedMs)}\n${cutMiddle(JSON.stringify(structuredContent), maxModelText)}`;
  let left = maxModelText;
  const parts = content.map((part): ContentPart => {
    const image = asImage(part);
    if (image !== undefined) return image;
    const text = cutMiddle(isText(part) ? part.text : JSON.stringify(part), left);
    left = Math.max(left - text.length, 0);
    return { type: "input_text", text };
  });
  return withWallTime(parts, elapsedMs);
}

/** A failure as the model is told it. */
export function failureOutput(message: string, elapsedMs: number): ToolOutput {
  return withWallTime([{ type: "input_text", text: cutMiddle(message, maxModelText) }], elapsedMs);
}

/** A result as clients are told it. One that is too large is told in part. */
export function toItemResult({ content, structuredContent, _meta }: McpServerToolCallResponse): McpToolCallResult {
  const result: McpToolCallResult = { content, structuredContent: structuredContent ?? null, _meta: _meta ?? null };
  const json = JSON.stringify(result);
  if (json.length <= maxItemLength) return result;
  const text = content.map((part) => (isText(part) ? part.text : JSON.stringify(part))).join("\n");
  return { content: [{ type: "text", text: cutMiddle(text, maxItemLength) }], structuredContent: null, _meta: null };
}

function withWallTime(parts: readonly ContentPart[], elapsedMs: number): readonly ContentPart[] {
  return [{ type: "input_text", text: wallTime(elapsedMs) }, ...parts];
}

function wallTime(elapsedMs: number): string {
  return `Wall time: ${(elapsedMs / 1000).toFixed(4)} seconds\nOutput:`;
}

function isText(part: unknown): part is { readonly text: string } {
  return isJsonObject(part) && part["type"] === "text" && typeof part["text"] === "string";
}

function asImage(part: unknown): ContentPart | undefined {
  if (!isJsonObject(part) || part["type"] !== "image") return undefined;
  const { data, mimeType } = part;
  if (typeof data !== "string" || typeof mimeType !== "string" || !imageTypes.has(mimeType)) return undefined;
  if (data.length > maxImageLength || !/^[A-Za-z0-9+/]*={0,2}$/.test(data)) {
    return { type: "input_text", text: "[an image that is too large or broken]" };
  }
  return { type: "input_image", image_url: `data:${mimeType};base64,${data}`, detail: "high" };
}

function cutMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const half = Math.floor(maxLength / 2);
  return `${text.slice(0, half)}…${text.length - 2 * half} characters truncated…${text.slice(text.length - half)}`;
}
