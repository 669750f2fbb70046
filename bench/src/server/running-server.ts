import { setTimeout as sleep } from "node:timers/promises";
import { RpcClient } from "../load/rpc-client.js";
import type { ServerCommand } from "./command.js";
import { ProcessGroup } from "./process-group.js";
import { cpuMsOf, residentKibOf } from "./process-tree.js";
import type { ServerKind } from "./server-kind.js";
import { createTemporaryHome, type TemporaryHome } from "./temporary-home.js";

/**
 * How many connections are opened at the same time. Each sends two messages, and the reference turns
 * requests away when 128 wait in the whole server.
 */
const OPENING_AT_ONCE = 32;
const START_TIMEOUT_MS = 15_000;

/** A server that listens on a WebSocket, and the connections to it. */
export class RunningServer {
  readonly #url: string;
  readonly #kind: ServerKind;
  readonly #group: ProcessGroup;
  readonly #home: TemporaryHome;
  readonly #clients: RpcClient[] = [];

  private constructor(url: string, kind: ServerKind, group: ProcessGroup, home: TemporaryHome) {
    this.#url = url;
    this.#kind = kind;
    this.#group = group;
    this.#home = home;
  }

  /** Starts a server in a fresh home and waits until it says where it listens. */
  static async start(command: ServerCommand, kind: ServerKind, modelUrl: string): Promise<RunningServer> {
    const home = createTemporaryHome(modelUrl, kind.provider);
    try {
      const group = ProcessGroup.start(command, [kind.subcommand, "--listen", "ws://127.0.0.1:0"], home);
      try {
        return new RunningServer(await boundUrl(group), kind, group, home);
      } catch (error) {
        await group.stop();
        throw error;
      }
    } catch (error) {
      home.remove();
      throw error;
    }
  }

  /** The folder that it works in. */
  get workspace(): string {
    return this.#home.workspace;
  }

  /** One more connection, initialized. */
  async connect(): Promise<RpcClient> {
    const client = await RpcClient.open(this.#url);
    this.#clients.push(client);
    await client.initialize(this.#kind.initializeParams);
    return client;
  }

  /** Many connections, some at a time. */
  async connectMany(count: number): Promise<RpcClient[]> {
    const clients: RpcClient[] = [];
    let left = count;
    const open = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        clients.push(await this.connect());
      }
    };
    await Promise.all(Array.from({ length: Math.min(OPENING_AT_ONCE, count) }, open));
    return clients;
  }

  /** CPU time of the process tree so far; undefined where it cannot be known. */
  cpuMs(): number | undefined {
    return cpuMsOf(this.#group.pid);
  }

  /** Resident memory of the process tree once it has been quiet for a while. */
  async settledKib(quietMs = 1_500): Promise<number | undefined> {
    await sleep(quietMs);
    return residentKibOf(this.#group.pid);
  }

  /** Kills it and removes its home. */
  async stop(): Promise<void> {
    for (const client of this.#clients) client.close();
    await this.#group.stop();
    this.#home.remove();
  }
}

async function boundUrl(group: ProcessGroup): Promise<string> {
  const { child } = group;
  return new Promise((resolve, reject) => {
    let output = "";
    const timer = setTimeout(
      () => reject(new Error(`The server named no address in ${START_TIMEOUT_MS} ms`)),
      START_TIMEOUT_MS,
    );
    let found = false;
    // Either stream may name it, and both must be read on, or a server that logs a lot stops.
    const read = (chunk: Buffer): void => {
      if (found) return;
      output += chunk.toString();
      const match = /ws:\/\/127\.0\.0\.1:\d+(?=\D)/.exec(output);
      if (match === null) return;
      found = true;
      clearTimeout(timer);
      resolve(match[0]);
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", reject);
    child.once("exit", (code) => {
      clearTimeout(timer);
      reject(new Error(`The server ended with ${code}: ${output.slice(-500)}`));
    });
  });
}
