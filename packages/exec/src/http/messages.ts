/** A header that a client wants to be sent. */
export interface HttpHeader {
  readonly name: string;
  readonly value: string;
  /** A variable of this server's environment whose value is put behind `value`, so that a client need not know it. */
  readonly valueEnvVar?: string | null | undefined;
}

/** `http/request`. */
export interface HttpRequestParams {
  /** Names the deltas of a streamed body; unique among the streams of a connection. */
  readonly requestId: string;
  readonly method: string;
  readonly url: string;
  readonly headers?: readonly HttpHeader[] | undefined;
  readonly bodyBase64?: string | null | undefined;
  /** Milliseconds for the whole exchange, body included. Default: no limit. */
  readonly timeoutMs?: number | null | undefined;
  /** Default: follow. */
  readonly redirectPolicy?: "follow" | "stop" | undefined;
  /** Answer at the headers and tell the body piece by piece. Default: false. */
  readonly streamResponse?: boolean | undefined;
}

/** The answer to `http/request`. */
export interface HttpRequestResult {
  readonly status: number;
  /** In the order they came, names in lower case. */
  readonly headers: ReadonlyArray<{ readonly name: string; readonly value: string }>;
  /** Empty when the body is streamed. */
  readonly bodyBase64: string;
}

/** `http/request/bodyDelta`. The last one is empty and `done`; `error` says why a body is not complete. */
export interface BodyDelta {
  readonly requestId: string;
  /** From 1. */
  readonly seq: number;
  readonly deltaBase64: string;
  readonly done: boolean;
  readonly error: string | null;
}
