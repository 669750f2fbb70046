import { posix } from "node:path";
import type { CommandAction } from "@switchboard/protocol";
import { actionOf } from "./action-of-command.js";
import { isFilter } from "./command-filters.js";
import { commandLine } from "./command-line.js";
import { operands } from "./operands.js";
import { type PlainScript, plainScript } from "./plain-commands.js";

/**
 * What a script does, as clients show it (`commandActions` of `commandExecution` items): the files it reads, the
 * folders it lists, what it searches for. For display only; nothing is decided by it.
 *
 * Works on plain words ({@link plainScript}); everything else is one `unknown` action with the whole script, and so is
 * a script of which one part is not understood. Filters (`| head`), `cd`, and decoration (`echo --- &&`, `|| true`)
 * are left out; files are told as absolute paths that follow the `cd`s before them.
 *
 * @param cwd Absolute path in which the script starts.
 */
export function commandActions(script: string, cwd: string): CommandAction[] {
  const plain = plainScript(script);
  return (plain && actionsOf(plain, script, cwd)) ?? [{ type: "unknown", command: script }];
}

function actionsOf(plain: PlainScript, script: string, cwd: string): CommandAction[] | undefined {
  const told = plain.commands.filter((words) => !isFilter(words));
  if (told.length === 0) return undefined;
  const steps: { words: string[]; action: CommandAction | undefined }[] = [];
  let folder = cwd;
  for (const words of told) {
    const [name = "", ...args] = words;
    if (name === "cd") folder = posix.resolve(folder, folderOfCd(args) ?? "");
    else steps.push({ words, action: actionOf(words, folder) });
  }
  const main = withoutDecoration(steps);
  const actions: CommandAction[] = [];
  for (const { action, words } of main) {
    if (action === undefined) return undefined;
    const next = { ...action, command: commandLine(words) };
    if (JSON.stringify(next) !== JSON.stringify(actions.at(-1))) actions.push(next);
  }
  // A file shown through `sed -n` is told with the whole line: the range is what matters.
  const [only] = actions;
  if (only?.type === "read" && actions.length === 1 && plain.isPiped && plain.commands.some(isQuietSed)) {
    return [{ ...only, command: script }];
  }
  return actions;
}

/** Without what says nothing: a leading `echo`, any `true`, and an `nl` that only numbers its input. */
function withoutDecoration<T extends { words: string[] }>(steps: readonly T[]): readonly T[] {
  const isNothing = ({ words: [name, ...args] }: T): boolean =>
    (name === "true" && args.length === 0) || (name === "nl" && args.every((arg) => arg.startsWith("-")));
  let rest = steps;
  for (;;) {
    if (rest.length < 2) return rest;
    const drop = rest[0]?.words[0] === "echo" ? 0 : rest.findIndex(isNothing);
    if (drop === -1) return rest;
    rest = rest.toSpliced(drop, 1);
  }
}

/** Where a `cd` goes, or `undefined` if it cannot be known (`cd`, `cd -`). */
function folderOfCd(args: readonly string[]): string | undefined {
  const end = args.indexOf("--");
  return end === -1 ? operands(args).at(-1) : args[end + 1];
}

function isQuietSed(words: readonly string[]): boolean {
  return words[0] === "sed" && words[1] === "-n";
}
