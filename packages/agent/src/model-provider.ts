import type {
  Attribution,
  Headers,
  JsonObject,
  RequestClient,
  ResponseSockets,
  StreamReceiver,
} from "@switchboard/client";
import { ModelError, streamResponse } from "@switchboard/client";
import type { ChatgptCredential, ClientIdentity, Credential } from "@switchboard/login";
import { isLegalHeaderValue } from "@switchboard/protocol";

import { unlessAborted } from "./unless-aborted.js";

/** A place that answers model requests, as the operator configured it. */
export interface ModelProvider {
  /** Its key under `[model_providers]`. */
  readonly id: string;
  /** The API's base; `/responses` is appended to its path. */
  readonly baseUrl: string;
  /** The base for a ChatGPT login. */
  readonly chatgptBaseUrl: string;
  /** Whether it is OpenAI itself, which is told the model ahead of the body of a login's request. */
  readonly isOpenai: boolean;
  readonly queryParams: Readonly<Record<string, string>>;
  /** Configured headers, names in lower case. They win over the owner's. */
  readonly headers: Headers;
  readonly requestMaxRetries: number;
  readonly streamMaxRetries: number;
  /** Longest silence in milliseconds before and during a stream. */
  readonly streamIdleTimeoutMs: number;
  /** Whether it takes requests over WebSockets, too. */
  readonly supportsWebSockets: boolean;
  /** Longest handshake of a WebSocket in milliseconds. */
  readonly webSocketConnectTimeoutMs: number;
  /**
   * What authenticates the next request; asked anew for each, so that a changed login takes effect. A
   * refresh that is needed first goes out in the owner's name.
   *
   * @throws SwitchboardError when there is none and there should be one.
   */
  readonly credential: (owner: ClientIdentity) => Promise<Credential | undefined>;
  /**
   * What to use instead of a login that the provider has just refused.
   *
   * @throws SwitchboardError when there is nothing else.
   */
  readonly replaceCredential: (refused: ChatgptCredential, owner: ClientIdentity) => Promise<Credential>;
}

/** One model request of a turn, ready to go to its provider. */
export interface ModelRequest {
  /** Headers of the request itself; those of the provider are added, the owner's too. */
  readonly headers: Headers;
  /** Headers that win even over the provider's: a thread's service name. */
  readonly override: Headers;
  /** The owner's headers, captured when the turn started. */
  readonly owner: Headers;
  readonly attribution: Attribution;
  /** Whose turn it is, for a refresh of the login. */
  readonly identity: ClientIdentity;
  readonly body: JsonObject;
  /** Sends it over a WebSocket, with entries for the body that are headers otherwise; undefined for plain HTTP. */
  readonly webSocket: { readonly sockets: ResponseSockets; readonly metadata: Headers } | undefined;
  readonly signal: AbortSignal;
}

/** Names the version of the protocol, as providers ask for it. */
const webSocketProtocol = "responses_websockets=2026-02-06";

/**
 * Sends a model request to its provider and streams the answer. A login that is refused is replaced and
 * the request sent once more.
 *
 * @throws as {@link streamResponse} does, and as the provider's credential.
 */
export async function askProvider(
  client: RequestClient,
  provider: ModelProvider,
  request: ModelRequest,
  receiver: StreamReceiver,
): Promise<void> {
  const { identity, signal } = request;
  await withCredential(provider, identity, signal, (credential) =>
    ask(client, provider, request, receiver, credential),
  );
}

/**
 * Does something with the provider's credential. A login that is refused (401) is replaced and the work done once
 * more.
 *
 * @throws as the work does, and as the provider's credential.
 */
export async function withCredential<T>(
  provider: ModelProvider,
  identity: ClientIdentity,
  signal: AbortSignal,
  work: (credential: Credential | undefined) => Promise<T>,
): Promise<T> {
  const credential = await unlessAborted(provider.credential(identity), signal);
  try {
    return await work(credential);
  } catch (error) {
    if (credential?.type !== "chatgpt" || !isRefused(error)) throw error;
    const other = await unlessAborted(provider.replaceCredential(credential, identity), signal);
    return await work(other).catch((again: unknown) => {
      throw isRefused(again) ? final(again) : again;
    });
  }
}

async function ask(
  client: RequestClient,
  provider: ModelProvider,
  request: ModelRequest,
  receiver: StreamReceiver,
  credential: Credential | undefined,
): Promise<void> {
  const { webSocket } = request;
  const url = responsesUrl(provider, credential);
  const headersWith = (ofTheWay: Headers): Headers => ({
    ...request.headers,
    ...routingHint(provider, request, credential),
    ...ofTheWay,
    ...authorization(credential),
    ...provider.headers,
    ...request.override,
  });
  const common = {
    owner: request.owner,
    attribution: request.attribution,
    body: request.body,
    idleTimeoutMs: provider.streamIdleTimeoutMs,
    signal: request.signal,
  };
  if (webSocket !== undefined) {
    return webSocket.sockets.stream(
      {
        ...common,
        provider: provider.id,
        url: url.replace(/^http/i, "ws"),
        headers: headersWith({ "openai-beta": webSocketProtocol }),
        metadata: webSocket.metadata,
        connectTimeoutMs: provider.webSocketConnectTimeoutMs,
      },
      receiver,
    );
  }
  await streamResponse(
    {
      ...common,
      client,
      url,
      headers: headersWith({ accept: "text/event-stream", "content-type": "application/json" }),
      requestMaxRetries: provider.requestMaxRetries,
    },
    receiver,
  );
}

/** The headers that authenticate a request. */
export function authorization(credential: Credential | undefined): Headers {
  if (credential === undefined) return {};
  if (credential.type === "key") return { authorization: `Bearer ${credential.key.reveal()}` };
  const { accessToken, accountId } = credential;
  return {
    authorization: `Bearer ${accessToken.reveal()}`,
    ...(accountId === undefined ? {} : { "chatgpt-account-id": accountId }),
  };
}

function routingHint({ isOpenai }: ModelProvider, { body }: ModelRequest, credential: Credential | undefined): Headers {
  const { model } = body;
  if (!isOpenai || credential?.type !== "chatgpt" || typeof model !== "string") return {};
  return isLegalHeaderValue(model) ? { "x-codex-routing-hint": `model=${model}` } : {};
}

function isRefused(error: unknown): error is ModelError {
  return error instanceof ModelError && error.httpStatus === 401;
}

/** Another attempt would use up another refresh token, for nothing. */
function final({ code, message, cause }: ModelError): ModelError {
  return new ModelError({ code, message, isRetryable: false, httpStatus: 401, cause });
}

function responsesUrl(provider: ModelProvider, credential: Credential | undefined): string {
  const base = credential?.type === "chatgpt" ? provider.chatgptBaseUrl : provider.baseUrl;
  const query = new URLSearchParams(provider.queryParams).toString();
  return `${base.replace(/\/+$/, "")}/responses${query === "" ? "" : `?${query}`}`;
}
