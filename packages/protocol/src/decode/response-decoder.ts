import type { ServerMethod, ServerRequests } from "../generated/method-maps.js";
import { loadResponseValidators } from "../generated/validator-modules.js";
import type { Decoder } from "./decoder.js";
import { validatedDecoder } from "./validated-decoder.js";

/** What a client answers to a server request. */
export type ServerRequestResult<Method extends ServerMethod> = ServerRequests[Method]["result"];

/**
 * The decoder of a client's answer to one of our requests. Loads its validators on first use; there is one module for
 * all server requests, so ask for it when the request is sent and the answer never waits.
 */
export async function loadResponseDecoder<Method extends ServerMethod>(
  method: Method,
): Promise<Decoder<ServerRequestResult<Method>>> {
  return validatedDecoder<ServerRequestResult<Method>>(method, await loadResponseValidators());
}
