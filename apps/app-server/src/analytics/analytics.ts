import type { Clock, Thread } from "@switchboard/agent";
import type { RequestClient } from "@switchboard/client";
import { codexVersion, defaultHeaders, type ClientIdentity, type OpenaiCredentials } from "@switchboard/login";
import { messageOf, SwitchboardError, type Transport } from "@switchboard/protocol";

import { ExportQueue } from "../telemetry/export-queue.js";
import type { TurnAccount } from "../telemetry/turn-accounts.js";
import {
  inSeconds,
  lineageOf,
  whoAndWhere,
  type About,
  type AnalyticsEvent,
  type ClientLink,
  type OwnedEvent,
} from "./event.js";
import { eventsOfTurn } from "./turn-events.js";

/** What {@link Analytics} is made from. */
export interface AnalyticsOptions {
  /** Where events are posted to. */
  readonly url: string;
  readonly client: RequestClient;
  readonly credentials: Pick<OpenaiCredentials, "peek">;
  readonly residency: string | undefined;
  readonly clock: Clock;
  readonly warn: (text: string) => void;
}

/** How `turn/steer` was answered. */
export interface Steering {
  readonly expectedTurnId: string;
  /** The turn that took the input. */
  readonly acceptedTurnId: string | undefined;
  /** Why none did. */
  readonly rejection: "no_active_turn" | "expected_turn_mismatch" | "empty_input" | undefined;
  readonly imageCount: number;
}

/** Answers are not read beyond this many bytes. */
const maxAnswerBytes = 64 * 1024;

const links: Readonly<Record<Transport["kind"], ClientLink["transport"]>> = {
  stdio: "stdio",
  websocket: "websocket",
  unix: "websocket",
  memory: "in_process",
};

/**
 * Tells ChatGPT's back end how clients use the server, as the reference does, when the configuration asks for it
 * and there is a ChatGPT login. Each event names the connection that it is about and goes out under that
 * connection's name; a request holds events of one connection only. What does not arrive is not sent again.
 */
export class Analytics {
  readonly #options: AnalyticsOptions;
  readonly #queue: ExportQueue<OwnedEvent>;
  readonly #links = new WeakMap<ClientIdentity, ClientLink>();
  readonly #resumed = new WeakSet<Thread>();

  constructor(options: AnalyticsOptions) {
    this.#options = options;
    this.#queue = new ExportQueue({
      keyOf: ({ key }) => key,
      send: (batch, signal) => this.#send(batch, signal),
      onFailure: (error) => options.warn(`analytics do not arrive: ${messageOf(error)}`),
    });
  }

  /** Takes note of how a client that has introduced itself is connected. */
  introduced(identity: ClientIdentity, transport: Transport["kind"], experimentalApi: boolean): void {
    this.#links.set(identity, { transport: links[transport], experimentalApi });
  }

  /** Takes note of a thread that a client has made or has come to. */
  threadOpened(thread: Thread, owner: ClientIdentity, how: "new" | "resumed"): void {
    if (how === "resumed") this.#resumed.add(thread);
    const about = this.#about(thread, owner);
    const { id, sessionId, model, ephemeral, createdAt, forkedFromId } = about.thread;
    const params = {
      thread_id: id,
      session_id: sessionId,
      ...whoAndWhere(about, codexVersion),
      model,
      ephemeral,
      is_worktree: null,
      ...lineageOf(about.thread),
      initialization_mode: how,
      forked_from_thread_id: forkedFromId,
      created_at: createdAt,
    };
    this.#add(owner, [{ event_type: "codex_thread_initialized", event_params: params }]);
  }

  /** Takes note of input that a client wanted to add to a turn. */
  steered(thread: Thread, owner: ClientIdentity, steering: Steering): void {
    const about = this.#about(thread, owner);
    const params = {
      thread_id: about.thread.id,
      session_id: about.thread.sessionId,
      expected_turn_id: steering.expectedTurnId,
      accepted_turn_id: steering.acceptedTurnId ?? null,
      ...whoAndWhere(about, codexVersion),
      ...lineageOf(about.thread),
      num_input_images: steering.imageCount,
      result: steering.rejection === undefined ? "accepted" : "rejected",
      rejection_reason: steering.rejection ?? null,
      created_at: inSeconds(this.#options.clock()),
    };
    this.#add(owner, [{ event_type: "codex_turn_steer_event", event_params: params }]);
  }

  /** Tells of a turn that is over, and of what was done in it. */
  turnEnded(account: TurnAccount): void {
    const { thread, turn } = account;
    if (thread === undefined) return;
    const about = this.#about(thread, turn.owner);
    const events = eventsOfTurn(account, {
      whoAndWhere: whoAndWhere(about, codexVersion),
      lineage: lineageOf(about.thread),
      sessionId: about.thread.sessionId,
      ephemeral: thread.ephemeral,
      initializationMode: this.#resumed.has(thread) ? "resumed" : "new",
    });
    this.#add(turn.owner, events);
  }

  /** Sends what is left, for at most a second. */
  async close(): Promise<void> {
    await this.#queue.close();
    if (this.#queue.dropped > 0) this.#options.warn(`${this.#queue.dropped} analytics events were lost`);
  }

  #about(thread: Thread, owner: ClientIdentity): About {
    return { owner, link: this.#links.get(owner), thread: thread.describe() };
  }

  #add(owner: ClientIdentity, events: readonly AnalyticsEvent[]): void {
    const { residency } = this.#options;
    const headers = defaultHeaders(owner, residency === undefined ? {} : { residency });
    const key = JSON.stringify([owner.connection ?? null, headers]);
    for (const event of events) this.#queue.add({ owner, headers, key, event });
  }

  /** Sends events of one connection. Without a ChatGPT login nothing is sent, and nothing is kept for later. */
  async #send(batch: readonly OwnedEvent[], signal: AbortSignal): Promise<void> {
    const { url, client, credentials } = this.#options;
    const [first] = batch;
    const credential = await credentials.peek();
    if (first === undefined || credential?.type !== "chatgpt") return;
    const { owner, headers } = first;
    const { accessToken, accountId } = credential;
    const response = await client.send({
      method: "POST",
      url,
      headers: {
        authorization: `Bearer ${accessToken.reveal()}`,
        ...(accountId === undefined ? {} : { "chatgpt-account-id": accountId }),
        "content-type": "application/json",
        accept: "*/*",
      },
      owner: headers,
      path: "analytics",
      attribution: { connection: owner.connection, client: owner.client?.name, originator: owner.originator },
      body: JSON.stringify({ events: batch.map(({ event }) => event) }),
      signal,
      maxBodyBytes: maxAnswerBytes,
      headersTimeoutMs: 0,
      bodyTimeoutMs: 0,
    });
    // The connection is good for the next request only when the answer was read to its end.
    for await (const _ of response.body) signal.throwIfAborted();
    if (response.status >= 300) {
      throw new SwitchboardError({ code: "analytics_refused", message: `the server answered ${response.status}` });
    }
  }
}
