import { McpError } from "./mcp-error.js";

/** The longest time a timer takes, in milliseconds. */
export const longestMs = 2 ** 31 - 1;

/** The error for an answer that took too long. */
export function timedOut(what: string, ms: number): McpError {
  return new McpError("mcp_timeout", `timed out awaiting ${what} after ${ms / 1000}s`);
}

/** A signal that aborts with {@link timedOut} when the time has passed. */
export function timeout(what: string, ms: number): AbortSignal {
  const late = new AbortController();
  setTimeout(() => late.abort(timedOut(what, ms)), Math.min(ms, longestMs)).unref();
  return late.signal;
}

/** Waits for the work, or for the time to pass. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
