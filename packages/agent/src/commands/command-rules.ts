import type { Rules } from "../rules/rules.js";

/** What the user has decided about commands once and for all; kept by whoever supplies it. */
export interface CommandRules {
  /** The rules as they are now. */
  current(): Rules;
  /** Allows all commands that begin like this, from now on. Rejects when that cannot be written down. */
  allow(prefix: readonly string[]): Promise<void>;
}
