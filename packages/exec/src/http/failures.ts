import { RpcError, rpcCodes, SwitchboardError } from "@switchboard/protocol";

/** What is said of a body that ended too early, came too slowly or was cut. */
export const brokenBody = "error decoding response body";

/**
 * Why a request got no answer. The texts are the reference's; they hold the client's own URL and nothing that it
 * sent with it.
 */
export function sendFailure(error: unknown, url: string): RpcError {
  const isTold = error instanceof SwitchboardError && toldReasons.has(error.code);
  return internal(`http/request failed: ${isTold ? error.message : `error sending request for url (${url})`}`);
}

/** Failures whose reason the client is told: what they say is about the request, or for its user to mend. */
const toldReasons: ReadonlySet<string> = new Set([
  "too_many_redirects",
  "unsupported_redirect",
  "invalid_certificates",
]);

/** Why the body of an answer could not be read. */
export function bodyFailure(reason: string): RpcError {
  return internal(`failed to read http/request response body: ${reason}`);
}

/** -32603 with the given text. */
export function internal(message: string): RpcError {
  return new RpcError(rpcCodes.internal, message);
}
