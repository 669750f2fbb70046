import type { CompiledReply, ReplyHeaders } from "../reply.js";
import { httpError } from "./http-error.js";

/** What {@link html} sends. */
export interface HtmlOptions {
  /** Default 403. */
  readonly status?: number;
  readonly headers?: ReplyHeaders;
  readonly body?: string;
}

const CHALLENGE_PAGE =
  '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head>' +
  '<body><div id="challenge-error-text">Enable JavaScript and cookies to continue</div></body></html>';

/** A page where an answer was expected; by default a Cloudflare challenge with its marks. */
export function html(options: HtmlOptions = {}): CompiledReply {
  return httpError(options.status ?? 403, {
    body: options.body ?? CHALLENGE_PAGE,
    headers: {
      "content-type": "text/html; charset=UTF-8",
      ...(options.body === undefined
        ? { server: "cloudflare", "cf-mitigated": "challenge", "cf-ray": "8f1e2d3c4b5a6978-AMS" }
        : {}),
      ...options.headers,
    },
  });
}
