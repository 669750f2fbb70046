import { createHash } from "node:crypto";

import { decodeText } from "./file-text.js";
import type { FileNode } from "./patch-files.js";
import { unifiedHunks } from "./unified-diff.js";

/** Lines around each change, as git has them. */
const CONTEXT = 3;

const NO_BLOB = "0".repeat(40);

/** One file of a git diff. At least one side is there; the paths differ for a rename. */
export interface FileDifference {
  readonly oldPath: string;
  readonly newPath: string;
  readonly before: FileNode | undefined;
  readonly after: FileNode | undefined;
}

/**
 * The difference as `git diff --full-index` writes it, except where the reference leaves something out: the mode after
 * the blob hashes, and that a file was executable. A file that is not text is said to differ, without its bytes.
 *
 * @param difference of which the two sides are not the same
 */
export function gitDiff({ oldPath, newPath, before, after }: FileDifference): string {
  const oldName = quoted(`a/${oldPath}`);
  const newName = quoted(`b/${newPath}`);
  const oldBlob = blobHash(before);
  const newBlob = blobHash(after);
  let head = `diff --git ${oldName} ${newName}\n`;
  if (before === undefined) head += `new file mode ${modeOf(after)}\n`;
  if (after === undefined) head += `deleted file mode ${modeOf(before)}\n`;
  if (oldBlob === newBlob) {
    return `${head}similarity index 100%\nrename from ${quoted(oldPath)}\nrename to ${quoted(newPath)}\n`;
  }
  head += `index ${oldBlob}..${newBlob}\n`;
  const oldSide = before === undefined ? "/dev/null" : oldName;
  const newSide = after === undefined ? "/dev/null" : newName;
  const oldText = textOf(before);
  const newText = textOf(after);
  if (oldText === undefined || newText === undefined) return `${head}Binary files ${oldSide} and ${newSide} differ\n`;
  const hunks = unifiedHunks(oldText, newText, CONTEXT);
  return hunks === "" ? head : `${head}--- ${oldSide}\n+++ ${newSide}\n${hunks}`;
}

function textOf(node: FileNode | undefined): string | undefined {
  if (node === undefined) return "";
  return node.type === "link" ? node.target : decodeText(node.content);
}

function modeOf(node: FileNode | undefined): string {
  return node?.type === "link" ? "120000" : "100644";
}

function blobHash(node: FileNode | undefined): string {
  if (node === undefined) return NO_BLOB;
  const content = node.type === "link" ? Buffer.from(node.target) : node.content;
  return createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
}

/** Control characters but those above U+007F, which take more than one byte. */
const CONTROL = /[^\P{Cc}\u0080-\u009F]/u;

/** Only names that would break the line are quoted; git also quotes others, and reads them either way. */
function quoted(name: string): string {
  if (!CONTROL.test(name)) return name;
  const escaped = name
    .replaceAll(/["\\]/gu, (character) => `\\${character}`)
    .replaceAll(new RegExp(CONTROL, "gu"), (control) => `\\${control.charCodeAt(0).toString(8).padStart(3, "0")}`);
  return `"${escaped}"`;
}
