import { isJsonObject, type JsonObject } from "../responses/items.js";

/** How deep the messages of a peer may nest: whoever writes them out again does so by recursion, clients read them so. */
const maxDepth = 100;

/** What halves of characters can be written as: a text that came over a WebSocket has no others. */
const mayBeHalved = /\\u[dD][89a-fA-F]/;

const backslash = 0x5c;

/**
 * The JSON object that a peer sent; undefined for anything else, and for what nests deeper than 100. Halves of
 * characters (lone surrogates), which other languages cannot read, are U+FFFD in it.
 */
export function messageObject(json: string): JsonObject | undefined {
  if (nestsTooDeep(json)) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    const whole = mayBeHalved.test(json) ? wellFormed(value) : value;
    return isJsonObject(whole) ? whole : undefined;
  } catch {
    return undefined;
  }
}

/** The beginning of a text, and a mark if that is not all of it. Cuts no character in two. */
export function quoted(text: string, mostCharacters: number): string {
  if (text.length <= mostCharacters) return text;
  return `${text.slice(0, mostCharacters).replace(/[\ud800-\udbff]$/, "")}...`;
}

/** Looks at the text, not at what it becomes: that alone may take more memory than the text many times over. */
function nestsTooDeep(json: string): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    switch (json[at]) {
      case '"':
        at = endOfString(json, at);
        break;
      case "[":
      case "{":
        depth += 1;
        if (depth > maxDepth) return true;
        break;
      case "]":
      case "}":
        depth -= 1;
    }
  }
  return false;
}

/** Where the string that begins at `start` ends: its closing quote, or the end of a text without one. */
function endOfString(json: string, start: number): number {
  let end = start;
  let escapes: number;
  do {
    end = json.indexOf('"', end + 1);
    if (end === -1) return json.length;
    escapes = 0;
    while (json.charCodeAt(end - escapes - 1) === backslash) escapes += 1;
  } while (escapes % 2 === 1);
  return end;
}

function wellFormed(value: unknown): unknown {
  if (typeof value === "string") return wholeCharacters(value);
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [wholeCharacters(name), wellFormed(inner)]));
}

function wholeCharacters(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}
