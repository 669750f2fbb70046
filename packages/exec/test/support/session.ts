import { onTestFinished } from "vitest";

import {
  ProcessTable,
  type OutputEvent,
  type ProcessEvents,
  type ProcessStartParams,
} from "../../src/processes/index.js";

/** What a client was told of its processes, in order. */
export type Told =
  | ({ readonly what: "output"; readonly text: string } & OutputEvent)
  | { readonly what: "exited"; readonly processId: string; readonly seq: number; readonly exitCode: number }
  | { readonly what: "closed"; readonly processId: string; readonly seq: number };

/** A table and everything that it told. */
export interface Session {
  readonly table: ProcessTable;
  readonly told: readonly Told[];
  /** Starts a process; without an argv it runs the script in a shell. */
  start(processId: string, script: string, changes?: Partial<ProcessStartParams>): Promise<unknown>;
  /** Settles when something was told, now or earlier. */
  until(condition: (event: Told) => boolean): Promise<Told>;
  /** Settles when a process is closed, with all its output as text. */
  output(processId: string): Promise<string>;
  /** Waits for the exit and gives the code. */
  exitCode(processId: string): Promise<number>;
  /** The numbers and kinds of what was told of a process. */
  order(processId: string): readonly string[];
}

/** The variables that a test's child needs to find its programs. */
export const testPath = { PATH: "/usr/local/bin:/usr/bin:/bin" };

/** Opens a table that is closed when the test is over. */
export function openSession(
  environment: Readonly<Record<string, string>> = {},
  onOutput: ProcessEvents["output"] = () => {},
  { keepOutput = true } = {},
): Session {
  const told: Told[] = [];
  const listeners = new Set<() => void>();
  const tell = (event: Told): void => {
    told.push(event);
    for (const listener of listeners) listener();
  };
  const table = new ProcessTable(
    {
      output(event) {
        const chunk = keepOutput ? event.chunk : Buffer.alloc(0);
        tell({ what: "output", text: chunk.toString(), ...event, chunk });
        return onOutput(event);
      },
      exited: (event) => tell({ what: "exited", ...event }),
      closed: (event) => tell({ what: "closed", ...event }),
    },
    { environment },
  );
  onTestFinished(() => table.close());

  const until = (condition: (event: Told) => boolean): Promise<Told> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = told.find(condition);
        if (found === undefined) return;
        listeners.delete(look);
        resolve(found);
      };
      listeners.add(look);
      look();
    });

  return {
    table,
    told,
    start: (processId, script, changes = {}) =>
      table.start({
        processId,
        argv: ["/bin/sh", "-c", script],
        cwd: "file:///",
        env: testPath,
        tty: false,
        ...changes,
      }),
    until,
    async output(processId) {
      await until((event) => event.processId === processId && event.what === "closed");
      return told
        .flatMap((event) => (event.processId === processId && event.what === "output" ? [event.text] : []))
        .join("");
    },
    async exitCode(processId) {
      const event = await until((each) => each.processId === processId && each.what === "exited");
      return event.what === "exited" ? event.exitCode : Number.NaN;
    },
    order: (processId) =>
      told.filter((event) => event.processId === processId).map(({ seq, what }) => `${seq} ${what}`),
  };
}

/** Whether a process with this number lives; one that waits to be reaped does not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== "linux") return true;
  const { readFile } = await import("node:fs/promises");
  const status = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "0 (x) Z");
  return !/\) Z/.test(status);
}

/** Settles when a process is gone. */
export async function gone(pid: number): Promise<void> {
  while (await isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** The error of a call that must fail, as a client would see it. */
export async function failure(call: () => unknown): Promise<{ code: number; message: string }> {
  try {
    await call();
  } catch (error) {
    if (error instanceof Error && "code" in error) return { code: Number(error.code), message: error.message };
    throw error;
  }
  throw new Error("it did not fail");
}

/** Base64 of a text. */
export function encoded(text: string): string {
  return Buffer.from(text).toString("base64");
}
