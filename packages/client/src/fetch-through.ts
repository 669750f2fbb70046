import type { Readable } from "node:stream";

import { SwitchboardError } from "@switchboard/protocol";

import type { Attribution, HeaderList, Headers } from "./outbound.js";
import type { OutboundPath } from "./outbound-path.js";
import type { RequestClient } from "./request-client.js";

/** What all requests of one {@link fetchThrough} have in common. */
export interface FetchOptions {
  readonly owner: Headers;
  readonly path: OutboundPath;
  /** Whom a request is for, asked when it is made. */
  readonly attribution: () => Attribution;
  /** Default: `stop`. */
  readonly redirect?: "follow" | "stop";
}

/** Statuses whose answers have no body, which a `Response` insists on. */
const withoutBody = new Set([101, 204, 205, 304]);

/**
 * The request client in the form of `fetch`, for libraries that want one. Proxies, certificates, the owner's
 * headers and the affinity cookies are the client's. Answers are not limited in time: their signal ends them.
 */
export function fetchThrough(
  client: RequestClient,
  { owner, path, attribution, redirect = "stop" }: FetchOptions,
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (url, init = {}) => {
    const request = new Request(url, {
      ...init,
      ...(init.body instanceof ReadableStream ? { duplex: "half" } : {}),
      signal: null,
    });
    const headers: HeaderList = [...request.headers];
    const response = await client.send({
      method: request.method,
      url: String(url),
      headers,
      owner,
      path,
      attribution: attribution(),
      redirect,
      ...(request.body === null ? {} : { body: await bodyOf(init, request) }),
      ...(init.signal === undefined || init.signal === null ? {} : { signal: init.signal }),
      headersTimeoutMs: 0,
      bodyTimeoutMs: 0,
    });
    const { status, headerList, body } = response;
    if (withoutBody.has(status)) body.resume();
    return new Response(withoutBody.has(status) ? null : asWebStream(body), {
      status,
      headers: headerList.map(([name, value]) => [name, toByteString(value)]),
    });
  };
}

/** A body that can be sent again stays one; only a stream stays a stream. */
async function bodyOf(
  { body }: RequestInit,
  request: Request,
): Promise<string | Uint8Array | AsyncIterable<Uint8Array>> {
  if (typeof body === "string") return body;
  if (!(body instanceof ReadableStream)) return new Uint8Array(await request.arrayBuffer());
  const { body: stream } = request;
  if (stream === null)
    throw new SwitchboardError({ code: "invalid_request", message: "the body of the request is spent" });
  return stream;
}

/** `Headers` takes a character per byte. */
function toByteString(value: string): string {
  return Buffer.from(value, "utf8").toString("latin1");
}

function asWebStream(body: Readable): ReadableStream<Uint8Array> {
  const reader = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.next();
        if (done === true) controller.close();
        else if (value instanceof Uint8Array) controller.enqueue(value);
      },
      cancel() {
        body.destroy();
      },
    },
    // One chunk ahead of the reader at most: the connection feels its pace.
    { highWaterMark: 0 },
  );
}
