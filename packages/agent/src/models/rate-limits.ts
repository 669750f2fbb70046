import type { Headers } from "@switchboard/client";
import type { RateLimitSnapshot, RateLimitWindow } from "@switchboard/protocol";

/** The account's limits as the provider tells them in the headers of an answer; members it does not tell are null. */
export function rateLimitsFrom(headers: Headers): RateLimitSnapshot {
  return {
    limitId: "codex",
    limitName: null,
    normalModelSlug: null,
    primary: limitWindow(headers, "primary"),
    secondary: limitWindow(headers, "secondary"),
    credits: null,
    individualLimit: null,
    spendControlReached: null,
    planType: null,
    rateLimitReachedType: null,
  };
}

function limitWindow(headers: Headers, which: "primary" | "secondary"): RateLimitWindow | null {
  const usedPercent = number(headers[`x-codex-${which}-used-percent`]);
  if (usedPercent === null) return null;
  return {
    usedPercent,
    windowDurationMins: number(headers[`x-codex-${which}-window-minutes`]),
    resetsAt: number(headers[`x-codex-${which}-reset-at`]),
  };
}

function number(value: string | undefined): number | null {
  const parsed = value === undefined || value.trim() === "" ? Number.NaN : Number(value);
  return Number.isFinite(parsed) ? parsed : null;
}
