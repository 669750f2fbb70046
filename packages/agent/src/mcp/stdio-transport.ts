import { spawn, type ChildProcess } from "node:child_process";

import { LineFramer } from "@switchboard/protocol/transports";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";

import { McpError } from "./mcp-error.js";

/** The largest message of a server, in bytes. A server that sends a larger one is ended. */
export const maxMessageBytes = 16 * 1024 * 1024;

/** How long a process has to end itself, at each of the two requests to do so, in milliseconds. */
const goodbyeMs = 1_000;

/** How long the output of a process that has ended is waited for, in milliseconds. */
const lastWordsMs = 500;

/** What a {@link StdioProcessTransport} runs. */
export interface StdioProcess {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Narrows a parsed line to a message; throws when it is none. */
  readonly parse: (value: unknown) => JSONRPCMessage;
  /** Something worth a line in the log happened. */
  readonly log: (text: string) => void;
}

/**
 * Speaks with a server over its stdin and stdout. The process has a group of its own, which ends with it.
 * The library's own transport inherits variables, keeps the server in our group and has no end for what
 * the server started.
 */
export class StdioProcessTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: Transport["onmessage"];
  readonly #what: StdioProcess;
  #child: ChildProcess | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(what: StdioProcess) {
    this.#what = what;
  }

  /** @throws the error of the system when the command cannot be run. */
  async start(): Promise<void> {
    const { command, args, cwd, env } = this.#what;
    const child = spawn(command, args, { cwd, env, stdio: "pipe", detached: true, windowsHide: true });
    this.#child = child;
    this.#ended = new Promise((resolve) => {
      child.once("exit", () => {
        // What the server started and left behind.
        this.#signalGroup("SIGKILL");
        // Its last words may still be in the pipe; something outside the group may hold that open for ever.
        const timer = setTimeout(() => child.stdout?.destroy(), lastWordsMs);
        child.once("close", () => {
          clearTimeout(timer);
          resolve();
          this.#closed();
        });
      });
    });
    const framer = new LineFramer(maxMessageBytes, {
      onLine: (text) => this.#receive(text),
      onOverlong: () => {
        this.#what.log(`sent a message over ${maxMessageBytes} bytes and is ended`);
        this.#signalGroup("SIGKILL");
      },
    });
    child.stdout.on("data", (chunk: Buffer) => framer.push(chunk));
    // What it says there is nobody's business, but it must be able to say it.
    child.stderr.resume();
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => undefined);
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", reject);
    });
    // A later failure, for example to signal it, is no news: its end is told by `exit`.
    child.on("error", () => undefined);
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (stdin === null || stdin === undefined || !stdin.writable) throw new McpError("mcp_closed", "Transport closed");
    if (stdin.writableLength > maxMessageBytes)
      throw new McpError("mcp_closed", "the server does not read what it is sent");
    stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** Ends the process: by the end of its input, then by SIGTERM, then by SIGKILL. */
  async close(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.pid === undefined) return this.#closed();
    child.stdin?.end();
    if (await this.#endsWithin(goodbyeMs)) return;
    this.#signalGroup("SIGTERM");
    if (await this.#endsWithin(goodbyeMs)) return;
    this.#signalGroup("SIGKILL");
    await this.#ended;
  }

  #receive(text: string): void {
    if (text.trim() === "") return;
    let message: JSONRPCMessage;
    try {
      message = this.#what.parse(JSON.parse(text));
    } catch {
      this.#what.log("wrote a line to stdout that is no message; it is ignored");
      return;
    }
    this.onmessage?.(message);
  }

  #signalGroup(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    try {
      if (process.platform === "win32") this.#child?.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // There is nobody left in the group.
    }
  }

  async #endsWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), ms);
    });
    const ended = await Promise.race([this.#ended.then(() => true), late]);
    clearTimeout(timer);
    return ended;
  }

  #closed(): void {
    const { onclose } = this;
    delete this.onclose;
    onclose?.();
  }
}
