import type { Headers } from "@switchboard/client";
import type { ClientIdentity } from "@switchboard/login";
import type { ThreadSettings, W3cTraceContext } from "@switchboard/protocol";

import type { SessionApprovals } from "../permissions/session-approvals.js";
import type { ThreadCommands } from "../commands/thread-commands.js";
import type { ThreadServers } from "../mcp/thread-servers.js";
import type { TokenUsage } from "../models/token-usage.js";
import type { ThreadRealtime } from "../realtime/thread-realtime.js";
import type { TurnDiff } from "../patch/turn-diff.js";
import type { Questioner } from "../thread/questions.js";
import type { ThreadHost, ThreadSpec } from "../thread/thread-spec.js";
import type { History } from "./history.js";
import type { ItemEvents } from "./item-events.js";
import type { ModelWire } from "./model-wire.js";
import type { ToldContext } from "./told-context.js";
import type { TurnControl, TurnInput } from "./turn-control.js";
import type { TurnOutcome } from "./turn-loop.js";

/** What a thread's turns share. */
export interface ThreadParts {
  readonly id: string;
  readonly spec: ThreadSpec;
  readonly host: ThreadHost;
  readonly wire: ModelWire;
  readonly history: History;
  readonly context: ToldContext;
  readonly usage: TokenUsage;
  readonly mcp: ThreadServers;
  readonly commands: ThreadCommands;
  readonly approvals: SessionApprovals;
  readonly questions: Questioner;
  readonly realtime: ThreadRealtime;
  /** What the model is to be told before its next request, besides its conversation. */
  readonly notes: string[];
}

/** A turn as it was asked for. */
export interface TurnRequest {
  /** Who asked. All of the turn's requests go out under this identity, whatever happens to the connection. */
  readonly owner: ClientIdentity;
  /** What begins the turn; none when it is about what was said already. */
  readonly input?: TurnInput;
  readonly outputSchema?: unknown;
  readonly clientMetadata: Readonly<Record<string, string>>;
  /** The trace that the turn is part of. */
  readonly trace?: W3cTraceContext | undefined;
}

/** One turn under way. */
export interface TurnScope {
  readonly id: string;
  readonly thread: ThreadParts;
  readonly request: TurnRequest;
  readonly control: TurnControl;
  readonly items: ItemEvents;
  readonly diff: TurnDiff;
  readonly startedAtMs: number;
  /** Headers of its model requests that tell which trace it is part of. */
  readonly traceHeaders: Headers;
  /** As they are now: settings of a turn may change while it runs. */
  readonly settings: () => ThreadSettings;
  /** Adds input to a history and shows it. */
  readonly recordInput: (history: History, input: TurnInput) => void;
}

/** What a turn does from beginning to end. Never rejects. */
export type TurnTask = (scope: TurnScope) => Promise<TurnOutcome>;
