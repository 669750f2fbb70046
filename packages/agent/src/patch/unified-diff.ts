import type { LineRun } from "./line-diff.js";
import { diffLines } from "./line-diff.js";

const NO_NEWLINE = "\n\\ No newline at end of file\n";

/**
 * The hunks of a unified diff between two texts, without file headers; empty if the texts are the same.
 *
 * @param context lines shown around each change
 */
export function unifiedHunks(before: string, after: string, context: number): string {
  if (before === after) return "";
  return hunks(diffLines(linesOf(before), linesOf(after)), context)
    .map((hunk) => hunk.toString())
    .join("");
}

class Hunk {
  readonly #oldStart: number;
  readonly #newStart: number;
  #oldCount = 0;
  #newCount = 0;
  #body = "";

  /** The starts are lines counted from 0. */
  constructor(oldStart: number, newStart: number) {
    this.#oldStart = oldStart;
    this.#newStart = newStart;
  }

  add(type: LineRun["type"], lines: readonly string[]): void {
    const sign = { same: " ", removed: "-", added: "+" }[type];
    for (const line of lines) this.#body += sign + (line.endsWith("\n") ? line : line + NO_NEWLINE);
    if (type !== "added") this.#oldCount += lines.length;
    if (type !== "removed") this.#newCount += lines.length;
  }

  toString(): string {
    return `@@ -${range(this.#oldStart, this.#oldCount)} +${range(this.#newStart, this.#newCount)} @@\n${this.#body}`;
  }
}

function hunks(runs: readonly LineRun[], context: number): Hunk[] {
  const result: Hunk[] = [];
  let hunk: Hunk | undefined;
  let oldAt = 0;
  let newAt = 0;
  for (const [index, { type, lines }] of runs.entries()) {
    if (type === "same") {
      const more = index < runs.length - 1;
      if (hunk !== undefined && more && lines.length <= 2 * context) {
        hunk.add(type, lines);
      } else {
        hunk?.add(type, lines.slice(0, context));
        hunk = undefined;
        const lead = more ? Math.min(context, lines.length) : 0;
        if (more) {
          hunk = new Hunk(oldAt + lines.length - lead, newAt + lines.length - lead);
          hunk.add(type, lines.slice(lines.length - lead));
          result.push(hunk);
        }
      }
    } else {
      if (hunk === undefined) {
        hunk = new Hunk(oldAt, newAt);
        result.push(hunk);
      }
      hunk.add(type, lines);
    }
    if (type !== "added") oldAt += lines.length;
    if (type !== "removed") newAt += lines.length;
  }
  return result;
}

/** A range of lines as unified diffs write it: counted from 1, or the line before an empty range. */
function range(start: number, count: number): string {
  if (count === 1) return `${start + 1}`;
  return `${count === 0 ? start : start + 1},${count}`;
}

/** The lines with their ends. */
function linesOf(text: string): string[] {
  const lines: string[] = [];
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline + 1;
    lines.push(text.slice(start, end));
    start = end;
  }
  return lines;
}
