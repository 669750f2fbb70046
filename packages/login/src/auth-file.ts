import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { messageOf, SwitchboardError } from "@switchboard/protocol";

import { Secret } from "./secret.js";

/** What `auth.json` holds of what is used. */
export interface AuthFile {
  readonly apiKey: Secret | undefined;
}

/**
 * Reads `$CODEX_HOME/auth.json`, the reference's credential file. A missing file holds nothing.
 * ChatGPT tokens in it are left alone.
 *
 * @throws {@link SwitchboardError} `auth_file_unreadable` or `auth_file_invalid`; the text never
 *   quotes the file.
 */
export async function readAuthFile(codexHome: string): Promise<AuthFile> {
  const path = join(codexHome, "auth.json");
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return { apiKey: undefined };
    throw new SwitchboardError({
      code: "auth_file_unreadable",
      message: `cannot read ${path}: ${messageOf(error)}`,
      cause: error,
    });
  }
  const key = apiKeyOf(text);
  if (key === false) {
    throw new SwitchboardError({
      code: "auth_file_invalid",
      message: `${path} is not the JSON object it should be; no stored credential can be used. Mend it or sign in again`,
    });
  }
  return { apiKey: key === undefined ? undefined : new Secret(key) };
}

/** The key, undefined for none, or false for a file of another shape. A parser's message would quote the file. */
function apiKeyOf(text: string): string | undefined | false {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const key = "OPENAI_API_KEY" in value ? value.OPENAI_API_KEY : null;
  if (key === null) return undefined;
  if (typeof key !== "string") return false;
  // As in the environment: a line end that was pasted along is no part of a key.
  return key.trim() === "" ? undefined : key.trim();
}
