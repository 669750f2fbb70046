import { RulesError } from "./rules-error.js";

/** One token of a rules file. `text` is a name, a punctuation mark, or a string's value; offsets are into the file. */
export interface Token {
  kind: "name" | "string" | "mark" | "newline" | "end";
  text: string;
  start: number;
  end: number;
}

/**
 * Splits a rules file into tokens. Comments, and newlines inside brackets, are left out; the last two tokens are a
 * newline and the end.
 *
 * @throws {RulesError} At what is no token of the language.
 */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const string = openingQuote.exec(startAt(openingQuote, text, at));
    if (string !== null) {
      const token = readString(text, at, string[1] ?? "", string[2] ?? "");
      tokens.push(token);
      at = token.end;
      continue;
    }
    const found = other.exec(startAt(other, text, at));
    if (found === null) throw new RulesError(`unexpected character ${JSON.stringify(text[at])}`, at, at + 1);
    const [whole, , newline, name, mark] = found;
    const token = { text: whole, start: at, end: at + whole.length };
    if (newline !== undefined && depth === 0) tokens.push({ kind: "newline", ...token });
    if (name !== undefined) tokens.push({ kind: "name", ...token });
    if (mark !== undefined) {
      tokens.push({ kind: "mark", ...token });
      if ("([{".includes(mark)) depth += 1;
      else if (")]}".includes(mark)) depth = Math.max(0, depth - 1);
    }
    at = token.end;
  }
  const end = { start: at, end: at };
  tokens.push({ kind: "newline", text: "\n", ...end }, { kind: "end", text: "", ...end });
  return tokens;
}

/** Space, comments and joined lines; ends of statements; names; marks. */
const other = /([ \t\r\uFEFF]+|#[^\n]*|\\\r?\n)|([\n;])|([A-Za-z_]\w*)|([()[\]{},=+])/y;
const openingQuote = /([rR]?)("""|'''|["'])/y;

function startAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return text;
}

function readString(text: string, start: number, prefix: string, quote: string): Token {
  const isRaw = prefix !== "";
  let value = "";
  let at = start + prefix.length + quote.length;
  while (!text.startsWith(quote, at)) {
    const letter = text[at];
    if (letter === undefined || (letter === "\n" && quote.length === 1)) {
      throw new RulesError("unterminated string", start, at);
    }
    const escape = letter === "\\" ? readEscape(text, at, isRaw) : { value: letter, length: 1 };
    value += escape.value;
    at += escape.length;
  }
  return { kind: "string", text: value, start, end: at + quote.length };
}

function readEscape(text: string, at: number, isRaw: boolean): { value: string; length: number } {
  if (isRaw) return { value: text.slice(at, at + 2), length: 2 };
  escapeText.lastIndex = at;
  const [whole = "", simple, code, octal] = escapeText.exec(text) ?? [];
  if (simple !== undefined) return { value: simpleEscapes.get(simple) ?? "", length: whole.length };
  if (code === undefined && octal === undefined) return { value: text.slice(at, at + 2), length: 2 };
  const point = code === undefined ? Number.parseInt(octal ?? "", 8) : Number.parseInt(code.slice(1), 16);
  if (point > 0x10ffff) throw new RulesError("invalid escape", at, at + whole.length);
  return { value: String.fromCodePoint(point), length: whole.length };
}

const escapeText = /\\(?:([\nabfnrtv\\'"])|(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8})|([0-7]{1,3}))/y;
const simpleEscapes = new Map([
  ["\n", ""],
  ["a", "\u0007"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
]);
