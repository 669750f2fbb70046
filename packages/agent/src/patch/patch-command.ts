import { basename } from "node:path";

import type { Command, HereDoc, ParsedScript, Word } from "unbash";
import { parse } from "unbash";

import type { PatchFailure } from "./patch.js";
import { verificationFailure } from "./patch.js";
import { parsePatch } from "./parse-patch.js";

const NAMES = new Set(["apply_patch", "applypatch"]);
const SHELLS = new Set(["bash", "sh", "zsh"]);
const SHELL_OPTIONS = new Set(["-c", "-lc"]);

/** A shell command that is a patch. */
export interface PatchCommand {
  readonly ok: true;
  /** The text for {@link parsePatch}, unread. */
  readonly patch: string;
  /** Where `cd` goes before, as written: relative to the command's own folder. */
  readonly workdir: string | undefined;
}

/**
 * Recognises the ways in which models call `apply_patch` through a shell: with a heredoc or with the patch as its only
 * argument, alone or after one `cd … &&`. Only when the script does nothing else, and every word in it means what is
 * written; anything else is `undefined` and runs as a command. A heredoc is taken as it is written, also where a shell
 * would expand something in it. A patch without any call fails, with a message that says how to call.
 *
 * @param command a script, or the arguments of a process, `apply_patch` itself or a shell with `-c` or `-lc`
 */
export function parsePatchCommand(command: string | readonly string[]): PatchCommand | PatchFailure | undefined {
  if (typeof command === "string") return fromScript(command);
  const [program, first, second] = command;
  if (program === undefined || first === undefined) return command.length === 1 ? implicit(program ?? "") : undefined;
  if (command.length === 2) return NAMES.has(program) ? { ok: true, patch: first, workdir: undefined } : undefined;
  const isShell = SHELLS.has(basename(program)) && SHELL_OPTIONS.has(first);
  return isShell && command.length === 3 && second !== undefined ? fromScript(second) : undefined;
}

function fromScript(script: string): PatchCommand | PatchFailure | undefined {
  // Parsing a long script costs time, and most have nothing to do with patches.
  if (!script.includes("*** Begin Patch") && ![...NAMES].some((name) => script.includes(name))) return undefined;
  return implicit(script) ?? fromCommands(commandsOf(parse(script)));
}

function implicit(text: string): PatchFailure | undefined {
  if (!text.trimStart().startsWith("*** Begin Patch") || !parsePatch(text).ok) return undefined;
  return verificationFailure(
    'patch detected without explicit call to apply_patch. Rerun as ["apply_patch", "<patch>"]',
  );
}

/** The commands of a script that is nothing but simple commands joined by `&&`. */
function commandsOf({ errors, commands }: ParsedScript): readonly Command[] {
  const [statement] = commands;
  if ((errors?.length ?? 0) > 0 || statement === undefined || commands.length > 1) return [];
  if (statement.background === true) return [];
  const { command } = statement;
  if (command.type === "Command") return [command];
  if (command.type !== "AndOr" || command.operators.some((operator) => operator !== "&&")) return [];
  const simple = command.commands.filter((part) => part.type === "Command");
  return simple.length === command.commands.length ? simple : [];
}

function fromCommands(commands: readonly Command[]): PatchCommand | undefined {
  const last = commands.at(-1);
  if (last === undefined || commands.length > 2) return undefined;
  const patch = patchOf(last);
  if (patch === undefined) return undefined;
  const [before] = commands.slice(0, -1);
  if (before === undefined) return { ok: true, patch, workdir: undefined };
  const words = plainWords(before, before.suffix);
  const [name, workdir] = words ?? [];
  return words?.length === 2 && name === "cd" && workdir !== undefined && !workdir.startsWith("-")
    ? { ok: true, patch, workdir }
    : undefined;
}

function patchOf(command: Command): string | undefined {
  const [heredoc] = command.suffix.filter((part) => part.type === "HereDoc");
  const words = plainWords(
    command,
    command.suffix.filter((part) => part !== heredoc),
  );
  const [name, argument] = words ?? [];
  if (words === undefined || name === undefined || !NAMES.has(name)) return undefined;
  if (heredoc !== undefined) return words.length === 1 ? bodyOf(heredoc) : undefined;
  return words.length === 2 ? argument : undefined;
}

function bodyOf({ operator, descriptor, body }: HereDoc): string | undefined {
  if (descriptor !== undefined) return undefined;
  if (operator === "<<") return body.text;
  return body.text
    .split("\n")
    .map((line) => line.replace(/^\t+/u, ""))
    .join("\n");
}

/** The command's name and its arguments, if there is nothing else and none of them expands to something. */
function plainWords(command: Command, suffix: Command["suffix"]): readonly string[] | undefined {
  if (command.name === undefined || command.prefix.length > 0) return undefined;
  const words: string[] = [];
  for (const part of [command.name, ...suffix]) {
    if (part.type !== "Word" || !isPlain(part)) return undefined;
    words.push(part.value);
  }
  return words;
}

function isPlain({ parts = [], value }: Word): boolean {
  if (parts.length === 0 && value.startsWith("~")) return false;
  return parts.every((part) => {
    if (part.type === "DoubleQuoted") return part.parts.every(({ type }) => type === "Literal");
    return part.type === "SingleQuoted" || (part.type === "Literal" && !part.text.startsWith("~"));
  });
}
