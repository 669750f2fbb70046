import { ModelError } from "@switchboard/client";
import { SignInRequiredError } from "@switchboard/login";
import { messageOf, type CodexErrorInfo, type TurnError } from "@switchboard/protocol";

/** A failure as clients are told it at the end of a turn. */
export function turnError(thrown: unknown): TurnError {
  return { message: messageOf(thrown), codexErrorInfo: errorInfo(thrown), additionalDetails: null, misalignment: null };
}

/** The `n`th failure of `max` that is followed by another attempt. */
export function retryError(error: ModelError, message: string): TurnError {
  return {
    message,
    codexErrorInfo: { responseStreamDisconnected: { httpStatusCode: error.httpStatus } },
    additionalDetails: error.message,
    misalignment: null,
  };
}

function errorInfo(thrown: unknown): CodexErrorInfo {
  if (thrown instanceof SignInRequiredError) return "unauthorized";
  if (!(thrown instanceof ModelError)) return "other";
  const httpStatusCode = thrown.httpStatus;
  switch (thrown.code) {
    case "unexpected_status":
      return { httpConnectionFailed: { httpStatusCode } };
    case "too_many_requests":
      return { responseTooManyFailedAttempts: { httpStatusCode } };
    case "internal_server_error":
      return "internalServerError";
    case "rate_limit_exceeded":
      return "rateLimitExceeded";
    case "usage_limit_exceeded":
      return "usageLimitExceeded";
    case "server_overloaded":
      return "serverOverloaded";
    case "context_window_exceeded":
      return "contextWindowExceeded";
    case "cyber_policy":
      return "cyberPolicy";
    case "network_unreachable":
    case "stream_disconnected":
    case "bad_request":
    case "refused":
      return "other";
  }
}
