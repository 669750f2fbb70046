import { STATUS_CODES } from "node:http";

import type { WebSocketRefusedError } from "../open-web-socket.js";
import { ModelError, streamDisconnected } from "../responses/model-error.js";

/** Why a realtime WebSocket could not be opened, in the words clients know. */
export function handshakeFailure(refused: WebSocketRefusedError): ModelError {
  const { answer, message } = refused;
  if (answer === undefined) return streamDisconnected(`failed to connect realtime websocket: ${message}`, refused);
  const reason = STATUS_CODES[answer.status] ?? "<unknown status code>";
  return new ModelError({
    code: "unexpected_status",
    message: `unexpected status ${answer.status} ${reason}: realtime websocket handshake failed`,
    isRetryable: false,
    httpStatus: answer.status,
    cause: refused,
  });
}
