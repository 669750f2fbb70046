import type { CompiledReply, ReplyHeaders } from "../reply.js";
import { httpError } from "./http-error.js";

/** A JSON answer with status 200, for routes such as the model list. */
export function json(value: unknown, headers: ReplyHeaders = {}): CompiledReply {
  return httpError(200, {
    body: value,
    headers: { "content-type": "application/json", ...headers },
  });
}
