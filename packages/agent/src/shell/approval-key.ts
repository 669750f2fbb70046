import { plainCommands } from "./plain-commands.js";

/** What decides what a command does. */
export interface KeyedCommand {
  readonly argv: readonly string[];
  readonly script: string | undefined;
  readonly cwd: string;
  readonly isTerminal: boolean;
  readonly isEscalated: boolean;
}

/**
 * The key under which `acceptForSession` remembers a command: what it is, where it runs, with or without a terminal, in
 * the sandbox or not. One command of plain words is the same however it is spaced and quoted; any other script must be
 * the same text in the same shell.
 */
export function approvalKey({ argv, script, cwd, isTerminal, isEscalated }: KeyedCommand): string {
  const plain = script === undefined ? undefined : plainCommands(script);
  const what = plain?.length === 1 ? ["plain", plain[0]] : ["argv", argv];
  return JSON.stringify([what, cwd, isTerminal, isEscalated]);
}
