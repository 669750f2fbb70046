import type { ThreadSettings } from "@switchboard/protocol";

import type { Clock } from "../clock.js";
import type { CommandHost } from "../commands/command-host.js";
import type { ThreadCommands } from "../commands/thread-commands.js";
import type { Emit } from "../emit.js";
import type { TurnDiff } from "../patch/turn-diff.js";
import type { SessionApprovals } from "../permissions/session-approvals.js";
import type { Questioner } from "../thread/questions.js";

/** What the tools of one turn act through. */
export interface ToolParts {
  readonly threadId: string;
  readonly turnId: string;
  /** As they are now: a turn's settings may change while it runs. */
  readonly settings: () => ThreadSettings;
  readonly emit: Emit;
  readonly questions: Questioner;
  readonly clock: Clock;
  readonly host: CommandHost;
  readonly commands: ThreadCommands;
  readonly approvals: SessionApprovals;
  readonly diff: TurnDiff;
  /** Ends the turn: the user said so in an answer. */
  readonly interrupt: () => void;
}
