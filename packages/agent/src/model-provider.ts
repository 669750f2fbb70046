import type { Headers, JsonObject, RequestClient, StreamReceiver } from "@switchboard/client";
import { streamResponse } from "@switchboard/client";
import type { Secret } from "@switchboard/login";

/** A place that answers model requests, as the operator configured it. */
export interface ModelProvider {
  /** Its key under `[model_providers]`. */
  readonly id: string;
  /** The API's base; `/responses` is appended to its path. */
  readonly baseUrl: string;
  readonly queryParams: Readonly<Record<string, string>>;
  /** Configured headers, names in lower case. They win over the owner's. */
  readonly headers: Headers;
  readonly requestMaxRetries: number;
  readonly streamMaxRetries: number;
  /** Longest silence in milliseconds before and during a stream. */
  readonly streamIdleTimeoutMs: number;
  /**
   * What authenticates the next request; asked anew for each, so that a changed login takes effect.
   *
   * @throws SwitchboardError when there is none and there should be one.
   */
  readonly credential: () => Promise<Secret | undefined>;
}

/** One model request of a turn, ready to go to its provider. */
export interface ModelRequest {
  /** Headers of the request itself; those of the provider are added, the owner's too. */
  readonly headers: Headers;
  /** Headers that win even over the provider's: a thread's service name. */
  readonly override: Headers;
  /** The owner's headers, captured when the turn started. */
  readonly owner: Headers;
  readonly body: JsonObject;
  readonly signal: AbortSignal;
}

/** Sends a model request to its provider and streams the answer. See {@link streamResponse} for what it throws. */
export async function askProvider(
  client: RequestClient,
  provider: ModelProvider,
  request: ModelRequest,
  receiver: StreamReceiver,
): Promise<void> {
  const credential = await provider.credential();
  await streamResponse(
    {
      client,
      url: responsesUrl(provider),
      headers: {
        ...request.headers,
        accept: "text/event-stream",
        "content-type": "application/json",
        ...(credential === undefined ? {} : { authorization: `Bearer ${credential.reveal()}` }),
        ...provider.headers,
        ...request.override,
      },
      owner: request.owner,
      body: request.body,
      requestMaxRetries: provider.requestMaxRetries,
      idleTimeoutMs: provider.streamIdleTimeoutMs,
      signal: request.signal,
    },
    receiver,
  );
}

function responsesUrl({ baseUrl, queryParams }: ModelProvider): string {
  const query = new URLSearchParams(queryParams).toString();
  return `${baseUrl.replace(/\/+$/, "")}/responses${query === "" ? "" : `?${query}`}`;
}
