import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A server under test. */
export interface ServerCommand {
  /** How it is called in the report. */
  readonly label: string;
  /** Whether it is the one of this repository, or stands for it. */
  readonly isOurs: boolean;
  /** Program and first arguments; `app-server …` is added. */
  readonly words: readonly [string, ...string[]];
}

/** Splits a command line into words; quotes keep spaces, nothing else is special. */
export function commandWords(line: string): [string, ...string[]] {
  const found = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)];
  const words = found.map((match) => match[1] ?? match[2] ?? match[3] ?? "");
  const [program, ...rest] = words;
  if (program === undefined || program === "") throw new Error("The command is empty");
  return [program, ...rest];
}

/** Our own server as built in this repository; undefined when it has not been built. */
export function ownCommand(): [string, ...string[]] | undefined {
  const program = fileURLToPath(new URL("../../apps/app-server/dist/cli.js", import.meta.url));
  return existsSync(program) ? [process.execPath, program] : undefined;
}
