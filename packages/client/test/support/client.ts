import { onTestFinished } from "vitest";

import {
  createRequestClient,
  type OutboundRequest,
  type OutboundResponse,
  type RequestClient,
  type RequestClientOptions,
} from "../../src/index.js";

/** A request client that is closed when the test is over. */
export function openClient(options?: RequestClientOptions): RequestClient {
  const client = createRequestClient(options);
  onTestFinished(() => client.close());
  return client;
}

/** A request to `url` with nothing special about it. */
export function requestTo(url: string, changes: Partial<OutboundRequest> = {}): OutboundRequest {
  return {
    method: "GET",
    url,
    headers: {},
    owner: {},
    path: "responses",
    headersTimeoutMs: 10_000,
    bodyTimeoutMs: 10_000,
    ...changes,
  };
}

/** The whole body as text. */
export async function textOf({ body }: OutboundResponse): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}
