import { unexpected } from "./unexpected.js";

// The sentences of Rust's serde, which clients and their tests know from the reference.

/** `invalid type: <what came>, expected <what should have come>`. */
export function wrongType(value: unknown, expected: string): string {
  return `invalid type: ${unexpected(value)}, expected ${expected}`;
}

/** The right type, but not a possible value. */
export function wrongValue(value: unknown, expected: string): string {
  return `invalid value: ${unexpected(value)}, expected ${expected}`;
}

/** ``missing field `x` ``. */
export function missingField(name: string): string {
  return `missing field \`${name}\``;
}

/** ``unknown variant `x`, expected one of `a`, `b`, `c` ``; shorter lists are worded `` `a` or `b` `` and `` `a` ``. */
export function unknownVariant(name: string, known: readonly string[]): string {
  return `unknown variant \`${name}\`, expected ${list(known)}`;
}

/** ``unknown field `x`, expected `a` or `b` ``, for the few structs that take no other members. */
export function unknownField(name: string, known: readonly string[]): string {
  return `unknown field \`${name}\`, ${known.length === 0 ? "there are no fields" : `expected ${list(known)}`}`;
}

function list(names: readonly string[]): string {
  const ticked = names.map((name) => `\`${name}\``);
  return ticked.length > 2 ? `one of ${ticked.join(", ")}` : ticked.join(" or ");
}

/** A sequence too short to stand for a struct. */
export function wrongLength(length: number, expected: string, members: number): string {
  const count = members === 1 ? "1 element" : `${members} elements`;
  return `invalid length ${length}, expected ${expected} with ${count}`;
}
