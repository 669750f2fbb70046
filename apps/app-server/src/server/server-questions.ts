import type { Ask } from "@switchboard/agent";
import { loadResponseDecoder, RpcError, type ServerMethod, type ServerRequests } from "@switchboard/protocol";

import type { Connection } from "./connection.js";
import type { Subscriptions } from "./subscriptions.js";

/** A question that waits for an answer. */
interface Question {
  readonly threadId: string;
  /** Puts it to a client, unless it was put to it already. */
  readonly put: (connection: Connection) => void;
  /** Settles it without an answer. */
  readonly giveUp: () => void;
}

/** What a client answered. */
type Answer = { readonly result: unknown } | { readonly refused: true };

/**
 * Asks the clients of a thread. One question goes to all subscribers under one id; the first answer
 * counts, and all are told that it is settled. Who subscribes while it waits is asked too.
 *
 * A question that nobody could be asked is settled without an answer at once. One whose clients have gone since waits
 * for others until {@link ServerQuestions.giveUp}; that of an MCP server does not wait.
 */
export class ServerQuestions {
  readonly #subscriptions: Subscriptions;
  readonly #nextRequestId: () => number;
  readonly #questions = new Set<Question>();

  constructor(subscriptions: Subscriptions, nextRequestId: () => number) {
    this.#subscriptions = subscriptions;
    this.#nextRequestId = nextRequestId;
  }

  /** How a thread asks. `threadId` is asked late because the thread does not exist yet. */
  askerFor(threadId: () => string): Ask {
    return async (method, params, signal) => {
      const decoder = loadResponseDecoder(method);
      const answer = await this.#ask(threadId(), method, params, signal);
      if (answer === undefined || "refused" in answer) return undefined;
      const decoded = (await decoder)(answer.result);
      return decoded.ok ? decoded.value : undefined;
    };
  }

  /** Puts the questions of a thread to a client that has just subscribed. */
  join(threadId: string, connection: Connection): void {
    for (const question of this.#questions) if (question.threadId === threadId) question.put(connection);
  }

  /** Settles the questions of a thread without an answer: nobody has come back in time. */
  giveUp(threadId: string): void {
    for (const question of this.#questions) if (question.threadId === threadId) question.giveUp();
  }

  /** The first answer; undefined when there is nobody who could give one. Rejects with the signal's reason. */
  async #ask<M extends ServerMethod>(
    threadId: string,
    method: M,
    params: ServerRequests[M]["params"],
    signal: AbortSignal,
  ): Promise<Answer | undefined> {
    signal.throwIfAborted();
    const receivers = this.#subscriptions.subscribersOf(threadId);
    if (receivers.length === 0) return undefined;
    const requestId = this.#nextRequestId();
    const settled = new AbortController();
    const asked = new Set<Connection>();
    const waiting = new Set<Connection>();
    const answer = new Promise<Answer | undefined>((resolve) => {
      signal.addEventListener("abort", () => resolve(undefined), { once: true, signal: settled.signal });
      const put = (connection: Connection) => {
        if (asked.has(connection)) return;
        asked.add(connection);
        waiting.add(connection);
        connection.request(method, params, { id: requestId, signal: settled.signal }).then(
          (result: unknown) => resolve({ result }),
          (error: unknown) => {
            waiting.delete(connection);
            // A client that has gone has not answered; the others still may.
            if (error instanceof RpcError) resolve({ refused: true });
            else if (waiting.size === 0 && method === "mcpServer/elicitation/request") resolve(undefined);
          },
        );
      };
      const question = { threadId, put, giveUp: () => resolve(undefined) };
      this.#questions.add(question);
      settled.signal.addEventListener("abort", () => this.#questions.delete(question), { once: true });
      for (const connection of receivers) put(connection);
    });
    try {
      return await answer;
    } finally {
      settled.abort(new Error("the question is settled"));
      // A client's own tool is no question: nobody shows it to a user.
      if (method !== "item/tool/call") {
        this.#subscriptions.emit(threadId, "serverRequest/resolved", { threadId, requestId });
      }
      signal.throwIfAborted();
    }
  }
}
