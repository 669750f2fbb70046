import type { Headers, RequestClient } from "@switchboard/client";
import { defaultHeaders, type ClientIdentity } from "@switchboard/login";

import { askProvider, type ModelProvider } from "../model-provider.js";
import { requestBody, requestHeaders, type RequestContext } from "./model-request.js";
import type { Tools } from "./tools.js";
import type { TurnLoop } from "./turn-loop.js";

/** What all model requests of one turn have in common. */
export interface TurnRequests {
  readonly client: RequestClient;
  readonly provider: ModelProvider;
  /** Whose turn it is. */
  readonly owner: ClientIdentity;
  readonly residency: string | undefined;
  /** Replaces the owner's originator, and the provider's, if given. */
  readonly serviceOriginator: string | undefined;
  readonly context: RequestContext;
  readonly tools: Tools;
  readonly outputSchema: unknown;
}

/** The model as a turn asks it. The headers are built here, once: retries and later requests reuse the value. */
export function modelStream(turn: TurnRequests): TurnLoop["stream"] {
  const { client, provider, context, tools, outputSchema, residency, serviceOriginator } = turn;
  const owner = defaultHeaders(turn.owner, residency === undefined ? {} : { residency });
  const override: Headers = serviceOriginator === undefined ? {} : { originator: serviceOriginator };
  let turnState: string | undefined;
  return (input, receiver, signal) => {
    const request = {
      headers: requestHeaders(context, turnState),
      override,
      owner,
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
