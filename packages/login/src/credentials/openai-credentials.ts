import { realpath } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { messageOf, SwitchboardError, type AuthMode, type PlanType } from "@switchboard/protocol";

import type { ClientIdentity } from "../client-identity.js";
import type { Environment } from "../host-info.js";
import {
  authFilePath,
  fingerprintOf,
  parseAuthText,
  readAuthContent,
  readAuthFile,
  readAuthText,
  type AuthFile,
  type ChatgptLogin,
} from "./auth-file.js";
import { withAuthLock } from "./auth-lock.js";
import {
  requestTokens,
  signInAgain,
  SignInRequiredError,
  type NewTokens,
  type PostJson,
  type RefreshReason,
} from "./request-tokens.js";
import { Secret } from "./secret.js";
import { asRecord, tokenClaims } from "./token-claims.js";
import { writeAuthFile } from "./write-auth-file.js";

/** A ChatGPT login as requests use it. */
export interface ChatgptCredential {
  readonly type: "chatgpt";
  readonly accessToken: Secret;
  /** The workspace that pays. */
  readonly accountId: string | undefined;
}

/** What authenticates a request. */
export type Credential = { readonly type: "key"; readonly key: Secret } | ChatgptCredential;

/** Who is signed in, as clients are told it. */
export interface SignedIn {
  readonly authMode: AuthMode | null;
  readonly planType: PlanType | null;
  readonly email: string | null;
  readonly userId: string | null;
  /** Whether the file is as this process wrote it last. */
  readonly isOurs: boolean;
  /** Whether the login can no longer be refreshed, as far as this process has tried. */
  readonly mustSignInAgain: boolean;
  readonly fingerprint: string | undefined;
}

/** What {@link OpenaiCredentials} is made from. */
export interface OpenaiCredentialsOptions {
  readonly codexHome: string;
  readonly environment: Environment;
  readonly post: PostJson;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly warn: (text: string) => void;
}

/** Where tokens are refreshed, unless {@link refreshUrlVariable} says otherwise. */
const refreshUrl = "https://auth.openai.com/oauth/token";

/** The reference's variable for another token endpoint. */
const refreshUrlVariable = "CODEX_REFRESH_TOKEN_URL_OVERRIDE";

/** How long before its end a token is refreshed, in milliseconds; 290 s is within it in the reference, 310 s is not. */
const earlyMs = 300_000;

/** After how long a token is refreshed that does not say when it ends, in milliseconds. */
const unknownEndMs = 8 * 24 * 3600 * 1000;

/**
 * Pause in milliseconds after a refresh. After one that failed early the token is still good; and tokens that live
 * shorter than the time in which they count as about to end must not be refreshed for each request.
 */
const restMs = 30_000;

/**
 * When to read again after a refresh token turned out to be used up: another Codex that has just used it
 * writes the new one a moment after it got it.
 */
const secondLooksMs = [0, 200, 800];

/**
 * The server's OpenAI credentials: `auth.json`, else `OPENAI_API_KEY`. ChatGPT tokens are refreshed before
 * they end and when they are refused. One refresh is under way at a time, in the name of the one that
 * caused it, and serves all who wait; it goes on when they are gone. Others may use the same file: a file that
 * changed always wins over what is in memory.
 */
export class OpenaiCredentials {
  readonly #options: OpenaiCredentialsOptions;
  #flight: Promise<Credential> | undefined;
  /** The refresh token that is no good any more, and why. It is not tried again. */
  #refused: { readonly refreshToken: string; readonly error: SignInRequiredError } | undefined;
  /** Tokens that could not be written, and the refresh token in the file that they replace. */
  #unsaved: { readonly replaces: string; readonly login: ChatgptLogin; readonly tokens: NewTokens } | undefined;
  #written: string | undefined;
  #restUntilMs = 0;

  constructor(options: OpenaiCredentialsOptions) {
    this.#options = options;
  }

  /**
   * What authenticates the next request; a login that is about to end is refreshed first, for `owner`. If
   * that fails, the login is used as it is: it may still be good.
   *
   * @throws as {@link readAuthFile} does.
   */
  async current(owner: ClientIdentity): Promise<Credential | undefined> {
    const file = await this.#read();
    const login = file.chatgpt;
    if (login === undefined || !this.#isDue(login)) return this.#select(file);
    try {
      return await this.#renew(login.accessToken, "proactive_expiry", owner);
    } catch (error) {
      if (!(error instanceof SwitchboardError)) throw error;
      this.#options.warn(error.message);
      this.#restUntilMs = this.#options.clock() + restMs;
      return this.#select(file);
    }
  }

  /**
   * What would authenticate a request now, about to end or not. For work that is not worth a refresh.
   *
   * @throws as {@link readAuthFile} does.
   */
  async peek(): Promise<Credential | undefined> {
    return this.#select(await this.#read());
  }

  /**
   * What to use instead of a login that was refused: the one in the file if that is another, else a
   * refreshed one.
   *
   * @throws {@link SignInRequiredError}; {@link SwitchboardError} `token_refresh_failed` or
   *   `credentials_locked`, which may pass; as {@link readAuthFile} does.
   */
  async replace(refused: ChatgptCredential, owner: ClientIdentity): Promise<Credential> {
    return this.#renew(refused.accessToken, "unauthorized_recovery", owner);
  }

  /** Refreshes the login in the file, if there is one, due or not. Throws as {@link OpenaiCredentials.replace} does. */
  async refresh(owner: ClientIdentity): Promise<void> {
    const { chatgpt } = await this.#read();
    if (chatgpt?.refreshToken !== undefined) await this.#renew(chatgpt.accessToken, "forced", owner);
  }

  /**
   * Who is signed in now.
   *
   * @throws as {@link readAuthFile} does.
   */
  async signedIn(): Promise<SignedIn> {
    const file = await this.#read();
    const { fingerprint, chatgpt } = file;
    const key = chatgpt === undefined && this.#select(file) !== undefined;
    return {
      authMode: chatgpt !== undefined ? "chatgpt" : key ? "apikey" : null,
      planType: chatgpt?.planType ?? null,
      email: chatgpt?.email ?? null,
      userId: chatgpt?.userId ?? null,
      mustSignInAgain: chatgpt?.refreshToken !== undefined && this.#isRefused(chatgpt.refreshToken),
      isOurs: fingerprint !== undefined && fingerprint === this.#written,
      fingerprint,
    };
  }

  /** Resolves when no refresh is under way: what it brought is written. Never rejects. */
  async whenIdle(): Promise<void> {
    while (this.#flight !== undefined) await this.#flight.catch(() => undefined);
  }

  async #read(): Promise<AuthFile> {
    const file = await readAuthFile(this.#options.codexHome);
    const unsaved = this.#unsaved;
    if (unsaved === undefined) return file;
    if (file.chatgpt?.refreshToken?.reveal() === unsaved.replaces) return { ...file, chatgpt: unsaved.login };
    this.#unsaved = undefined;
    return file;
  }

  #select({ apiKey, chatgpt }: AuthFile): Credential | undefined {
    if (apiKey !== undefined) return { type: "key", key: apiKey };
    if (chatgpt !== undefined) return credentialOf(chatgpt);
    const key = this.#options.environment["OPENAI_API_KEY"]?.trim();
    return key === undefined || key === "" ? undefined : { type: "key", key: new Secret(key) };
  }

  #isDue({ refreshToken, expiresAtMs, lastRefreshMs }: ChatgptLogin): boolean {
    const now = this.#options.clock();
    if (refreshToken === undefined || this.#isRefused(refreshToken)) return false;
    if (now < this.#restUntilMs) return false;
    if (expiresAtMs !== undefined) return expiresAtMs - now <= earlyMs;
    return lastRefreshMs !== undefined && now - lastRefreshMs > unknownEndMs;
  }

  #isRefused(refreshToken: Secret): boolean {
    return refreshToken.reveal() === this.#refused?.refreshToken;
  }

  /** Joins the refresh that is under way, or starts one; `seen` is the access token that is no longer wanted. */
  async #renew(seen: Secret, reason: RefreshReason, owner: ClientIdentity): Promise<Credential> {
    while (this.#flight !== undefined) {
      const credential = await this.#flight;
      // A refresh that began before this token existed may end with the very token that was refused since.
      if (!isSame(credential, seen)) return credential;
    }
    return this.#start(seen, reason, owner);
  }

  #start(seen: Secret, reason: RefreshReason, owner: ClientIdentity): Promise<Credential> {
    const flight = this.#renewLocked(seen, reason, owner).finally(() => (this.#flight = undefined));
    this.#flight = flight;
    return flight;
  }

  async #renewLocked(seen: Secret, reason: RefreshReason, owner: ClientIdentity): Promise<Credential> {
    const before = await this.#changed(seen);
    if (before !== undefined) return before;
    const named = authFilePath(this.#options.codexHome);
    // The file may be a link into a folder that several homes share; the lock must be where they all see it.
    const path = await realpath(named).catch(() => named);
    return withAuthLock(path, async () => {
      const changed = await this.#changed(seen);
      if (changed !== undefined) return changed;
      const { chatgpt } = await this.#read();
      const used = chatgpt?.refreshToken;
      if (chatgpt === undefined || used === undefined) throw signInAgain();
      if (this.#refused?.refreshToken === used.reveal()) throw this.#refused.error;
      const { post, environment } = this.#options;
      const url = environment[refreshUrlVariable]?.trim() || refreshUrl;
      let tokens: NewTokens;
      try {
        tokens = await requestTokens({ post, url }, used, reason, owner);
      } catch (error) {
        return this.#failed(error, seen, used);
      }
      return this.#save(path, tokens, chatgpt, used);
    });
  }

  /** What the file has now, if that is not the login that was seen; undefined if it is. */
  async #changed(seen: Secret): Promise<Credential | undefined> {
    const credential = this.#select(await this.#read());
    if (credential === undefined) throw loggedOut();
    return isSame(credential, seen) ? undefined : credential;
  }

  /** After a refresh that failed: another process may have been faster, and then all is well. */
  async #failed(error: unknown, seen: Secret, used: Secret): Promise<Credential> {
    const isReused = error instanceof SignInRequiredError && error.isReused;
    for (const ms of isReused ? secondLooksMs : [0]) {
      await sleep(ms);
      const changed = await this.#changed(seen);
      if (changed !== undefined) return changed;
    }
    if (error instanceof SignInRequiredError) this.#refused = { refreshToken: used.reveal(), error };
    throw error;
  }

  /** Writes new tokens into the file as it is now, unless it is no longer the login that was refreshed. */
  async #save(path: string, fresh: NewTokens, old: ChatgptLogin, used: Secret): Promise<Credential> {
    const { clock, warn } = this.#options;
    const now = clock();
    this.#restUntilMs = now + restMs;
    // Until they are written they live here: the old refresh token is used up.
    const replaces = this.#unsaved?.replaces ?? used.reveal();
    const tokens: NewTokens = {
      accessToken: fresh.accessToken,
      idToken: fresh.idToken ?? this.#unsaved?.tokens.idToken,
      refreshToken: fresh.refreshToken ?? this.#unsaved?.tokens.refreshToken,
    };
    const login: ChatgptLogin = {
      ...old,
      accessToken: tokens.accessToken,
      refreshToken: tokens.refreshToken ?? used,
      expiresAtMs: tokenClaims(tokens.accessToken.reveal()).expiresAtMs,
      lastRefreshMs: now,
    };
    this.#unsaved = { replaces, login, tokens };
    const text = await readAuthText(path);
    const file = readAuthContent(text, path);
    if (text === undefined || file.chatgpt?.refreshToken?.reveal() !== replaces) {
      this.#unsaved = undefined;
      const credential = this.#select(file);
      if (credential === undefined) throw loggedOut();
      return credential;
    }
    const saved = withTokens(parseAuthText(text, path), tokens, now);
    try {
      // Noted first: who watches the file may see it before this continues.
      this.#written = fingerprintOf(saved);
      await writeAuthFile(path, saved);
      this.#unsaved = undefined;
    } catch (error) {
      warn(
        `cannot write ${path}: ${messageOf(error)}. Its refresh token is used up and the new one is in memory only: make it writable, or sign in again after a restart`,
      );
    }
    return credentialOf(login);
  }
}

function credentialOf({ accessToken, accountId }: ChatgptLogin): ChatgptCredential {
  return { type: "chatgpt", accessToken, accountId };
}

function isSame(credential: Credential, seen: Secret): boolean {
  return credential.type === "chatgpt" && credential.accessToken.reveal() === seen.reveal();
}

/** The file's text with new tokens in it and everything else as it was; laid out as the reference does it. */
function withTokens(
  file: Readonly<Record<string, unknown>>,
  { accessToken, idToken, refreshToken }: NewTokens,
  nowMs: number,
): string {
  const tokens = {
    ...asRecord(file["tokens"]),
    ...(idToken === undefined ? {} : { id_token: idToken.reveal() }),
    access_token: accessToken.reveal(),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken.reveal() }),
  };
  return JSON.stringify({ ...file, tokens, last_refresh: new Date(nowMs).toISOString() }, undefined, 2);
}

function loggedOut(): SignInRequiredError {
  return new SignInRequiredError(
    "Your access token could not be refreshed because you have since logged out or signed in to another account. Please sign in again.",
  );
}
