import type { Readable } from "node:stream";

import type { OutboundPath } from "./outbound-path.js";

/** Header names in lower case with their values. */
export type Headers = Readonly<Record<string, string>>;

/** Headers in order, for names that repeat; names in lower case. */
export type HeaderList = ReadonlyArray<readonly [name: string, value: string]>;

/** How much of the owner a destination may see. */
export type Exposure =
  /** Everything: our model provider, ChatGPT back ends, analytics. */
  | "full"
  /** Nothing: third parties. */
  | "none";

/** One request that leaves the process. */
export interface OutboundRequest {
  /** Any token of HTTP; its case is kept. */
  readonly method: string;
  readonly url: string;
  /** The request's own headers; a name given here wins over the owner's. A `cookie` given here goes out as it is. */
  readonly headers: Headers | HeaderList;
  /** The headers of the owner, built once when the work started. */
  readonly owner: Headers;
  /** Which way out it takes; the rule of the path says how much of the owner the destination may see. */
  readonly path: OutboundPath;
  /** Who it is for, for the records. Nothing of it is sent. */
  readonly attribution?: Attribution;
  /** A stream is read as fast as the connection takes it; it cannot be sent again after a redirect. */
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Whether redirects are followed, at most ten, or given back as they are. Default: `stop`. */
  readonly redirect?: "follow" | "stop";
  /** Ask for a compressed answer and decode it. Default: false; then the bytes come as they were sent. */
  readonly decompress?: boolean;
  /** Most bytes of the answer's body, after decoding; over that reading fails with `body_too_large`. Default: no limit. */
  readonly maxBodyBytes?: number;
  /**
   * Fail with `cloudflare_refusal` when Cloudflare answers in the server's place with a challenge or a block.
   * Default: false; then its page is an answer like any other. The host's cookies are dropped either way.
   */
  readonly failOnCloudflare?: boolean;
  readonly signal?: AbortSignal;
  /** Milliseconds until the answer's headers must be there. 0: no limit. */
  readonly headersTimeoutMs: number;
  /** Longest silence in milliseconds while the answer's body arrives. 0: no limit. */
  readonly bodyTimeoutMs: number;
}

/** An answer. Its reader owns the body and must read it to its end or destroy it. */
export interface OutboundResponse {
  readonly status: number;
  /** The URL that answered, after redirects. */
  readonly url: string;
  /** Names in lower case; a repeated header is joined by commas. */
  readonly headers: Headers;
  /** All headers in the order they came, repeated ones one by one. Values are UTF-8 decoded. */
  readonly headerList: HeaderList;
  readonly body: Readable;
}

/** Who a request is for. */
export interface Attribution {
  /** The connection, by its number; undefined for work that no client asked for. */
  readonly connection: number | undefined;
  /** The name that the client gave itself. */
  readonly client: string | undefined;
  /** The originator that the request must bear by the rules; undefined for none. */
  readonly originator: string | undefined;
}

/** What is noted of each request as it leaves: whose name went where. No query, no body, no secrets. */
export interface OutboundRecord {
  readonly kind: OutboundPath;
  readonly attribution: Attribution | undefined;
  readonly method: string;
  readonly origin: string;
  /**
   * The path of the URL, or `/…` where the rule of the way out has no owner: such URLs come from the operator or
   * the caller, and may be secret in any of their parts.
   */
  readonly path: string;
  /** As it is sent. */
  readonly originator: string | undefined;
  readonly userAgent: string | undefined;
  /** The trace that it is part of, as it is sent. */
  readonly traceparent: string | undefined;
}

/** What became of a request. */
export interface OutboundEnd {
  /** Undefined when there was no answer. */
  readonly status: number | undefined;
  /** Of the answer's body, as they came. */
  readonly receivedBytes: number;
  /** Why it ended early, as a code; undefined when it did not. */
  readonly failure: string | undefined;
}

/** Takes the record of a request that leaves; the function it gives is called once, when the request is over. */
export type OnOutbound = (record: OutboundRecord) => ((end: OutboundEnd) => void) | undefined;
