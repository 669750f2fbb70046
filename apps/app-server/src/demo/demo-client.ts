import { AppServerClient, type ServerNotification } from "@switchboard/protocol";
import { connect } from "@switchboard/protocol/transports";

/** One client of the demonstration: a real WebSocket connection under a name of its own. */
export class DemoClient {
  readonly name: string;
  readonly #client: AppServerClient;
  readonly #listeners = new Set<(notification: ServerNotification) => void>();

  private constructor(name: string, client: (onNotification: (each: ServerNotification) => void) => AppServerClient) {
    this.name = name;
    this.#client = client((notification) => {
      for (const listener of this.#listeners) listener(notification);
    });
  }

  /** Connects and introduces itself. */
  static async open(url: string, name: string, version: string): Promise<DemoClient> {
    const transport = await connect(url);
    const client = new DemoClient(name, (onNotification) => new AppServerClient(transport, { onNotification }));
    await client.#client.initialize({ name, title: null, version }, { experimentalApi: true });
    return client;
  }

  /** Makes a thread and returns its id. */
  async startThread(modelProvider?: string): Promise<string> {
    return (await this.#client.request("thread/start", modelProvider === undefined ? {} : { modelProvider })).thread.id;
  }

  /** Hears of a thread that another client made. */
  async watch(threadId: string): Promise<void> {
    await this.#client.request("thread/resume", { threadId, excludeTurns: true });
  }

  /** Runs a turn to its end and returns its id. */
  async runTurn(threadId: string, text: string): Promise<string> {
    const { turn } = await this.#client.request("turn/start", {
      threadId,
      input: [{ type: "text", text, text_elements: [] }],
    });
    await this.#when(({ method, params }) => method === "turn/completed" && params.turn.id === turn.id);
    return turn.id;
  }

  /** Has a realtime conversation: says something, hears the answer to its end, and hangs up. */
  async talk(threadId: string, text: string): Promise<void> {
    const heard = (wanted: ServerNotification["method"]) =>
      this.#when(({ method, params }) => method === wanted && "threadId" in params && params.threadId === threadId);
    const [started, answered, closed] = [
      heard("thread/realtime/started"),
      heard("thread/realtime/transcript/done"),
      heard("thread/realtime/closed"),
    ];
    await this.#client.request("thread/realtime/start", { threadId, outputModality: "text" });
    await started;
    await this.#client.request("thread/realtime/appendText", { threadId, text });
    await answered;
    await this.#client.request("thread/realtime/stop", { threadId });
    await closed;
  }

  close(): void {
    this.#client.close();
  }

  /** Resolves with the first notification from now on that fits. */
  #when(fits: (notification: ServerNotification) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const listener = (notification: ServerNotification): void => {
        if (!fits(notification)) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
  }
}
