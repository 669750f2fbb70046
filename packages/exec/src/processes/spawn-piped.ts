import { spawn } from "node:child_process";
import { once } from "node:events";
import { readlinkSync } from "node:fs";
// oxlint-disable-next-line no-restricted-imports -- Node's sockets are also the ends of pipes; nothing leaves the machine
import { Socket } from "node:net";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";

import { SwitchboardError } from "@switchboard/protocol";

import { closeEnd, takePipes } from "./pipes.js";
import type { ChildExit, SpawnedChild, SpawnRequest } from "./spawned-child.js";

/** What a child gets for its standard streams, and what we keep of them. */
interface Streams {
  readonly childEnds: ReadonlyArray<number | "ignore" | "pipe">;
  readonly stdin?: Writable | undefined;
  readonly stdout?: Readable;
  readonly stderr?: Readable;
  readonly links?: { readonly stdout: string | undefined; readonly stderr: string | undefined };
}

/** What a child on pipes is started from. */
interface PipedRequest extends SpawnRequest {
  readonly pipeStdin: boolean;
  /** What the child gets as its file descriptors 3, 4 and so on. They stay the caller's. */
  readonly moreFds?: readonly number[];
}

/**
 * Starts a child on pipes. Without `pipeStdin` it reads an empty standard input.
 *
 * @throws the system's error, for example ENOENT for a program or directory that does not exist.
 */
export async function spawnPiped(request: PipedRequest): Promise<SpawnedChild> {
  const streams = await openStreams(request.pipeStdin);
  try {
    return await spawnOn(streams, request);
  } catch (error) {
    for (const stream of [streams.stdin, streams.stdout, streams.stderr]) stream?.destroy();
    throw error;
  } finally {
    // The child has its own by now; ours would keep the pipes open.
    for (const end of streams.childEnds) if (typeof end === "number") closeEnd(end);
  }
}

async function openStreams(pipeStdin: boolean): Promise<Streams> {
  const [stdout, stderr, stdin] = (await takePipes(pipeStdin ? 3 : 2)) ?? [];
  if (stdout === undefined || stderr === undefined) {
    return { childEnds: [pipeStdin ? "pipe" : "ignore", "pipe", "pipe"] };
  }
  return {
    childEnds: [stdin?.readEnd ?? "ignore", stdout.writeEnd, stderr.writeEnd],
    stdin: stdin && new Socket({ fd: stdin.writeEnd, readable: false, writable: true }),
    stdout: new Socket({ fd: stdout.readEnd, readable: true, writable: false }),
    stderr: new Socket({ fd: stderr.readEnd, readable: true, writable: false }),
    links: { stdout: linkOf(stdout.readEnd), stderr: linkOf(stderr.readEnd) },
  };
}

/** Both ends of a named pipe have its name, also when it is gone from the disk. */
function linkOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

async function spawnOn(streams: Streams, request: PipedRequest): Promise<SpawnedChild> {
  const [program, ...rest] = request.argv;
  const child = spawn(program, rest, {
    cwd: request.cwd,
    env: { ...request.env },
    // A session and group of its own, so that all of it can be ended at once.
    detached: true,
    stdio: [...streams.childEnds, ...(request.moreFds ?? [])],
    ...(request.arg0 === undefined ? {} : { argv0: request.arg0 }),
  });
  const exit = new Promise<ChildExit>((resolve) => {
    child.once("exit", (code, signal) => {
      resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]), signal });
    });
  });
  await once(child, "spawn");
  const { pid } = child;
  const stdin = streams.stdin ?? child.stdin ?? undefined;
  const stdout = streams.stdout ?? child.stdout;
  const stderr = streams.stderr ?? child.stderr;
  if (pid === undefined || stdout === null || stderr === null) {
    throw new SwitchboardError({ code: "spawn_failed", message: "the process has no pid or no output" });
  }
  return {
    pid,
    outputs: [
      { stream: "stdout", source: stdout, link: streams.links?.stdout },
      { stream: "stderr", source: stderr, link: streams.links?.stderr },
    ],
    stdin,
    exit,
  };
}
