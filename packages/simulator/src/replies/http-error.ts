import type { CompiledReply, ReplyHeaders } from "../reply.js";

/** What an HTTP answer carries besides its status. */
export interface HttpErrorOptions {
  readonly headers?: ReplyHeaders;
  /** A string goes as it is, anything else as JSON. Default: an error object as the API sends it. */
  readonly body?: unknown;
}

/** An answer that is no stream: any status (3xx with `location` too), given headers and body. */
export function httpError(status: number, options: HttpErrorOptions = {}): CompiledReply {
  const { body = defaultBody(status) } = options;
  const isText = typeof body === "string";
  return {
    kind: "reply",
    status,
    headers: {
      "content-type": isText ? "text/plain; charset=utf-8" : "application/json",
      ...options.headers,
    },
    steps: [{ kind: "write", bytes: Buffer.from(isText ? body : JSON.stringify(body)) }, { kind: "end" }],
  };
}

function defaultBody(status: number): unknown {
  return {
    error: {
      message: `The simulator answers ${status}`,
      type: status >= 500 ? "server_error" : "invalid_request_error",
      param: null,
      code: null,
    },
  };
}
