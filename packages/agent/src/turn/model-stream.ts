import {
  ModelError,
  type JsonObject,
  type RequestClient,
  type ResponseItem,
  type ResponseSockets,
  type StreamReceiver,
} from "@switchboard/client";
import type { ClientIdentity } from "@switchboard/login";

import { askProvider, type ModelProvider } from "../model-provider.js";
import { requestBody, requestHeaders, socketMetadata, type RequestContext } from "./model-request.js";
import type { ModelWire } from "./model-wire.js";
import { ownerHeaders } from "./owner-headers.js";

/** What all model requests of one conversation have in common during one turn. */
export interface TurnRequests {
  readonly client: RequestClient;
  readonly sockets: ResponseSockets;
  readonly wire: ModelWire;
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
  const { client, sockets, wire, provider } = turn;
  const names = ownerHeaders(turn);
  let turnState: string | undefined;
  return async (input, { tools, outputSchema, kind = "turn" }, receiver, signal) => {
    if (kind !== "prewarm") await wire.whenReadyFor(turn.owner, signal);
    const context = { ...turn.context, kind };
    const request = {
      ...names,
      identity: turn.owner,
      body: requestBody(context, input, tools, outputSchema),
      signal,
    };
    const noting: StreamReceiver = {
      onHeaders: (headers) => {
        // The provider's note to itself for the rest of the turn; the first one counts.
        turnState ??= headers["x-codex-turn-state"];
        receiver.onHeaders(headers);
      },
      onEvent: (event) => receiver.onEvent(event),
    };
    if (wire.usesWebSocket) {
      const webSocket = { sockets, metadata: socketMetadata(context, turnState) };
      try {
        // A socket outlives the turn, whose state and trace go with each request instead.
        return await askProvider(
          client,
          provider,
          { ...request, headers: requestHeaders({ ...context, traceHeaders: {} }, undefined), webSocket },
          noting,
        );
      } catch (error) {
        if (!(error instanceof ModelError)) throw error;
        if (error.httpStatus === 426) wire.useHttp();
        // Nobody tries a compaction again; over HTTP it has retries of its own.
        if (error.httpStatus !== 426 && (kind !== "compaction" || !error.isRetryable)) throw error;
      }
    }
    // While it was prepared others may have found out that there are no WebSockets.
    if (kind === "prewarm") return;
    const headers = requestHeaders(context, turnState);
    await askProvider(client, provider, { ...request, headers, webSocket: undefined }, noting);
  };
}
