import { randomBytes } from "node:crypto";

/** Differs per process, so that ids stay unique when two simulators feed one history. */
const run = randomBytes(6).toString("hex");
let count = 0;

/** A new id as the Responses API makes them: a prefix (`resp`, `msg`, `rs`, `fc`) and hex digits. */
export function nextId(prefix: string): string {
  count += 1;
  return `${prefix}_${run}${count.toString(16).padStart(20, "0")}`;
}
