import { noTokens, type Ask, type Clock, type Thread, type TurnEnd, type WatchedTurn } from "@switchboard/agent";
import type {
  CodexErrorInfo,
  ServerNotificationMethod,
  ServerNotifications,
  ThreadSettings,
  TokenUsageBreakdown,
} from "@switchboard/protocol";

import { approvalOf, type Approval } from "./approvals.js";

/** Most approvals of one turn that are kept; the later ones are not told of. */
const maxApprovals = 256;

/** A turn under way, as far as it is known. */
interface OpenAccount {
  readonly turn: WatchedTurn;
  readonly thread: Thread | undefined;
  /** The thread's settings when it began. */
  readonly settings: ThreadSettings | undefined;
  readonly isFirst: boolean;
  readonly tokensBefore: TokenUsageBreakdown;
  readonly startedAtMs: number;
  /** When the model began to say anything, in milliseconds since 1970. */
  firstOutputAtMs: number | undefined;
  /** When it began to say something to the user. */
  firstMessageAtMs: number | undefined;
  /** How often something was sent again. */
  retries: number;
  /** Why it failed. */
  error: CodexErrorInfo | null;
  steers: number;
  /** When a client asked to stop it. */
  interruptedAtMs: number | undefined;
  readonly approvals: Approval[];
}

/** What there is to say of a turn that is over. */
export interface TurnAccount extends Readonly<OpenAccount> {
  readonly end: TurnEnd;
  readonly endedAtMs: number;
  /** What it used. */
  readonly tokens: TokenUsageBreakdown;
}

type Notices = { readonly [M in ServerNotificationMethod]?: (params: ServerNotifications[M]) => void };

/**
 * Keeps account of each turn under way, from what its thread tells its clients, for the metrics and the analytics.
 * There is one account for a turn that runs and noTokens for those that are over.
 */
export class TurnAccounts {
  readonly #threadOf: (threadId: string) => Thread | undefined;
  readonly #clock: Clock;
  readonly #open = new Map<string, OpenAccount>();
  readonly #notices: Notices = {
    "item/started": ({ turnId, item: { type } }) => {
      const account = this.#open.get(turnId);
      if (account === undefined || type === "userMessage") return;
      account.firstOutputAtMs ??= this.#clock();
      if (type === "agentMessage") account.firstMessageAtMs ??= this.#clock();
    },
    error: ({ turnId, willRetry, error }) => {
      const account = this.#open.get(turnId);
      if (account === undefined) return;
      if (willRetry) account.retries += 1;
      else account.error = error.codexErrorInfo;
    },
  };

  constructor(threadOf: (threadId: string) => Thread | undefined, clock: Clock) {
    this.#threadOf = threadOf;
    this.#clock = clock;
  }

  /** Opens the account of a turn that begins. */
  begin(turn: WatchedTurn): void {
    const thread = this.#threadOf(turn.threadId);
    this.#open.set(turn.turnId, {
      turn,
      thread,
      settings: thread?.settings,
      isFirst: thread?.hasTurns === false,
      tokensBefore: thread?.tokenUsage?.tokenUsage.total ?? noTokens,
      startedAtMs: this.#clock(),
      firstOutputAtMs: undefined,
      firstMessageAtMs: undefined,
      retries: 0,
      error: null,
      steers: 0,
      interruptedAtMs: undefined,
      approvals: [],
    });
  }

  /** Takes note of what a thread tells its clients. */
  notified<M extends ServerNotificationMethod>(method: M, params: ServerNotifications[M]): void {
    this.#notices[method]?.(params);
  }

  /** Asks clients as `ask` does, and takes note of what they approve of. */
  asking(ask: Ask): Ask {
    return async (method, params, signal) => {
      const startedAtMs = this.#clock();
      const result = await ask(method, params, signal);
      const approval = approvalOf(method, params, result);
      const account = approval === undefined ? undefined : this.#open.get(approval.turnId);
      if (approval !== undefined && account !== undefined && account.approvals.length < maxApprovals) {
        account.approvals.push({ ...approval, startedAtMs, completedAtMs: this.#clock() });
      }
      return result;
    };
  }

  /** Takes note of input that was added to a turn. */
  steered(turnId: string): void {
    const account = this.#open.get(turnId);
    if (account !== undefined) account.steers += 1;
  }

  /** Takes note of a client that wants a turn to stop. */
  interrupted(turnId: string): void {
    const account = this.#open.get(turnId);
    if (account !== undefined) account.interruptedAtMs ??= this.#clock();
  }

  /** The model of the turns that a connection has under way; undefined when they have noTokens in common. */
  modelOf(connection: number | undefined): string | undefined {
    const models = new Set<string>();
    for (const { turn } of this.#open.values()) if (turn.owner.connection === connection) models.add(turn.model);
    const [model] = models;
    return models.size === 1 ? model : undefined;
  }

  /** Closes the account of a turn that has ended. */
  end({ turnId }: WatchedTurn, end: TurnEnd): TurnAccount | undefined {
    const account = this.#open.get(turnId);
    if (account === undefined) return undefined;
    this.#open.delete(turnId);
    const after = account.thread?.tokenUsage?.tokenUsage.total ?? noTokens;
    return { ...account, end, endedAtMs: this.#clock(), tokens: difference(after, account.tokensBefore) };
  }
}

function difference(after: TokenUsageBreakdown, before: TokenUsageBreakdown): TokenUsageBreakdown {
  return {
    totalTokens: after.totalTokens - before.totalTokens,
    inputTokens: after.inputTokens - before.inputTokens,
    cachedInputTokens: after.cachedInputTokens - before.cachedInputTokens,
    cacheWriteInputTokens: after.cacheWriteInputTokens - before.cacheWriteInputTokens,
    outputTokens: after.outputTokens - before.outputTokens,
    reasoningOutputTokens: after.reasoningOutputTokens - before.reasoningOutputTokens,
  };
}
