import { constants } from "node:fs";
import { open } from "node:fs/promises";

import { messageOf } from "@switchboard/protocol";

/** Largest image file that is given to a model, in bytes. */
const maxImageBytes = 20 * 1024 * 1024;

/** An image as the model is given it, or why it cannot be. */
export type LocalImage =
  | { readonly ok: true; readonly dataUrl: string }
  | { readonly ok: false; readonly isMissing: boolean; readonly reason: string };

/** Reads an image file: PNG, JPEG, GIF or WebP, told by its first bytes, as it is. */
export async function readLocalImage(path: string): Promise<LocalImage> {
  let bytes: Buffer;
  try {
    // A pipe would keep us waiting for somebody who writes to it.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = await file.stat();
      if (!status.isFile()) return { ok: false, isMissing: false, reason: "not a file" };
      if (status.size > maxImageBytes) {
        return { ok: false, isMissing: false, reason: `larger than ${maxImageBytes / 1024 / 1024} MiB` };
      }
      bytes = await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    return { ok: false, isMissing: true, reason: reasonOf(error) };
  }
  const type = imageType(bytes);
  return type === undefined
    ? { ok: false, isMissing: false, reason: "invalid or unsupported image data" }
    : { ok: true, dataUrl: `data:${type};base64,${bytes.toString("base64")}` };
}

function imageType(bytes: Buffer): string | undefined {
  const starts = (hex: string): boolean => bytes.subarray(0, hex.length / 2).toString("hex") === hex;
  if (starts("89504e470d0a1a0a")) return "image/png";
  if (starts("ffd8ff")) return "image/jpeg";
  if (starts("474946383761") || starts("474946383961")) return "image/gif";
  if (starts("52494646") && bytes.subarray(8, 12).toString("latin1") === "WEBP") return "image/webp";
  return undefined;
}

/** The reference's words for the two that happen; models and tests of clients read them. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "No such file or directory (os error 2)";
  if (code === "EACCES") return "Permission denied (os error 13)";
  return messageOf(error);
}
