import { WebSocket } from "ws";

/** Anything in JSON, to be looked into by tests. */
// oxlint-disable-next-line no-explicit-any -- tests look into whatever the wire holds
export type Json = any;

/** A frame as it was received. */
export interface WireFrame {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: Json;
  readonly result?: Json;
  readonly error?: { readonly code: number; readonly message: string };
}

/** A client that knows nothing of our packages: it writes and reads frames on a real WebSocket, and keeps all it received. */
export class ExecClient {
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

  static async open(url: string, headers: Record<string, string> = {}): Promise<ExecClient> {
    const socket = new WebSocket(url, { headers, perMessageDeflate: false, maxPayload: 0 });
    const client = new ExecClient(socket);
    await new Promise((resolve, reject) => {
      socket.once("open", resolve);
      socket.once("error", reject);
    });
    return client;
  }

  /** A connection that has made its handshake. */
  static async ready(url: string, resumeSessionId?: string): Promise<ExecClient> {
    const client = await ExecClient.open(url);
    await client.request("initialize", { clientName: "test", resumeSessionId });
    client.send({ method: "initialized" });
    return client;
  }

  /** Sends any message. */
  send(message: Json): void {
    this.socket.send(JSON.stringify(message));
  }

  /** Sends a request under the next id and returns its answer, whatever it is. */
  async call(method: string, params?: Json): Promise<WireFrame> {
    const id = this.#nextId++;
    this.send({ id, method, params });
    return this.frame((frame) => frame.id === id);
  }

  /** {@link ExecClient.call} for a request that must succeed. */
  async request(method: string, params?: Json): Promise<Json> {
    const { error, result } = await this.call(method, params);
    if (error !== undefined) throw new Error(`${method}: ${error.code} ${error.message}`);
    return result;
  }

  /** {@link ExecClient.call} for a request that must be refused: `[code, message]`. */
  async refusal(method: string, params?: Json): Promise<readonly [number, string]> {
    const { error, result } = await this.call(method, params);
    if (error === undefined) throw new Error(`${method} was not refused: ${JSON.stringify(result)}`);
    return [error.code, error.message];
  }

  /** The first notification of a method that fits, past or future. */
  async notification(method: string, fits: (params: Json) => boolean = () => true): Promise<Json> {
    return (await this.frame((frame) => frame.method === method && fits(frame.params))).params;
  }

  /** All notifications of a method so far. */
  notifications(method: string): Json[] {
    return this.frames.filter((frame) => frame.method === method).map((frame) => frame.params);
  }

  /** The first frame that fits, past or future. */
  async frame(fits: (frame: WireFrame) => boolean, withinMs = 10_000): Promise<WireFrame> {
    const deadline = Date.now() + withinMs;
    for (;;) {
      const found = this.frames.find(fits);
      if (found !== undefined) return found;
      if (this.socket.readyState === WebSocket.CLOSED)
        throw new Error(`the connection closed; received: ${JSON.stringify(this.frames.slice(-5))}`);
      await this.#next(deadline - Date.now());
    }
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
