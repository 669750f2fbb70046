import type { Headers } from "@switchboard/client";
import type { ClientIdentity } from "@switchboard/login";
import type { ThreadItem, TurnStatus, W3cTraceContext } from "@switchboard/protocol";

/** A turn that begins, for those who keep records. */
export interface WatchedTurn {
  readonly threadId: string;
  readonly turnId: string;
  /** Whose turn it is. */
  readonly owner: ClientIdentity;
  readonly cwd: string;
  readonly model: string;
  /** The trace that the request was part of which began it. */
  readonly trace: W3cTraceContext | undefined;
  /** What the user said to begin it; undefined for a review, a compaction or a command, which answer nobody. */
  readonly prompt: string | undefined;
}

/** How a turn ended. */
export interface TurnEnd {
  readonly status: TurnStatus;
  /** All that was said and done. */
  readonly items: readonly ThreadItem[];
}

/** The record of one turn. */
export interface TurnWatch {
  /** Headers for its model requests: the trace that they are part of. They name no client. */
  readonly headers: Headers;
  /** Called once, when the turn is over. Must neither throw nor wait. */
  end(turn: TurnEnd): void;
}

/** Is told of each turn as it begins. Must not throw. */
export type WatchTurn = (turn: WatchedTurn) => TurnWatch;
