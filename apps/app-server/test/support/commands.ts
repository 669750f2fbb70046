import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

import { temporaryFolder } from "./temporary-home.js";
import { testServer, type TestServer, type TestServerOptions } from "./test-server.js";

/** A server whose folder is a new one. */
export async function serverIn(options: TestServerOptions = {}): Promise<TestServer & { readonly cwd: string }> {
  const cwd = await temporaryFolder();
  const server = await testServer({ ...options, options: { cwd, ...options.options } });
  return { ...server, cwd };
}

/** Waits for numbers of processes, one a line, in a file. */
export async function pidsIn(file: string, count: number): Promise<number[]> {
  for (;;) {
    const lines = (await readFile(file, "utf8").catch(() => "")).split("\n").slice(0, -1);
    if (lines.length >= count) return lines.map(Number);
    await sleep(10);
  }
}

/** Those of the processes that run. One that has ended and waits for its parent to notice does not. */
export function running(pids: readonly number[]): number[] {
  const { stdout } = spawnSync("ps", ["-o", "pid=,stat=", "-p", pids.join(",")], { encoding: "utf8" });
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([pid, state]) => pid !== "" && state?.startsWith("Z") === false)
    .map(([pid]) => Number(pid));
}
