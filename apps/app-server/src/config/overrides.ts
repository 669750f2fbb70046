import { ConfigError } from "./config-error.js";
import { mergeTables, tableAt, type JsonTable, type JsonValue } from "./json.js";
import { parseToml } from "./toml-file.js";

/**
 * Reads the `-c key=value` flags: the key is dotted, the value TOML, or a plain string where it is not.
 *
 * @throws {@link ConfigError}
 */
export async function parseOverrides(flags: readonly string[]): Promise<JsonTable> {
  let table: JsonTable = {};
  for (const flag of flags) {
    const equals = flag.indexOf("=");
    if (equals < 0) throw new ConfigError(`error parsing -c overrides: Invalid override (missing '='): ${flag}`);
    const key = flag.slice(0, equals).trim();
    if (key === "") throw new ConfigError(`error parsing -c overrides: Empty key in override: ${flag}`);
    table = mergeTables(table, tableAt(key.split("."), await parseValue(flag.slice(equals + 1).trim())));
  }
  return table;
}

/** A client's `config` object, whose keys may be dotted like those of the flags. */
export function expandDottedKeys(config: JsonTable): JsonTable {
  let table: JsonTable = {};
  for (const [key, value] of Object.entries(config)) table = mergeTables(table, tableAt(key.split("."), value));
  return table;
}

async function parseValue(text: string): Promise<JsonValue> {
  try {
    const { value } = await parseToml(`value = ${text}`, "-c");
    if (value !== undefined) return value;
  } catch {
    // Shells eat quotes; a bare word is meant as a string.
  }
  return text.replace(/^(["'])(.*)\1$/, "$2");
}
