import type { Headers } from "../outbound.js";
import { asResponseEvent, type ResponseEvent } from "./events.js";
import { httpFailure } from "./http-failure.js";
import { isJsonObject, type JsonObject } from "./items.js";
import { failedResponse, incompleteResponse, streamDisconnected, type ModelError } from "./model-error.js";

/** What a message on a WebSocket for responses means. */
export type SocketEvent =
  | { readonly kind: "event"; readonly event: ResponseEvent; readonly responseId: string | undefined }
  /** Headers that came too late for the handshake. */
  | { readonly kind: "headers"; readonly headers: Headers }
  | { readonly kind: "failure"; readonly error: ModelError };

/** Narrows a message; undefined for what means nothing to a turn, an error without a status among it, as in the reference. */
export function asSocketEvent(data: string, url: string): SocketEvent | undefined {
  const event = asResponseEvent(data);
  if (event?.type === "response.failed") return { kind: "failure", error: failedResponse(event.failure) };
  if (event?.type === "response.incomplete") return { kind: "failure", error: incompleteResponse(event.reason) };
  if (event?.type === "response.completed") return { kind: "event", event, responseId: responseIdOf(data) };
  if (event !== undefined) return { kind: "event", event, responseId: undefined };
  const message = asObject(data);
  switch (message?.["type"]) {
    case "response.metadata":
      return { kind: "headers", headers: headersOf(message["headers"]) };
    case "error":
      return failureOf(message, data, url);
    default:
      return undefined;
  }
}

function failureOf(message: JsonObject, data: string, url: string): SocketEvent | undefined {
  const error = isJsonObject(message["error"]) ? message["error"] : {};
  // Both pass with a new socket that is told everything.
  const { code, message: text } = error;
  if (code === "websocket_connection_limit_reached" || code === "previous_response_not_found") {
    return { kind: "failure", error: streamDisconnected(typeof text === "string" ? text : code) };
  }
  const status = message["status"] ?? message["status_code"];
  if (typeof status !== "number" || !Number.isInteger(status)) return undefined;
  return { kind: "failure", error: httpFailure({ status, headers: headersOf(message["headers"]), body: data, url }) };
}

function responseIdOf(data: string): string | undefined {
  const response = asObject(data)?.["response"];
  const id = isJsonObject(response) ? response["id"] : undefined;
  return typeof id === "string" && id !== "" ? id : undefined;
}

function headersOf(value: unknown): Headers {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) =>
      typeof each === "string" || typeof each === "number" ? [[name.toLowerCase(), String(each)]] : [],
    ),
  );
}

function asObject(data: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(data);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
