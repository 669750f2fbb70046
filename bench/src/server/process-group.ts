import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { ServerCommand } from "./command.js";
import { processTree } from "./process-tree.js";
import type { TemporaryHome } from "./temporary-home.js";

/** Everything started so far and not yet stopped; a benchmark that is interrupted leaves nothing behind. */
const running = new Set<ProcessGroup>();
process.once("exit", () => {
  for (const group of running) group.kill();
});

/** A server process in a process group of its own. */
export class ProcessGroup {
  readonly child: ChildProcess;
  readonly pid: number;

  private constructor(child: ChildProcess, pid: number) {
    this.child = child;
    this.pid = pid;
    running.add(this);
  }

  /** Starts the command with more arguments in a home. */
  static start(command: ServerCommand, serverArguments: readonly string[], home: TemporaryHome): ProcessGroup {
    const [program, ...rest] = command.words;
    const child = spawn(program, [...rest, ...serverArguments], {
      cwd: home.workspace,
      env: { ...home.environment },
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdin.on("error", () => {});
    if (child.pid === undefined) {
      child.on("error", () => {});
      throw new Error(`Cannot start ${program}`);
    }
    return new ProcessGroup(child, child.pid);
  }

  /** Kills the group and whoever has left it, and waits for the end. */
  async stop(): Promise<void> {
    const { child } = this;
    const ended = child.exitCode === null && child.signalCode === null ? once(child, "exit") : undefined;
    this.kill();
    await ended;
  }

  /** The same at once, for when the process is exiting. */
  kill(): void {
    running.delete(this);
    const members = processTree(this.pid).map((each) => each.pid);
    for (const target of [-this.pid, ...members]) {
      try {
        process.kill(target, "SIGKILL");
      } catch {
        // Gone already.
      }
    }
  }
}
