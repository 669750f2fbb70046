import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { isLegalHeaderValue, messageOf, SwitchboardError, type PlanType } from "@switchboard/protocol";

import { Secret } from "./secret.js";
import { asRecord, asText, tokenClaims } from "./token-claims.js";

/** A ChatGPT login as the file holds it. */
export interface ChatgptLogin {
  readonly accessToken: Secret;
  /** Good for one refresh. Undefined for a login that somebody else keeps fresh. */
  readonly refreshToken: Secret | undefined;
  readonly accountId: string | undefined;
  readonly email: string | null;
  readonly planType: PlanType;
  readonly userId: string | null;
  /** When the access token ends, in milliseconds since 1970, if it says so. */
  readonly expiresAtMs: number | undefined;
  readonly lastRefreshMs: number | undefined;
}

/** What `auth.json` holds of what is used: a key or a login, never both. */
export interface AuthFile {
  readonly apiKey: Secret | undefined;
  readonly chatgpt: ChatgptLogin | undefined;
  /** Equal for files with the same bytes; undefined without a file. */
  readonly fingerprint: string | undefined;
}

/** Where the credential file is. */
export function authFilePath(codexHome: string): string {
  return join(codexHome, "auth.json");
}

/**
 * Reads `$CODEX_HOME/auth.json`, the reference's credential file. A missing file holds nothing. A file
 * with a key and tokens means the tokens if its `auth_mode` is `chatgpt`, else the key, as in the reference.
 *
 * @throws {@link SwitchboardError} `auth_file_unreadable` or `auth_file_invalid`; the text never
 *   quotes the file.
 */
export async function readAuthFile(codexHome: string): Promise<AuthFile> {
  const path = authFilePath(codexHome);
  return readAuthContent(await readAuthText(path), path);
}

/**
 * {@link readAuthFile} for a text that was read before.
 *
 * @throws {@link SwitchboardError} `auth_file_invalid`.
 */
export function readAuthContent(text: string | undefined, path: string): AuthFile {
  if (text === undefined) return { apiKey: undefined, chatgpt: undefined, fingerprint: undefined };
  return { ...credentialsOf(parseAuthText(text, path), path), fingerprint: fingerprintOf(text) };
}

/**
 * The file's text, undefined when there is none.
 *
 * @throws {@link SwitchboardError} `auth_file_unreadable`.
 */
export async function readAuthText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new SwitchboardError({
      code: "auth_file_unreadable",
      message: `cannot read ${path}: ${messageOf(error)}`,
      cause: error,
    });
  }
}

/**
 * The file as an object, with all its members.
 *
 * @throws {@link SwitchboardError} `auth_file_invalid`.
 */
export function parseAuthText(text: string, path: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // A parser's message would quote the file.
    throw invalid(path);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw invalid(path);
  return { ...value };
}

/** See {@link AuthFile.fingerprint}. */
export function fingerprintOf(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function credentialsOf(file: Readonly<Record<string, unknown>>, path: string): Omit<AuthFile, "fingerprint"> {
  const { OPENAI_API_KEY: key = null, auth_mode: mode, tokens = null } = file;
  if (key !== null && typeof key !== "string") throw invalid(path);
  if (tokens !== null && (typeof tokens !== "object" || Array.isArray(tokens))) throw invalid(path);
  // As in the environment: a line end that was pasted along is no part of a key.
  const apiKey = key === null || key.trim() === "" ? undefined : new Secret(key.trim());
  const chatgpt = mode === "apikey" ? undefined : loginOf(asRecord(tokens), file["last_refresh"], path);
  if (chatgpt !== undefined && (mode === "chatgpt" || apiKey === undefined)) return { apiKey: undefined, chatgpt };
  return { apiKey, chatgpt: undefined };
}

function loginOf(
  tokens: Readonly<Record<string, unknown>>,
  lastRefresh: unknown,
  path: string,
): ChatgptLogin | undefined {
  const accessToken = asText(tokens["access_token"]);
  if (accessToken === undefined) return undefined;
  const refreshToken = asText(tokens["refresh_token"]);
  const id = tokenClaims(asText(tokens["id_token"]) ?? "");
  const accountId = asText(tokens["account_id"]) ?? id.accountId;
  // Both go out as headers, and the refusal of an illegal one would show it.
  if (![accessToken, accountId ?? ""].every(isLegalHeaderValue)) throw invalid(path);
  const refreshed = typeof lastRefresh === "string" ? Date.parse(lastRefresh) : Number.NaN;
  return {
    accessToken: new Secret(accessToken),
    refreshToken: refreshToken === undefined ? undefined : new Secret(refreshToken),
    accountId,
    email: id.email,
    planType: id.planType,
    userId: id.userId,
    expiresAtMs: tokenClaims(accessToken).expiresAtMs,
    lastRefreshMs: Number.isNaN(refreshed) ? undefined : refreshed,
  };
}

function invalid(path: string): SwitchboardError {
  return new SwitchboardError({
    code: "auth_file_invalid",
    message: `${path} is not the JSON object it should be; no stored credential can be used. Mend it or sign in again`,
  });
}
