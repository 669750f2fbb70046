import { WebSocket } from "ws";

/** A frame as it was received. */
export interface WireFrame {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
  readonly emittedAtMs?: number;
}

/** Anything in JSON, to be looked into by tests. */
// oxlint-disable-next-line no-explicit-any -- tests look into whatever the wire holds
export type Json = any;

/**
 * A client that knows nothing of our own protocol package: it writes and reads frames on a real
 * WebSocket, and keeps all it received.
 */
export class WireClient {
  readonly frames: WireFrame[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly socket: WebSocket;
  readonly #waiters = new Set<() => void>();
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => {
      this.frames.push(JSON.parse(data.toString("utf8")));
      this.#wake();
    });
    this.closed = new Promise((resolve) =>
      socket.on("close", (code, reason) => {
        resolve({ code, reason: reason.toString() });
        this.#wake();
      }),
    );
    socket.on("error", () => undefined);
  }

  static async open(url: string, headers: Record<string, string> = {}): Promise<WireClient> {
    const socket = new WebSocket(url, { headers, perMessageDeflate: false });
    const client = new WireClient(socket);
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return client;
  }

  /** Sends any text. */
  sendRaw(data: string | Buffer): void {
    this.socket.send(data);
  }

  /** Sends a request under the next id and returns its answer, whatever it is. */
  async call(method: string, params?: unknown): Promise<Json> {
    const id = this.#nextId++;
    this.sendRaw(JSON.stringify({ id, method, params }));
    return this.frame((frame) => frame.id === id && frame.method === undefined);
  }

  /** {@link WireClient.call} for a request that must succeed. */
  async request(method: string, params?: unknown): Promise<Json> {
    const answer = await this.call(method, params);
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result;
  }

  async initialize(name: string, version = "1.0.0", capabilities: Json = { experimentalApi: true }): Promise<Json> {
    return this.request("initialize", { clientInfo: { name, title: null, version }, capabilities });
  }

  /** The first frame that fits, past or future. */
  async frame(fits: (frame: WireFrame) => boolean, withinMs = 10_000): Promise<Json> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const found = this.frames.find(fits);
      if (found !== undefined) return found;
      if (this.socket.readyState === WebSocket.CLOSED)
        throw new Error(`the connection closed; received: ${JSON.stringify(this.frames.slice(-5))}`);
      await this.#next(deadline - Date.now());
    }
  }

  /** The first notification of a method that fits, past or future. */
  notification(method: string, fits: (params: Json) => boolean = () => true): Promise<Json> {
    return this.frame((frame) => frame.method === method && frame.id === undefined && fits(frame.params));
  }

  /** All notifications of a method so far. */
  notifications(method: string): Json[] {
    return this.frames.filter((frame) => frame.method === method).map((frame) => frame.params);
  }

  async startThread(params: Json = {}): Promise<string> {
    return (await this.request("thread/start", params)).thread.id;
  }

  /** Starts a turn and returns its id. */
  async startTurn(threadId: string, text: string, more: Json = {}): Promise<string> {
    return (await this.request("turn/start", { threadId, input: [{ type: "text", text }], ...more })).turn.id;
  }

  /** Runs a turn to its end, which this client must be able to see. Returns it as `turn/completed` has it. */
  async runTurn(threadId: string, text: string, more: Json = {}): Promise<Json> {
    const turnId = await this.startTurn(threadId, text, more);
    return (await this.notification("turn/completed", ({ turn }) => turn.id === turnId)).params.turn;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #wake(): void {
    for (const waiter of this.#waiters) waiter();
  }

  #next(withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiters.delete(done);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(done);
        reject(new Error(`nothing fitting arrived; received: ${JSON.stringify(this.frames.slice(-8))}`));
      }, withinMs);
      this.#waiters.add(done);
    });
  }
}
