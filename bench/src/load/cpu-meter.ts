import { setTimeout as sleep } from "node:timers/promises";
import type { RunningServer } from "../server/running-server.js";

/** Reads the server's CPU time around a piece of work. */
export class CpuMeter {
  readonly #server: RunningServer;
  readonly #before: number | undefined;

  private constructor(server: RunningServer) {
    this.#server = server;
    this.#before = server.cpuMs();
  }

  /** Starts counting once what came before (start-up, warm-up) has died down. */
  static async start(server: RunningServer, quietMs = 300): Promise<CpuMeter> {
    await sleep(quietMs);
    return new CpuMeter(server);
  }

  /** Milliseconds spent per unit of work since the start; undefined where it cannot be known. */
  per(units: number): number | undefined {
    const after = this.#server.cpuMs();
    if (this.#before === undefined || after === undefined) return undefined;
    return (after - this.#before) / units;
  }
}
