// The sentences of Rust's serde. This server's decoder names no numbers, unlike the app-server's.

/** serde's name for the kind of a JSON value. */
export function kindOf(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "sequence";
  switch (typeof value) {
    case "string":
      return `string ${JSON.stringify(value)}`;
    case "boolean":
      return `boolean \`${value}\``;
    case "number":
      return "number";
    default:
      return "map";
  }
}

/** `invalid type: <what came>, expected <what should have come>`. */
export function wrongType(value: unknown, expected: string): string {
  return `invalid type: ${kindOf(value)}, expected ${expected}`;
}

/** ``missing field `x` ``. */
export function missingField(name: string): string {
  return `missing field \`${name}\``;
}

/** ``unknown variant `x`, expected one of `a`, `b`, `c` ``. */
export function unknownVariant(name: string, known: readonly string[]): string {
  const ticked = known.map((each) => `\`${each}\``);
  return `unknown variant \`${name}\`, expected ${ticked.length > 2 ? `one of ${ticked.join(", ")}` : ticked.join(" or ")}`;
}
