import { invalidParams, text, type Read } from "./read.js";

/** What became of a text: its bytes, or why they cannot be had, in the words of Rust's `base64`. */
export type DecodedBase64 = { readonly bytes: Buffer } | { readonly problem: string };

/** Decodes standard base64 with padding, and nothing else: Node by itself skips whatever it does not know. */
export function decodeBase64(encoded: string): DecodedBase64 {
  const bytes = Buffer.from(encoded, "base64");
  // Encoding again is native and proves the whole text at once.
  return bytes.toString("base64") === encoded ? { bytes } : { problem: problemOf(encoded) };
}

/** Bytes in a member whose refusal is the decoder's own. */
export const base64: Read<Buffer> = (value) => {
  const decoded = decodeBase64(text(value));
  if ("problem" in decoded) throw invalidParams(decoded.problem);
  return decoded.bytes;
};

function problemOf(encoded: string): string {
  const body = encoded.replace(/={1,2}$/, "");
  const offset = body.search(/[^A-Za-z0-9+/]/);
  if (offset >= 0) return `Invalid symbol ${body.charCodeAt(offset)}, offset ${offset}.`;
  if (body.length % 4 === 1) return `Invalid input length: ${body.length}`;
  if (encoded.length % 4 !== 0) return "Invalid padding";
  return `Invalid last symbol ${body.charCodeAt(body.length - 1)}, offset ${body.length - 1}.`;
}
