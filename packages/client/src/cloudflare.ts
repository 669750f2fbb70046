import { SwitchboardError } from "@switchboard/protocol";

import type { Headers } from "./outbound.js";

/**
 * Whether an answer comes from Cloudflare itself, in place of the server behind it: a challenge that only a
 * browser can pass, or a block.
 */
export function isCloudflareRefusal(status: number, headers: Headers): boolean {
  if (status < 400) return false;
  if (headers["cf-mitigated"] === "challenge") return true;
  const isPage = headers["content-type"]?.startsWith("text/html") ?? false;
  return status === 403 && isPage && (headers["cf-ray"] !== undefined || headers["server"] === "cloudflare");
}

/** The failure of a request that Cloudflare refused, with what to do about it. */
export function cloudflareRefusal(origin: string, status: number, headers: Headers): SwitchboardError {
  const ray = headers["cf-ray"] === undefined ? "" : ` (cf-ray ${headers["cf-ray"]})`;
  const what = headers["cf-mitigated"] === "challenge" ? "wants a browser to pass a challenge" : "blocks this machine";
  return new SwitchboardError({
    code: "cloudflare_refusal",
    message: `Cloudflare, in front of ${origin}, ${what}: status ${status}${ray}. The cookies kept for this host were dropped, so another try starts afresh; if it goes on, the network's address or its proxy is what Cloudflare objects to`,
    isRetryable: true,
  });
}
