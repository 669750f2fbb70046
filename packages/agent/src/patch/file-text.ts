import { isUtf8 } from "node:buffer";

/** What the C library of the reference (musl) says for the errors that files are likely to meet. */
const SYSTEM_MESSAGES: ReadonlyMap<string, string> = new Map([
  ["EACCES", "Permission denied"],
  ["EEXIST", "File exists"],
  ["EISDIR", "Is a directory"],
  ["ELOOP", "Symbolic link loop"],
  ["ENAMETOOLONG", "Filename too long"],
  ["ENOENT", "No such file or directory"],
  ["ENOSPC", "No space left on device"],
  ["ENOTDIR", "Not a directory"],
  ["EPERM", "Operation not permitted"],
  ["EROFS", "Read-only file system"],
]);

/** An error of the file system in the words models know, as `No such file or directory (os error 2)`. */
export function fileErrorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!("code" in error) || typeof error.code !== "string") return error.message;
  if (!("errno" in error) || typeof error.errno !== "number") return error.message;
  return `${SYSTEM_MESSAGES.get(error.code) ?? error.code} (os error ${-error.errno})`;
}

/** The text of a file, with its byte order mark; `undefined` if it is not UTF-8, so that encoding gives the same bytes. */
export function decodeText(content: Buffer): string | undefined {
  return isUtf8(content) ? content.toString("utf8") : undefined;
}

/** Where and how bytes stop being UTF-8, in the reference's words. Only for content that `decodeText` refused. */
export function utf8ErrorText(content: Buffer): string {
  for (let at = 0; at < content.length;) {
    const length = sequenceLength(content[at] ?? 0);
    for (let have = 1; have <= Math.max(length, 1); have += 1) {
      if (length > 0 && have === length && isUtf8(content.subarray(at, at + length))) break;
      if (at + have >= content.length && length > have && mayGoOn(content, at, have)) {
        return `incomplete utf-8 byte sequence from index ${at}`;
      }
      if (!mayGoOn(content, at, have + 1)) return `invalid utf-8 sequence of ${have} bytes from index ${at}`;
    }
    at += length;
  }
  return "invalid utf-8";
}

/** Whether `count` bytes from `at` are the beginning of some character. */
function mayGoOn(content: Buffer, at: number, count: number): boolean {
  const first = content[at] ?? 0;
  const length = sequenceLength(first);
  if (count > length || at + count > content.length) return false;
  for (let index = 1; index < count; index += 1) {
    const byte = content[at + index] ?? 0;
    const [low, high] = index === 1 ? secondByteRange(first) : [0x80, 0xbf];
    if (byte < low || byte > high) return false;
  }
  return true;
}

/** How many bytes a character has that begins with this byte; 0 if none does. */
function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

/** The second byte's range excludes overlong forms, surrogates and what is above U+10FFFF. */
function secondByteRange(first: number): readonly [number, number] {
  if (first === 0xe0) return [0xa0, 0xbf];
  if (first === 0xed) return [0x80, 0x9f];
  if (first === 0xf0) return [0x90, 0xbf];
  return first === 0xf4 ? [0x80, 0x8f] : [0x80, 0xbf];
}
