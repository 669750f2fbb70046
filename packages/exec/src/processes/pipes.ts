import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** The two ends of a pipe, as file descriptors. Whoever takes them closes them. */
export interface Pipe {
  readonly readEnd: number;
  readonly writeEnd: number;
}

/** How many pipes are made at once: a helper program makes them, and one start of it should serve many children. */
const batch = 32;

/** With fewer than these in stock more are made, while children can still start. */
const lowStock = 8;

const stock: Pipe[] = [];
let filling: Promise<boolean> | undefined;

/**
 * Pipes for a child's standard streams; undefined where none can be made.
 *
 * Node gives children sockets for pipes, and a socket cannot be opened again by its name: `echo x > /dev/stderr`
 * and `cat /dev/stdin` fail in such a child. Node has no call for a pipe either, but opens the ends of a named one.
 */
export async function takePipes(count: number): Promise<readonly Pipe[] | undefined> {
  while (stock.length < count) {
    if (!(await fillOnce())) return undefined;
  }
  const taken = stock.splice(-count);
  if (stock.length < lowStock) void fillOnce();
  return taken;
}

function fillOnce(): Promise<boolean> {
  filling ??= fill().finally(() => (filling = undefined));
  return filling;
}

/** Closes an end that nobody needs. */
export function closeEnd(end: number): void {
  closeSync(end);
}

async function fill(): Promise<boolean> {
  let folder: string | undefined;
  try {
    folder = await mkdtemp(join(tmpdir(), "switchboard-pipes-"));
    const paths = Array.from({ length: batch }, (_, index) => `${folder}/${index}`);
    await promisify(execFile)("mkfifo", ["-m", "600", ...paths]);
    // The names go at once: open ends need none, and nothing is left on disk.
    for (const path of paths) stock.push(openEnds(path));
    return true;
  } catch {
    return stock.length > 0;
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => {});
  }
}

function openEnds(path: string): Pipe {
  // Opening one end alone would wait for the other.
  const readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return { readEnd, writeEnd: openSync(path, constants.O_WRONLY) };
  } catch (error) {
    closeSync(readEnd);
    throw error;
  }
}
