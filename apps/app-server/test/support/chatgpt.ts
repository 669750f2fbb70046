import { chmod, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { createDefaultIdentity } from "@switchboard/login";
import {
  httpError,
  startSimulator,
  text,
  type RecordedRequest,
  type Script,
  type ScriptFunction,
  type Simulator,
} from "@switchboard/simulator";
import { onTestFinished } from "vitest";

import { createAppServer } from "../../src/app-server.js";
import { temporaryHome } from "./temporary-home.js";
import { host } from "./test-server.js";
import { WireClient, type Json } from "./wire-client.js";

/** A JSON Web Token that nobody has signed. */
export function token(claims: Json): string {
  const part = (value: Json) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none", typ: "JWT" })}.${part(claims)}.c2lnbmF0dXJl`;
}

/** An access token that ends in so many seconds; the name makes it another one. */
export function accessToken(name: string, seconds = 3600): string {
  return token({ exp: Math.floor(Date.now() / 1000) + seconds, name });
}

/** The id token of somebody with a plan. */
export function idToken(email: string, plan = "pro"): string {
  return token({
    email,
    "https://api.openai.com/auth": {
      chatgpt_plan_type: plan,
      chatgpt_user_id: "user-1",
      chatgpt_account_id: "account-1",
    },
  });
}

/** What `auth.json` holds after `codex login`; with members that no program of today knows. */
export function authJson(access: string, refresh: string, more: Json = {}, tokens: Json = {}): Json {
  return {
    auth_mode: "chatgpt",
    OPENAI_API_KEY: null,
    tokens: {
      id_token: idToken("user@example.com"),
      access_token: access,
      refresh_token: refresh,
      account_id: "account-1",
      later: { a: [1] },
      ...tokens,
    },
    last_refresh: "2026-01-01T00:00:00.123456789Z",
    from_the_future: { keep: true },
    ...more,
  };
}

/** A server whose provider takes a ChatGPT login, with the provider and the token endpoint on one simulator. */
export interface ChatgptWorld {
  readonly codexHome: string;
  readonly authPath: string;
  readonly simulator: Simulator;
  /** What was logged. */
  readonly lines: string[];
  readonly client: (name: string) => Promise<WireClient>;
  /** Another server on the same home, as another process would be. */
  readonly another: () => Promise<ChatgptWorld>;
  readonly modelRequests: () => RecordedRequest[];
  readonly refreshes: () => RecordedRequest[];
  readonly readAuth: () => Promise<Json>;
  readonly mode: () => Promise<number>;
  /** Replaces the file as another program does: all at once. */
  readonly replaceAuth: (auth: Json) => Promise<void>;
}

/** What a world differs in from the usual one. */
export interface ChatgptOptions {
  /** A string is the file's text. Without it there is no file. */
  readonly auth?: Json;
  readonly fileMode?: number;
  /** The access tokens that the provider takes. */
  readonly takes: (accessToken: string) => boolean;
  /** The token endpoint. */
  readonly tokens?: Script;
  /** `config.toml`, with the simulator's URL; instead of a provider of its own. */
  readonly config?: (url: string) => string;
  readonly environment?: Record<string, string>;
  readonly ledgerFile?: string;
}

/** Starts one. */
export async function chatgptWorld(options: ChatgptOptions): Promise<ChatgptWorld> {
  const script: ScriptFunction = (request) => {
    const [, bearer = ""] = /^Bearer (.*)$/.exec(request.header("authorization") ?? "") ?? [];
    return options.takes(bearer) ? text("Hello") : httpError(401, { body: { error: { message: "no such token" } } });
  };
  const simulator = await startSimulator({ script, routes: { "POST /oauth/token": options.tokens ?? [] } });
  onTestFinished(() => simulator.close());
  const base = `http://127.0.0.1:${simulator.port}`;
  const codexHome = await temporaryHome(options.config?.(base) ?? requiringToml(base));
  const authPath = join(codexHome, "auth.json");
  if (options.auth !== undefined) {
    await writeFile(authPath, typeof options.auth === "string" ? options.auth : JSON.stringify(options.auth));
    await chmod(authPath, options.fileMode ?? 0o600);
  }
  return openWorld(codexHome, simulator, options);
}

async function openWorld(codexHome: string, simulator: Simulator, options: ChatgptOptions): Promise<ChatgptWorld> {
  const { environment = {}, ledgerFile } = options;
  const authPath = join(codexHome, "auth.json");
  const lines: string[] = [];
  const server = await createAppServer({
    codexHome,
    environment: {
      CODEX_REFRESH_TOKEN_URL_OVERRIDE: `http://127.0.0.1:${simulator.port}/oauth/token`,
      ...environment,
    },
    defaultIdentity: createDefaultIdentity("switchboard", host),
    log: { warn: (line) => lines.push(line), debug: (line) => lines.push(line) },
    ...(ledgerFile === undefined ? {} : { ledgerFile }),
  });
  const { url } = await server.listen("ws://127.0.0.1:0");
  onTestFinished(() => server.close());
  return {
    codexHome,
    authPath,
    simulator,
    lines,
    client: async (name) => {
      const client = await WireClient.open(url);
      await client.initialize(name);
      return client;
    },
    another: () => openWorld(codexHome, simulator, options),
    modelRequests: () => simulator.requests.filter(({ path }) => path.endsWith("/responses")),
    refreshes: () => simulator.requests.filter(({ path }) => path === "/oauth/token"),
    readAuth: async () => JSON.parse(await readFile(authPath, "utf8")),
    mode: async () => (await stat(authPath)).mode & 0o777,
    replaceAuth: async (auth) => {
      await writeFile(`${authPath}.new`, typeof auth === "string" ? auth : JSON.stringify(auth));
      await rename(`${authPath}.new`, authPath);
    },
  };
}

function requiringToml(base: string): string {
  return `model = "mock-model"
model_provider = "mock"
[model_providers.mock]
name = "mock"
base_url = "${base}/v1"
requires_openai_auth = true
`;
}
