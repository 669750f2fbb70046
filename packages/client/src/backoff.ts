import { setTimeout as sleep } from "node:timers/promises";

/** 200 ms, doubled with each attempt (counted from 1), give or take a tenth so that clients spread out. */
export function backoffMs(attempt: number): number {
  return 200 * 2 ** (attempt - 1) * (0.9 + Math.random() * 0.2);
}

/**
 * Waits, unless the signal aborts.
 *
 * @throws the signal's reason.
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}
