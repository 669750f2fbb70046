import type { RequestClient } from "@switchboard/client";
import { defaultHeaders, type PostJson } from "@switchboard/login";

/** Longest wait for the token endpoint and longest silence of it, in milliseconds. */
const timeoutMs = 30_000;

/** Tokens are a few kilobytes. */
const maxAnswerBytes = 1024 * 1024;

/**
 * How credentials reach the token endpoint: through the request client, under the name of the one whose
 * request made it necessary. It is not ended with that request, because a refresh token is good only once.
 */
export function tokenRequest(client: RequestClient, residency: string | undefined): PostJson {
  return async ({ url, body, owner }) => {
    const response = await client.send({
      method: "POST",
      url,
      headers: { "content-type": "application/json", accept: "*/*" },
      owner: defaultHeaders(owner, residency === undefined ? {} : { residency }),
      path: "oauth-token",
      attribution: { connection: owner.connection, client: owner.client?.name, originator: owner.originator },
      body,
      maxBodyBytes: maxAnswerBytes,
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
    });
    const parts: Buffer[] = [];
    for await (const part of response.body) {
      if (Buffer.isBuffer(part)) parts.push(part);
    }
    return { status: response.status, body: Buffer.concat(parts).toString("utf8") };
  };
}
