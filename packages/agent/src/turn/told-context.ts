import type { ThreadSettings } from "@switchboard/protocol";

import { environmentContext } from "./environment-context.js";
import type { History } from "./history.js";

/** What the model is told besides the conversation: its instructions once, and the environment whenever it has changed. */
export class ToldContext {
  readonly #instructions: readonly string[];
  #environment: string | undefined;

  /** The instructions in the order in which they are told. */
  constructor(instructions: readonly string[]) {
    this.#instructions = instructions;
  }

  /** Adds to the history what the model does not know yet. */
  update(history: History, { cwd, environments, sandboxPolicy }: ThreadSettings, nowMs: number): void {
    if (this.#environment === undefined) {
      for (const instructions of this.#instructions) history.sayText("developer", instructions);
    }
    const environment = environmentContext({
      cwd,
      workspaceRoots: environments?.flatMap(({ runtimeWorkspaceRoots }) => runtimeWorkspaceRoots ?? []) ?? [cwd],
      sandbox: sandboxPolicy,
      now: new Date(nowMs),
    });
    if (environment === this.#environment) return;
    this.#environment = environment;
    history.sayText("user", environment);
  }
}
