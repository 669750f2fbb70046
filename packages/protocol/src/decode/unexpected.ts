/** serde's words for a value of the wrong kind: ``integer `5` ``, `string "x"`, `map`. */
export function unexpected(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `string ${quoted(value)}`;
    case "boolean":
      return `boolean \`${value}\``;
    case "number":
      return isWrittenAsInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
    default:
      if (value === null) return "null";
      return Array.isArray(value) ? "sequence" : "map";
  }
}

/**
 * Whether a number would be an integer in JSON text. `1.0` counts, since parsing makes it 1; from 1e21 on numbers are
 * written with an exponent, which serde reads as floating point.
 */
export function isWrittenAsInteger(value: number): boolean {
  return Number.isInteger(value) && Math.abs(value) < 1e21;
}

const shortEscapes = new Map([
  ["\0", "\\0"],
  ["\t", "\\t"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ['"', '\\"'],
  ["\\", "\\\\"],
]);

/** A string as Rust's Debug prints it. */
function quoted(text: string): string {
  const escaped = text.replaceAll(
    /["\\\p{Cc}]/gu,
    (character) => shortEscapes.get(character) ?? `\\u{${character.charCodeAt(0).toString(16)}}`,
  );
  return `"${escaped}"`;
}
