import { setTimeout as sleep } from "node:timers/promises";

/** Waits for a state that no event announces. The test's own time limit ends the wait. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(2);
}
