import type { Headers, JsonObject, RequestClient, ResponseItem, StreamReceiver } from "@switchboard/client";
import { defaultHeaders, type ClientIdentity } from "@switchboard/login";

import { askProvider, type ModelProvider } from "../model-provider.js";
import { requestBody, requestHeaders, type RequestContext } from "./model-request.js";

/** What all model requests of one conversation have in common during one turn. */
export interface TurnRequests {
  readonly client: RequestClient;
  readonly provider: ModelProvider;
  /** Whose turn it is. */
  readonly owner: ClientIdentity;
  readonly residency: string | undefined;
  /** Replaces the owner's originator, and the provider's, if given. */
  readonly serviceOriginator: string | undefined;
  readonly context: RequestContext;
}

/** One request: what it has besides the conversation. */
export interface ModelAsk {
  readonly tools: readonly JsonObject[];
  readonly outputSchema?: unknown;
  readonly kind?: RequestContext["kind"];
}

/** Asks the model and streams its answer. Rejects with a `ModelError` or the signal's reason. */
export type AskModel = (
  input: readonly ResponseItem[],
  ask: ModelAsk,
  receiver: StreamReceiver,
  signal: AbortSignal,
) => Promise<void>;

/** The model as a turn asks it. The headers are built here, once: retries and later requests reuse the value. */
export function modelStream(turn: TurnRequests): AskModel {
  const { client, provider, residency, serviceOriginator } = turn;
  const owner = defaultHeaders(turn.owner, residency === undefined ? {} : { residency });
  const override: Headers = serviceOriginator === undefined ? {} : { originator: serviceOriginator };
  const attribution = {
    connection: turn.owner.connection,
    client: turn.owner.client?.name,
    originator: serviceOriginator ?? provider.headers["originator"] ?? turn.owner.originator,
  };
  let turnState: string | undefined;
  return (input, { tools, outputSchema, kind = "turn" }, receiver, signal) => {
    const context = { ...turn.context, kind };
    const request = {
      headers: requestHeaders(context, turnState),
      override,
      owner,
      attribution,
      identity: turn.owner,
      body: requestBody(context, input, tools, outputSchema),
      signal,
    };
    return askProvider(client, provider, request, {
      onHeaders: (headers) => {
        // The provider's note to itself for the rest of the turn; the first one counts.
        turnState ??= headers["x-codex-turn-state"];
        receiver.onHeaders(headers);
      },
      onEvent: (event) => receiver.onEvent(event),
    });
  };
}
