import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { at, stringAt } from "../narrow.js";
import type { Model } from "../row.js";
import type { ModelCommand, ModelReply } from "./messages.js";

/** The stand-in model in its own process: its work must not delay the client that measures. */
export class ModelProcess implements Model {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.url = url;
  }

  /** Starts it and waits until it listens. */
  static async start(): Promise<ModelProcess> {
    // Relative to the bundle, where both entries lie side by side.
    const child = fork(fileURLToPath(new URL("./model.js", import.meta.url)), { execArgv: [] });
    const ready = await nextMessage(child, "ready");
    return new ModelProcess(child, stringAt(ready, "url"));
  }

  /** Sets what it answers from now on. */
  async reply(reply: ModelReply): Promise<void> {
    await this.#ask({ command: "reply", reply }, "replying");
  }

  /** The model's own milliseconds per request since this was last asked. */
  async takeTimes(): Promise<number[]> {
    return this.#take("times");
  }

  /** Milliseconds from each call that it asked for to the request with its output, since times were last asked for. */
  async takeRounds(): Promise<number[]> {
    return this.#take("rounds");
  }

  /** Ends the process. */
  stop(): void {
    this.#child.disconnect();
  }

  async #take(which: "times" | "rounds"): Promise<number[]> {
    const taken = at(await this.#ask({ command: "times" }, "times"), which);
    return Array.isArray(taken) ? taken.filter((each) => typeof each === "number") : [];
  }

  async #ask(command: ModelCommand, answer: string): Promise<unknown> {
    const answered = nextMessage(this.#child, answer);
    this.#child.send(command);
    return answered;
  }
}

async function nextMessage(child: ChildProcess, name: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      child.off("message", receive);
      child.off("exit", fail);
    };
    const receive = (message: unknown): void => {
      if (at(message, "message") !== name) return;
      stop();
      resolve(message);
    };
    const fail = (): void => {
      stop();
      reject(new Error("The model process ended"));
    };
    child.on("message", receive);
    child.on("exit", fail);
  });
}
