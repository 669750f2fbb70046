import { messageOf, SwitchboardError } from "@switchboard/protocol";

/** Errors of the network stack by what they mean to a caller: was the host reached at all? */
const neverReached = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** What an error of the network stack means. `origin` is where the request went. */
export function transportError(error: unknown, origin: string): SwitchboardError {
  const stackCode = errorCode(error);
  const details = { cause: error, isRetryable: true };
  if (stackCode === "UND_ERR_INVALID_ARG") {
    return new SwitchboardError({ code: "invalid_request", message: messageOf(error), cause: error });
  }
  if (stackCode === "UND_ERR_HEADERS_TIMEOUT") {
    return new SwitchboardError({
      code: "headers_timeout",
      message: `${origin} did not answer in time`,
      ...details,
    });
  }
  const code = stackCode !== undefined && neverReached.has(stackCode) ? "connect_failed" : "connection_lost";
  return new SwitchboardError({
    code,
    message: `error sending request to ${origin}: ${stackCode ?? messageOf(error)}`,
    ...details,
  });
}

/** The code of an error of Node or undici, for example `ECONNREFUSED` or `UND_ERR_BODY_TIMEOUT`. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
