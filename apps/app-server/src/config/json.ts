/** A value as TOML and JSON both have it; dates become strings. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonTable;

/** A table of configuration. */
export interface JsonTable {
  readonly [key: string]: JsonValue;
}

/** Whether the value is a table. */
export function isTable(value: JsonValue | undefined): value is JsonTable {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Turns what a parser gives into plain values: dates to text, big integers to numbers. */
export function toJsonValue(value: unknown): JsonValue {
  if (value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number")
    return value;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toJsonValue);
  if (typeof value === "object") return toJsonTable(value);
  // Nothing else comes out of a parser.
  return null;
}

/** {@link toJsonValue} for a table. Keys such as `__proto__` are plain keys. */
export function toJsonTable(value: object): JsonTable {
  const table: Record<string, JsonValue> = Object.create(null);
  for (const [key, member] of Object.entries(value)) table[key] = toJsonValue(member);
  return table;
}

/** The upper table over the lower one: tables are merged, everything else is replaced. */
export function mergeTables(lower: JsonTable, upper: JsonTable): JsonTable {
  const merged: Record<string, JsonValue> = Object.assign(Object.create(null), lower);
  for (const [key, value] of Object.entries(upper)) {
    const below = merged[key];
    merged[key] = isTable(value) && isTable(below) ? mergeTables(below, value) : value;
  }
  return merged;
}

/** A table with one value at a path of keys. */
export function tableAt(path: readonly string[], value: JsonValue): JsonTable {
  const [key = "", ...rest] = path;
  return { [key]: rest.length === 0 ? value : tableAt(rest, value) };
}

/** All values of a table that are not tables themselves, with their paths of keys. */
export function* leaves(
  table: JsonTable,
  path: readonly string[] = [],
): Generator<readonly [readonly string[], JsonValue]> {
  for (const [key, value] of Object.entries(table)) {
    if (isTable(value)) yield* leaves(value, [...path, key]);
    else yield [[...path, key], value];
  }
}
