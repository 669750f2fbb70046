import type { ServerCommand } from "./command.js";
import { ProcessGroup } from "./process-group.js";
import { APP_SERVER } from "./server-kind.js";
import type { TemporaryHome } from "./temporary-home.js";

/** How long a server may take to write its state and end after its input was closed. */
const GRACE_MS = 3_000;

/** Milliseconds from spawn to the answer to initialize over stdio. The server then ends in its own way. */
export async function coldStartMs(command: ServerCommand, home: TemporaryHome): Promise<number> {
  const startedAt = performance.now();
  const group = ProcessGroup.start(command, [APP_SERVER.subcommand], home);
  const { child } = group;
  try {
    const request = { id: 1, method: "initialize", params: APP_SERVER.initializeParams };
    child.stdin?.write(`${JSON.stringify(request)}\n`);
    const elapsed = await new Promise<number>((resolve, reject) => {
      let output = "";
      let errors = "";
      child.stdout?.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (/^\{.*"id":1[,}].*$/m.test(output) && output.endsWith("\n")) {
          resolve(performance.now() - startedAt);
        }
      });
      child.stderr?.on("data", (chunk: Buffer) => {
        errors += chunk.toString();
      });
      child.once("exit", () => reject(new Error(`The server ended: ${errors.slice(-500)}`)));
    });
    if (child.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin?.end();
      await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, GRACE_MS).unref())]);
    }
    return elapsed;
  } finally {
    await group.stop();
  }
}
