import { at, stringAt } from "../narrow.js";
import { Connection } from "./connection.js";
import { classify, type IncomingKind } from "./incoming-message.js";

/** When things happened in one turn, in milliseconds of `performance.now()`. */
export interface TurnTimes {
  readonly startedAt: number;
  readonly firstDeltaAt: number;
  readonly completedAt: number;
  /** Delta notifications received. */
  readonly deltas: number;
}

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

interface WatchedTurn extends Waiter<TurnTimes> {
  readonly startedAt: number;
  firstDeltaAt: number;
  deltas: number;
}

/** One client of an app-server, with no more than the benchmark needs. */
export class RpcClient {
  /** Called for every answer to a request sent with {@link sendCheap}. */
  onCheapAnswer: () => void = () => {};
  /** Called for every notification the client does not know itself. */
  onNotification: (method: string, params: unknown) => void = () => {};
  /** Fulfils with the reason when the connection is of no more use. */
  readonly failed: Promise<Error>;

  #connection: Connection | undefined;
  #nextId = 1;
  readonly #requests = new Map<number, Waiter<unknown>>();
  #turn: WatchedTurn | undefined;
  #failure: Error | undefined;

  #announceFailure: (reason: Error) => void = () => {};

  private constructor() {
    this.failed = new Promise((resolve) => {
      this.#announceFailure = resolve;
    });
  }

  /** Connects; {@link initialize} comes next. */
  static async open(url: string): Promise<RpcClient> {
    const client = new RpcClient();
    client.#connection = await Connection.open(url, {
      message: (bytes, start, end) => client.#receive(classify(bytes, start, end)),
      close: (reason) => client.#fail(reason),
    });
    return client;
  }

  /** The handshake. */
  async initialize(params: unknown): Promise<void> {
    await this.request("initialize", params);
    this.#send({ method: "initialized" });
  }

  /** Sends a request and waits for its result. */
  async request(method: string, params: unknown): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId += 1;
    const answered = new Promise<unknown>((resolve, reject) => {
      this.#requests.set(id, { resolve, reject });
    });
    if (this.#failure !== undefined) throw this.#failure;
    this.#send({ id, method, params });
    return answered;
  }

  /** Sends a request whose answer is only counted; the text has everything but the id. */
  sendCheap(methodAndParams: string): void {
    const id = this.#nextId;
    this.#nextId += 1;
    this.#connection?.send(`{"id":${id},${methodAndParams}}`);
  }

  /** Starts a thread and gives its id. */
  async startThread(params: object = {}): Promise<string> {
    return stringAt(await this.request("thread/start", params), "thread", "id");
  }

  /** Runs one turn to its end. */
  async turn(threadId: string): Promise<TurnTimes> {
    const watched = this.watchTurn();
    await this.request("turn/start", {
      threadId,
      input: [{ type: "text", text: "Say something.", text_elements: [] }],
    });
    return watched;
  }

  /** Waits for the end of a turn that somebody else may have started; only one at a time. */
  async watchTurn(): Promise<TurnTimes> {
    const watched = new Promise<TurnTimes>((resolve, reject) => {
      const startedAt = performance.now();
      this.#turn = { startedAt, firstDeltaAt: Number.NaN, deltas: 0, resolve, reject };
    });
    // The owner may be busy waiting for something else when the connection fails.
    watched.catch(() => {});
    if (this.#failure !== undefined) throw this.#failure;
    return watched;
  }

  /** Drops the connection. */
  close(): void {
    this.#connection?.close();
  }

  #send(message: unknown): void {
    this.#connection?.send(JSON.stringify(message));
  }

  #receive(message: IncomingKind): void {
    switch (message.kind) {
      case "delta":
        this.#delta();
        return;
      case "result": {
        const waiter = this.#requests.get(message.id);
        if (waiter === undefined) {
          this.onCheapAnswer();
          return;
        }
        this.#requests.delete(message.id);
        waiter.resolve(at(message.parse(), "result"));
        return;
      }
      case "other":
        this.#other(message.parse());
    }
  }

  #other(message: unknown): void {
    const method = at(message, "method");
    const id = at(message, "id");
    if (method === "item/agentMessage/delta") {
      this.#delta();
    } else if (method === "turn/completed") {
      this.#completed(message);
    } else if (method === undefined && typeof id === "number") {
      this.#answer(id, message);
    } else if (typeof method === "string") {
      this.onNotification(method, at(message, "params"));
    }
  }

  /** An answer the fast path did not take: an error, or another order of members. */
  #answer(id: number, message: unknown): void {
    const waiter = this.#requests.get(id);
    this.#requests.delete(id);
    const error = at(message, "error");
    if (error === undefined) {
      if (waiter === undefined) this.onCheapAnswer();
      else waiter.resolve(at(message, "result"));
      return;
    }
    const failure = new Error(`The server answered ${JSON.stringify(error)}`);
    if (waiter === undefined) this.#fail(failure);
    else waiter.reject(failure);
  }

  #delta(): void {
    const turn = this.#turn;
    if (turn === undefined) return;
    if (turn.deltas === 0) turn.firstDeltaAt = performance.now();
    turn.deltas += 1;
  }

  #completed(message: unknown): void {
    const completedAt = performance.now();
    const turn = this.#turn;
    if (turn === undefined) return;
    this.#turn = undefined;
    const status = at(message, "params", "turn", "status");
    if (status === "completed") {
      const { startedAt, firstDeltaAt, deltas } = turn;
      turn.resolve({ startedAt, firstDeltaAt, completedAt, deltas });
    } else {
      const error = JSON.stringify(at(message, "params", "turn", "error"));
      turn.reject(new Error(`The turn ended as ${String(status)}: ${error}`));
    }
  }

  #fail(reason: Error): void {
    this.#failure ??= reason;
    this.#announceFailure(reason);
    this.#turn?.reject(reason);
    for (const waiter of this.#requests.values()) waiter.reject(reason);
    this.#requests.clear();
    this.#connection?.close();
  }
}
