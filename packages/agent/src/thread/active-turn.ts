import type { ThreadSettings, Turn } from "@switchboard/protocol";

import type { ItemEvents } from "../turn/item-events.js";
import type { TurnRecord } from "../turn/turn-record.js";
import type { TurnScope } from "../turn/turn-scope.js";
import type { TurnWatch } from "../turn/turn-watch.js";

/** What a turn is for. */
export type TurnKind = "user" | "review" | "compact" | "shell";

/** A turn that is under way. */
export interface ActiveTurn {
  readonly record: TurnRecord;
  readonly kind: TurnKind;
  readonly scope: TurnScope;
  readonly watch: TurnWatch | undefined;
  /** What the turn overrides of the thread's settings. */
  overrides: Partial<ThreadSettings>;
  /** Resolves when the turn has ended. */
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/** How a review begins: the turn it has inside, and what comes before. */
export interface ReviewOpening {
  readonly innerTurnId: string;
  readonly announce: (items: ItemEvents) => void;
}

/** A turn that was accepted. It runs when `run` is called, so that its first event can follow the answer to the request. */
export interface StartedTurn {
  readonly turn: Turn;
  readonly run: () => void;
}
