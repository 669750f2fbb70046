import { readFile } from "node:fs/promises";

import { messageOf } from "@switchboard/protocol";

import { ConfigError } from "./config-error.js";
import { toJsonTable, type JsonTable } from "./json.js";

/**
 * Reads a TOML file; undefined when there is none.
 *
 * @throws {@link ConfigError} with `file:line:column: reason` when it is not TOML.
 */
export async function readTomlFile(path: string): Promise<JsonTable | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw new ConfigError(`${path}: cannot be read: ${messageOf(error)}`, error);
  }
  return parseToml(text, path);
}

/**
 * Parses TOML; `name` says in errors what was parsed.
 *
 * @throws {@link ConfigError}
 */
export async function parseToml(text: string, name: string): Promise<JsonTable> {
  const { parse, TomlError } = await import("smol-toml");
  try {
    return toJsonTable(parse(text));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The first line is the reason, the rest a picture of the place.
    const [reason = "not TOML"] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw new ConfigError(`${name}:${error.line}:${error.column}: ${reason}`, error);
  }
}

/**
 * Where in a TOML text a key is set, as `line:column` from 1, or undefined. Good enough for messages:
 * it looks for the key's own line below its table's header, or for the header of a table.
 */
export function locateKey(text: string, path: readonly string[]): string | undefined {
  const key = path.at(-1) ?? "";
  const table = path.slice(0, -1).join(".");
  let current = "";
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[\s*([^\]]+?)\s*\]/.exec(line)?.[1];
    if (header !== undefined) {
      current = header.replaceAll(/["']/g, "");
      if (current === path.join(".")) return `${index + 1}:1`;
    }
    const name = /^\s*([^=#[\]]+?)\s*=/.exec(line)?.[1]?.replaceAll(/["']/g, "");
    if (name === undefined) continue;
    const full = current === "" ? name : `${current}.${name}`;
    if (full === (table === "" ? key : `${table}.${key}`))
      return `${index + 1}:${line.indexOf("=") + 2 + (/=(\s*)/.exec(line)?.[1]?.length ?? 0)}`;
  }
  return undefined;
}
