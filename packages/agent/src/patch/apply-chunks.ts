import { FindLines } from "./find-lines.js";
import type { Chunk, ChunkLine } from "./patch.js";

/** A line and how it ends in the file: `\n`, `\r\n`, or nothing on a last line. */
interface FileLine {
  readonly text: string;
  readonly end: string;
}

interface Replacement {
  readonly at: number;
  readonly count: number;
  readonly lines: readonly FileLine[];
}

const BYTE_ORDER_MARK = "\uFEFF";

/**
 * The content of a file after the chunks of an update, or why one does not fit. Chunks are looked for in their order,
 * each after the one before. Lines that the patch does not take out keep every byte, also where the patch spells them
 * differently: their white space, their ending, a missing newline at the end of the file, a byte order mark. New lines
 * end as the first line of the file does. A chunk that only adds goes to the end of the file, as in the reference.
 *
 * @param path for the messages only
 */
export function applyChunks(
  content: string,
  chunks: readonly Chunk[],
  path: string,
): { readonly ok: true; readonly content: string } | { readonly ok: false; readonly reason: string } {
  const mark = content.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
  const lines = splitLines(content.slice(mark.length));
  const newline = lines[0]?.end === "\r\n" ? "\r\n" : "\n";
  const index = new FindLines(lines.map(({ text }) => text));
  const replacements: Replacement[] = [];
  let from = 0;
  for (const chunk of chunks) {
    for (const context of chunk.contexts) {
      const at = index.find([context], from, false);
      if (at === undefined) return { ok: false, reason: `Failed to find context '${context}' in ${path}` };
      from = at + 1;
    }
    if (oldTexts(chunk.lines).length === 0) {
      replacements.push({ at: lines.length, count: 0, lines: rewrite(chunk.lines, [], newline) });
      continue;
    }
    const found = locate(index, chunk, from);
    if (found === undefined) {
      return {
        ok: false,
        reason: `Failed to find expected lines in ${path}:\n${oldTexts(chunk.lines).join("\n")}`,
      };
    }
    const count = oldTexts(found.lines).length;
    const old = lines.slice(found.at, found.at + count);
    replacements.push({ at: found.at, count, lines: rewrite(found.lines, old, newline) });
    from = found.at + count;
  }
  return { ok: true, content: mark + join(lines, replacements, newline) };
}

/** Where a chunk stands. A blank old line at its end may be the model's alone: without it the chunk is tried again. */
function locate(
  index: FindLines,
  chunk: Chunk,
  from: number,
): { readonly at: number; readonly lines: readonly ChunkLine[] } | undefined {
  const at = index.find(oldTexts(chunk.lines), from, chunk.atEnd);
  if (at !== undefined) return { at, lines: chunk.lines };
  const shorter = withoutBlankEnd(chunk.lines);
  if (shorter === undefined) return undefined;
  const pattern = oldTexts(shorter);
  const second = pattern.length === 0 ? from : index.find(pattern, from, chunk.atEnd);
  return second === undefined ? undefined : { at: second, lines: shorter };
}

function withoutBlankEnd(lines: readonly ChunkLine[]): readonly ChunkLine[] | undefined {
  const last = lines.findLastIndex(({ kind }) => kind !== "add");
  const blank = lines[last];
  if (blank?.text !== "") return undefined;
  // A blank context line with additions after it is no longer in the file, but it is wanted there.
  const wanted = blank.kind === "context" && last < lines.length - 1;
  const shorter = lines.toSpliced(last, 1, ...(wanted ? [{ kind: "add", text: "" } as const] : []));
  const newEnd = shorter.at(-1);
  const dropEnd = (wanted || blank.kind === "remove") && newEnd?.kind === "add" && newEnd.text === "";
  return dropEnd ? shorter.slice(0, -1) : shorter;
}

function oldTexts(lines: readonly ChunkLine[]): string[] {
  return lines.filter(({ kind }) => kind !== "add").map(({ text }) => text);
}

/** The lines that take the place of `old`, of which those that stay are the file's own. */
function rewrite(lines: readonly ChunkLine[], old: readonly FileLine[], newline: string): FileLine[] {
  const result: FileLine[] = [];
  let at = 0;
  for (const { kind, text } of lines) {
    if (kind === "add") {
      result.push({ text, end: newline });
      continue;
    }
    const own = old[at];
    at += 1;
    if (kind === "context" && own !== undefined) result.push(own);
  }
  return result;
}

function join(lines: readonly FileLine[], replacements: readonly Replacement[], newline: string): string {
  const parts: FileLine[] = [];
  let at = 0;
  // Only additions to the end of the file can be out of order.
  for (const replacement of replacements.toSorted((a, b) => a.at - b.at)) {
    for (; at < replacement.at; at += 1) {
      const line = lines[at];
      if (line !== undefined) parts.push(line);
    }
    for (const line of replacement.lines) parts.push(line);
    at += replacement.count;
  }
  for (; at < lines.length; at += 1) {
    const line = lines[at];
    if (line !== undefined) parts.push(line);
  }
  const last = parts.length - 1;
  // A line that was last without a newline and has others after it now.
  return parts.map(({ text, end }, index) => text + (end === "" && index < last ? newline : end)).join("");
}

function splitLines(content: string): FileLine[] {
  const lines: FileLine[] = [];
  for (let start = 0; start < content.length;) {
    const newline = content.indexOf("\n", start);
    if (newline === -1) {
      lines.push({ text: content.slice(start), end: "" });
      break;
    }
    const end = newline > start && content.charAt(newline - 1) === "\r" ? newline - 1 : newline;
    lines.push({ text: content.slice(start, end), end: content.slice(end, newline + 1) });
    start = newline + 1;
  }
  return lines;
}
