import { parseArgs, type ParseArgsConfig } from "node:util";

import { messageOf } from "@switchboard/protocol";

import { UsageError } from "./failure.js";

/** The first word of the command line that is no flag, with the flags before it and the words after it. */
export interface CommandLine {
  readonly command: string;
  readonly args: readonly string[];
  /** `-c key=value` flags that stand before the command. */
  readonly config: readonly string[];
}

/** @throws {@link UsageError} */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  const config: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? "";
    if (word === "-V" || word === "--version") return { command: "--version", args: [], config };
    if (word === "-h" || word === "--help" || word === "help") return { command: "--help", args: [], config };
    if (word === "-c" || word === "--config") {
      const value = argv[(index += 1)];
      if (value === undefined)
        throw new UsageError("a value is required for '--config <key=value>' but none was supplied");
      config.push(value);
    } else if (word.startsWith("--config=")) config.push(word.slice("--config=".length));
    else if (word.startsWith("-")) throw new UsageError(`unexpected argument '${word}' found`);
    else return { command: word, args: argv.slice(index + 1), config };
  }
  return { command: "--help", args: [], config };
}

type FlagOptions = NonNullable<ParseArgsConfig["options"]>;

type Flags<T extends FlagOptions> = ReturnType<
  typeof parseArgs<{ options: T; strict: true; allowPositionals: false }>
>["values"];

/** {@link parseArgs} for a command without positional words. @throws {@link UsageError} */
export function parseFlags<T extends FlagOptions>(args: readonly string[], options: T): Flags<T> {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}
