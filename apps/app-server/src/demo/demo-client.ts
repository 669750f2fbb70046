import { AppServerClient, type ServerNotification } from "@switchboard/protocol";
import { connect } from "@switchboard/protocol/transports";

/** One client of the demonstration: a real WebSocket connection under a name of its own. */
export class DemoClient {
  readonly name: string;
  readonly #client: AppServerClient;
  /** What to do when a turn ends. */
  readonly #turns = new Map<string, () => void>();

  private constructor(name: string, client: (onNotification: (each: ServerNotification) => void) => AppServerClient) {
    this.name = name;
    this.#client = client((notification) => this.#hear(notification));
  }

  /** Connects and introduces itself. */
  static async open(url: string, name: string, version: string): Promise<DemoClient> {
    const transport = await connect(url);
    const client = new DemoClient(name, (onNotification) => new AppServerClient(transport, { onNotification }));
    await client.#client.initialize({ name, title: null, version });
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
    await new Promise<void>((resolve) => this.#turns.set(turn.id, resolve));
    return turn.id;
  }

  close(): void {
    this.#client.close();
  }

  #hear(notification: ServerNotification): void {
    if (notification.method !== "turn/completed") return;
    const { id } = notification.params.turn;
    this.#turns.get(id)?.();
    this.#turns.delete(id);
  }
}
