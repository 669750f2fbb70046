import type { TableReader } from "./table-reader.js";

/** One `[model_providers.ID]` table, with the defaults filled in. */
export interface ProviderSettings {
  readonly name: string;
  readonly baseUrl: string;
  /** Its base for requests with a ChatGPT login. */
  readonly chatgptBaseUrl: string;
  /** Whether it is the built-in one. */
  readonly isOpenai: boolean;
  readonly envKey: string | undefined;
  readonly envKeyInstructions: string | undefined;
  readonly httpHeaders: Readonly<Record<string, string>>;
  /** Header name to the environment variable that holds its value. */
  readonly envHttpHeaders: Readonly<Record<string, string>>;
  readonly queryParams: Readonly<Record<string, string>>;
  readonly requestMaxRetries: number;
  readonly streamMaxRetries: number;
  readonly streamIdleTimeoutMs: number;
  /** Whether requests may go over WebSockets. */
  readonly supportsWebSockets: boolean;
  /** Longest handshake of a WebSocket. */
  readonly webSocketConnectTimeoutMs: number;
  /** Whether the server's OpenAI key or ChatGPT login is meant for it. */
  readonly requiresOpenaiAuth: boolean;
}

const openaiBaseUrl = "https://api.openai.com/v1";

/** ChatGPT's back end; the models are below it. */
const chatgptBackEnd = "https://chatgpt.com/backend-api/";

/** Codex's part of ChatGPT's back end. @throws {@link ConfigValueError} */
export function chatgptCodexUrl(config: TableReader): string {
  return `${(config.string("chatgpt_base_url") ?? chatgptBackEnd).replace(/\/+$/, "")}/codex`;
}

const defaultConnectTimeoutMs = 15_000;

/** More retries than this would only hammer a provider that is down. */
const mostRetries = 100;

/**
 * All providers there are: the built-in `openai` and the configured ones.
 *
 * @throws {@link ConfigValueError}
 */
export function readProviders(config: TableReader): ReadonlyMap<string, ProviderSettings> {
  const chatgpt = chatgptCodexUrl(config);
  const providers = new Map([["openai", builtInOpenai(config.string("openai_base_url"), chatgpt)]]);
  const table = config.table("model_providers");
  for (const id of table?.keys() ?? []) {
    const entry = table?.table(id);
    if (table === undefined || entry === undefined) continue;
    if (id === "openai") {
      throw table.error(
        id,
        "model_providers contains reserved built-in provider IDs: `openai`. Built-in providers cannot be overridden. Rename your custom provider (for example, `openai-custom`).",
      );
    }
    providers.set(id, readProvider(entry, id, table, chatgpt));
  }
  return providers;
}

function builtInOpenai(baseUrl: string | undefined, chatgpt: string): ProviderSettings {
  return {
    name: "OpenAI",
    baseUrl: baseUrl ?? openaiBaseUrl,
    chatgptBaseUrl: baseUrl ?? chatgpt,
    isOpenai: true,
    envKey: undefined,
    envKeyInstructions: undefined,
    httpHeaders: { version: "0.169.0" },
    envHttpHeaders: { "openai-organization": "OPENAI_ORGANIZATION", "openai-project": "OPENAI_PROJECT" },
    queryParams: {},
    requestMaxRetries: 4,
    streamMaxRetries: 5,
    streamIdleTimeoutMs: 300_000,
    supportsWebSockets: true,
    webSocketConnectTimeoutMs: defaultConnectTimeoutMs,
    requiresOpenaiAuth: true,
  };
}

function readProvider(entry: TableReader, id: string, providers: TableReader, chatgpt: string): ProviderSettings {
  const name = entry.string("name") ?? "";
  if (name.trim() === "") throw providers.error(id, `model_providers.${id}: provider name must not be empty`);
  const wireApi = entry.string("wire_api") ?? "responses";
  if (wireApi !== "responses") {
    throw entry.error(
      "wire_api",
      `\`wire_api = "${wireApi}"\` is not supported: set \`wire_api = "responses"\`, the only API there is`,
    );
  }
  const baseUrl = entry.string("base_url");
  return {
    name,
    baseUrl: baseUrl ?? openaiBaseUrl,
    chatgptBaseUrl: baseUrl ?? chatgpt,
    isOpenai: false,
    envKey: entry.string("env_key"),
    envKeyInstructions: entry.string("env_key_instructions"),
    httpHeaders: entry.strings("http_headers") ?? {},
    envHttpHeaders: entry.strings("env_http_headers") ?? {},
    queryParams: entry.strings("query_params") ?? {},
    requestMaxRetries: Math.min(entry.count("request_max_retries") ?? 4, mostRetries),
    streamMaxRetries: Math.min(entry.count("stream_max_retries") ?? 5, mostRetries),
    streamIdleTimeoutMs: entry.count("stream_idle_timeout_ms") ?? 300_000,
    supportsWebSockets: entry.boolean("supports_websockets") ?? false,
    webSocketConnectTimeoutMs: entry.count("websocket_connect_timeout_ms") ?? defaultConnectTimeoutMs,
    requiresOpenaiAuth: entry.boolean("requires_openai_auth") ?? false,
  };
}
