import { randomUUID } from "node:crypto";

import { invalidRequest, RpcError } from "@switchboard/protocol";

import { execCodes } from "../errors.js";
import { ProcessTable, type Environment } from "../processes/index.js";

/** How long a session without a connection is kept, with its processes, in milliseconds. Observed on the reference 0.169.0. */
const detachedTtlMs = 80_000;

/** Sends a notification. A promise asks for patience: the client is behind. */
export type Notify = (method: string, params: object) => void | Promise<void>;

/** The processes of one client, which outlive its connection for a while. */
export class Session {
  readonly id = randomUUID();
  readonly processes: ProcessTable;
  /** Where notifications go; undefined while no connection is attached. */
  notify: Notify | undefined;
  /** Runs while no connection is attached. */
  expiry: NodeJS.Timeout | undefined;

  constructor(environment: Environment, notify: Notify) {
    this.notify = notify;
    this.processes = new ProcessTable(
      {
        output: ({ chunk, ...event }) => this.notify?.("process/output", { ...event, chunk: chunk.toString("base64") }),
        exited: (event) => void this.notify?.("process/exited", event),
        closed: (event) => void this.notify?.("process/closed", event),
      },
      { environment },
    );
  }
}

/** All sessions of a server. What a client missed while it was away, it reads with `process/read`. */
export class Sessions {
  readonly #environment: Environment;
  readonly #ttlMs: number;
  readonly #sessions = new Map<string, Session>();
  /** Forgotten sessions whose processes are being ended. */
  readonly #ending = new Set<Promise<void>>();

  constructor(environment: Environment, ttlMs = detachedTtlMs) {
    this.#environment = environment;
    this.#ttlMs = ttlMs;
  }

  /** A new session, attached. */
  open(notify: Notify): Session {
    const session = new Session(this.#environment, notify);
    this.#sessions.set(session.id, session);
    return session;
  }

  /**
   * Attaches a session to another connection.
   *
   * @throws RpcError -32600 for one that never was or is forgotten, -32010 for one that has a connection.
   */
  resume(id: string, notify: Notify): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw invalidRequest(`unknown session id ${id}`);
    if (session.notify !== undefined) {
      throw new RpcError(execCodes.sessionAttached, `session ${id} is already attached to another connection`);
    }
    clearTimeout(session.expiry);
    session.notify = notify;
    return session;
  }

  /** The session's connection has ended. Its processes go on; after the time to live they are ended and it is forgotten. */
  detach(session: Session): void {
    session.notify = undefined;
    if (!this.#sessions.has(session.id)) return;
    session.expiry = setTimeout(() => {
      this.#sessions.delete(session.id);
      const ended = session.processes.close().finally(() => this.#ending.delete(ended));
      this.#ending.add(ended);
    }, this.#ttlMs).unref();
  }

  /** Ends all processes and waits until they are gone. */
  async close(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) clearTimeout(session.expiry);
    await Promise.all([...this.#ending, ...sessions.map((session) => session.processes.close())]);
  }
}
