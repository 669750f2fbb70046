import type { Chunk, ChunkLine, Patch, PatchFailure, PatchOperation } from "./patch.js";
import { verificationFailure } from "./patch.js";

const BEGIN = "*** Begin Patch";
const END = "*** End Patch";
const ADD = "*** Add File: ";
const DELETE = "*** Delete File: ";
const UPDATE = "*** Update File: ";
const MOVE = "*** Move to: ";
const END_OF_FILE = "*** End of File";
const ENVIRONMENT = "*** Environment ID: ";
const NO_END = `The last line of the patch must be '${END}'`;
const HEREDOC_STARTS = new Set(["<<EOF", "<<'EOF'", '<<"EOF"']);
const LINE_KINDS: ReadonlyMap<string, ChunkLine["kind"]> = new Map([
  [" ", "context"],
  ["-", "remove"],
  ["+", "add"],
]);

/**
 * Reads a patch as models write it: white space around the markers, blank lines before and after the patch, lines that
 * end in CR LF, a heredoc left around the whole, a first chunk without `@@`, context lines without their space when
 * they are empty. What is read and what is refused, and the words of the refusals, are those of codex 0.169.0; only
 * several `@@` lines in a row, which its grammar allows and it refuses, are read here.
 */
export function parsePatch(text: string): { readonly ok: true; readonly patch: Patch } | PatchFailure {
  const lines = withoutHeredoc(text.trim().split("\n").map(withoutReturn));
  if (lines.length > 1 && lines[0]?.trim() !== BEGIN) return invalid(`The first line of the patch must be '${BEGIN}'`);
  if (lines.length === 1 && lines[0] !== "" && lines[0]?.trim() !== BEGIN) {
    return invalid(`The first line of the patch must be '${BEGIN}'`);
  }
  if (lines.length < 2 || lines.at(-1)?.trim() !== END) return invalid(NO_END);
  if (lines[1]?.startsWith(ENVIRONMENT) === true) {
    return { ok: false, message: "apply_patch environment selection is unavailable for this turn" };
  }
  try {
    const operations = new Reader(lines).operations();
    if (operations.length === 0) return { ok: false, message: "patch rejected: empty patch" };
    return { ok: true, patch: { operations } };
  } catch (error) {
    if (error instanceof HunkError) return verificationFailure(error.message);
    throw error;
  }
}

/** Ends the reading inside this file only. */
class HunkError extends Error {
  /** `line` counts from 1, the begin marker. */
  static at(line: number, message: string): HunkError {
    return new HunkError(`invalid hunk at line ${line}, ${message}`);
  }
}

class Reader {
  readonly #lines: readonly string[];
  /** The index of the next line; the first line is the begin marker. */
  #at = 1;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  operations(): PatchOperation[] {
    const operations: PatchOperation[] = [];
    while (this.#at < this.#lines.length - 1) operations.push(this.#operation());
    return operations;
  }

  #operation(): PatchOperation {
    const header = this.#peek().trim();
    const headerLine = this.#at + 1;
    this.#at += 1;
    const added = pathAfter(ADD, header);
    if (added !== undefined) return { type: "add", path: added, content: this.#content() };
    const deleted = pathAfter(DELETE, header);
    if (deleted !== undefined) return { type: "delete", path: deleted };
    const updated = pathAfter(UPDATE, header);
    if (updated !== undefined) return this.#update(updated, headerLine);
    if (header === END) throw new HunkError(`invalid patch: ${NO_END}`);
    throw HunkError.at(
      headerLine,
      `'${header}' is not a valid hunk header. Valid hunk headers: '${ADD}{path}', '${DELETE}{path}', '${UPDATE}{path}'`,
    );
  }

  #content(): string {
    let content = "";
    while (this.#peek().startsWith("+")) {
      content += `${this.#peek().slice(1)}\n`;
      this.#at += 1;
    }
    return content;
  }

  #update(path: string, headerLine: number): PatchOperation {
    const moveTo = pathAfter(MOVE, this.#peek().trimEnd());
    if (moveTo !== undefined) this.#at += 1;
    const chunks: Chunk[] = [];
    while (!this.#ended()) {
      if (chunks.length > 0 && this.#peek().trim() === "") {
        this.#at += 1;
        continue;
      }
      if (chunks.length === 0 && this.#peek().trimEnd() === END_OF_FILE) break;
      chunks.push(this.#chunk(chunks.length > 0));
    }
    if (chunks.length === 0) throw HunkError.at(headerLine, `Update file hunk for path '${path}' is empty`);
    return { type: "update", path, moveTo, chunks };
  }

  #chunk(needsMarker: boolean): Chunk {
    const contexts: string[] = [];
    let marked = false;
    for (let context = contextOf(this.#peek()); context !== undefined; context = contextOf(this.#peek())) {
      marked = true;
      if (context !== "") contexts.push(context);
      this.#at += 1;
    }
    if (needsMarker && !marked) {
      throw HunkError.at(
        this.#at + 1,
        `Expected update hunk to start with a @@ context marker, got: '${this.#peek()}'`,
      );
    }
    const lines: ChunkLine[] = [];
    for (let line = chunkLine(this.#peek()); line !== undefined; line = chunkLine(this.#peek())) {
      lines.push(line);
      this.#at += 1;
    }
    if (lines.length === 0) throw this.#noLines();
    const atEnd = this.#peek().trimEnd() === END_OF_FILE;
    if (atEnd) this.#at += 1;
    return { contexts, lines, atEnd };
  }

  #noLines(): HunkError {
    const line = this.#peek();
    if (this.#at === this.#lines.length - 1 || line.trimEnd() === END_OF_FILE) {
      return HunkError.at(this.#at + 1, "Update hunk does not contain any lines");
    }
    return HunkError.at(
      this.#at + 1,
      `Unexpected line found in update hunk: '${line}'. Every line should start with ' ' (context line), '+' (added line), or '-' (removed line)`,
    );
  }

  /** Whether the lines of an update are over: the next operation, or the end of the patch. */
  #ended(): boolean {
    if (this.#at >= this.#lines.length - 1) return true;
    const line = this.#peek();
    if (line.trimEnd() === END) return true;
    return [ADD, DELETE, UPDATE].some((start) => pathAfter(start, line.trimEnd()) !== undefined);
  }

  /** The next line. The last one, the end marker, is never passed: no line of an operation looks like it. */
  #peek(): string {
    return this.#at === this.#lines.length - 1 ? END : (this.#lines[this.#at] ?? END);
  }
}

/** The heredoc that a model copied from a shell command around its patch is taken off. */
function withoutHeredoc(lines: readonly string[]): readonly string[] {
  const wrapped = lines.length >= 4 && HEREDOC_STARTS.has(lines[0] ?? "") && lines.at(-1)?.endsWith("EOF") === true;
  return wrapped ? lines.slice(1, -1) : lines;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function pathAfter(start: string, line: string): string | undefined {
  return line.startsWith(start) && line.length > start.length ? line.slice(start.length) : undefined;
}

function contextOf(line: string): string | undefined {
  const marker = line.trimEnd();
  if (marker === "@@") return "";
  return marker.startsWith("@@ ") ? marker.slice(3) : undefined;
}

function chunkLine(line: string): ChunkLine | undefined {
  if (line === "") return { kind: "context", text: "" };
  const kind = LINE_KINDS.get(line.charAt(0));
  return kind === undefined ? undefined : { kind, text: line.slice(1) };
}

function invalid(reason: string): PatchFailure {
  return verificationFailure(`invalid patch: ${reason}`);
}
