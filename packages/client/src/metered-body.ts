import type { Readable } from "node:stream";

import type { OutboundEnd } from "./outbound.js";

/**
 * Counts the bytes of a body as they come in, and tells when it is over: when the last byte has come, whether or
 * not somebody reads it, or when it broke off. Nothing may have come yet. The body stays the same object: a stream
 * in between would handle every piece once more.
 */
export function meterBody(body: Readable, status: number, onEnd: (end: OutboundEnd) => void): void {
  let receivedBytes = 0;
  let isOver = false;
  const end = (failure: string | undefined) => {
    if (!isOver) onEnd({ status, receivedBytes, failure });
    isOver = true;
  };
  const push = body.push.bind(body);
  body.push = (chunk: unknown, encoding) => {
    if (chunk instanceof Uint8Array) receivedBytes += chunk.length;
    if (chunk === null) end(undefined);
    return push(chunk, encoding);
  };
  body.once("close", () => end(failureOf(body.errored)));
}

/** The code of a failure, which holds nothing of what was sent. */
export function failureOf(error: unknown): string {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "ABORT_ERR";
  // What nobody reads any more is aborted; the libraries have two names for it.
  return code === "ABORT_ERR" || code === "UND_ERR_ABORTED" ? "given_up" : code;
}
