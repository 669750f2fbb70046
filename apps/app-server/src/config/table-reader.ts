import { ConfigError } from "./config-error.js";
import { isTable, type JsonTable, type JsonValue } from "./json.js";

/** A value of the wrong type or out of range. `path` lets the caller say where in which file it stands. */
export class ConfigValueError extends ConfigError {
  readonly path: readonly string[];

  constructor(reason: string, path: readonly string[]) {
    super(reason);
    this.path = path;
  }
}

/** Reads typed values out of a table of configuration; absent ones are undefined. */
export class TableReader {
  readonly #table: JsonTable;
  readonly #path: readonly string[];

  constructor(table: JsonTable, path: readonly string[] = []) {
    this.#table = table;
    this.#path = path;
  }

  /** @throws {@link ConfigValueError} */
  string(key: string): string | undefined {
    return this.#read(key, "a string", (value) => (typeof value === "string" ? value : undefined));
  }

  /** @throws {@link ConfigValueError} */
  boolean(key: string): boolean | undefined {
    return this.#read(key, "a boolean", (value) => (typeof value === "boolean" ? value : undefined));
  }

  /** An integer from 0. @throws {@link ConfigValueError} */
  count(key: string): number | undefined {
    return this.#read(key, "u64", (value) =>
      Number.isInteger(value) && Number(value) >= 0 ? Number(value) : undefined,
    );
  }

  /** A time in seconds, from 0, in milliseconds. @throws {@link ConfigValueError} */
  seconds(key: string): number | undefined {
    const value = this.#read(key, "f64", (number) => (typeof number === "number" ? number : undefined));
    if (value === undefined) return undefined;
    if (Number.isFinite(value) && value >= 0) return value * 1000;
    throw this.error(
      key,
      `cannot convert float seconds to Duration: value is ${value < 0 ? "negative" : "either too big or NaN"}`,
    );
  }

  /** A list of anything. @throws {@link ConfigValueError} */
  list(key: string): readonly JsonValue[] | undefined {
    return this.#read(key, "a sequence", (value) => (isList(value) ? value : undefined));
  }

  /** A list of strings. @throws {@link ConfigValueError} */
  stringList(key: string): string[] | undefined {
    return this.list(key)?.map((value) => {
      if (typeof value === "string") return value;
      throw this.error(key, `invalid type: ${describe(value)}, expected a string`);
    });
  }

  /** One of the given words. @throws {@link ConfigValueError} */
  oneOf<T extends string>(key: string, words: readonly T[]): T | undefined {
    const text = this.string(key);
    if (text === undefined) return undefined;
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return word;
    throw this.error(
      key,
      `unknown variant \`${text}\`, expected one of ${words.map((each) => `\`${each}\``).join(", ")}`,
    );
  }

  /** A table of strings. @throws {@link ConfigValueError} */
  strings(key: string): Readonly<Record<string, string>> | undefined {
    const reader = this.table(key);
    if (reader === undefined) return undefined;
    return Object.fromEntries(reader.keys().map((name) => [name, reader.string(name) ?? ""]));
  }

  /** A table. @throws {@link ConfigValueError} */
  table(key: string): TableReader | undefined {
    const table = this.#read(key, "a map", (value) => (isTable(value) ? value : undefined));
    return table === undefined ? undefined : new TableReader(table, [...this.#path, key]);
  }

  /** The value as it stands. */
  raw(key: string): JsonValue | undefined {
    return this.#table[key];
  }

  keys(): string[] {
    return Object.keys(this.#table);
  }

  /** An error about one key. */
  error(key: string, reason: string): ConfigValueError {
    return new ConfigValueError(reason, [...this.#path, key]);
  }

  #read<T>(key: string, expected: string, narrow: (value: JsonValue) => T | undefined): T | undefined {
    const value = this.#table[key];
    if (value === undefined || value === null) return undefined;
    const narrowed = narrow(value);
    if (narrowed !== undefined) return narrowed;
    const kind = typeof value === "number" && Number.isInteger(value) && expected === "u64" ? "value" : "type";
    throw this.error(key, `invalid ${kind}: ${describe(value)}, expected ${expected}`);
  }
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** A value in the words of the reference's decoder. */
function describe(value: JsonValue): string {
  if (typeof value === "string") return `string ${JSON.stringify(value)}`;
  if (typeof value === "boolean") return `boolean \`${value}\``;
  if (typeof value === "number")
    return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
  return isTable(value) ? "map" : "sequence";
}
