import { type LiteralCommand, literalCommands } from "./literal-commands.js";

/**
 * Whether a script holds an `rm` that is told not to ask (`-f`, `--force`), anywhere in it: the one thing the reference
 * asks about inside a sandbox as well, under every policy, and refuses under `never`. As there, `sudo`, `env`, a
 * nested `sh -c` and `trap` do not hide it, and a forced `rm` behind `xargs`, `find -exec` or `eval` is not looked
 * for. Ours also sees it behind `command`, `exec`, `nohup`, `time` and the like, behind options of `sudo`, and with a
 * backslash in its name.
 */
export function isDangerous(script: string): boolean {
  return literalCommands(script).some((command) => isForcedRemoval(command, 0));
}

/** {@link isDangerous} for one command that is known word by word. */
export function isDangerousCommand(words: readonly string[]): boolean {
  return isForcedRemoval(words, 0);
}

/** Programs that run the rest of their words. */
const wrappers = new Set(["sudo", "doas", "env", "command", "builtin", "exec", "nohup", "time", "setsid"]);
const shells = new Set(["sh", "bash", "zsh", "dash", "ksh"]);
/** How deep a script within a script is followed. */
const deepest = 8;

function isForcedRemoval(command: LiteralCommand, depth: number): boolean {
  const [name, ...args] = command;
  const program = name?.slice(name.lastIndexOf("/") + 1);
  if (program === undefined || depth > deepest) return false;
  if (program === "rm") return hasForce(args);
  if (wrappers.has(program)) return isForcedRemoval(wrapped(args), depth + 1);
  if (shells.has(program) || program === "trap") {
    const script = shells.has(program) ? scriptOf(args) : args.find((arg) => arg !== "--");
    return script !== undefined && literalCommands(script).some((inner) => isForcedRemoval(inner, depth + 1));
  }
  return false;
}

function hasForce(args: LiteralCommand): boolean {
  const end = args.indexOf("--");
  return (end === -1 ? args : args.slice(0, end)).some(
    (arg) => arg === "--force" || (arg !== undefined && /^-(?!-).*f/s.test(arg)),
  );
}

/** What a wrapper runs: the words after its own options and assignments. */
function wrapped(args: LiteralCommand): LiteralCommand {
  const start = args.findIndex((arg) => arg === undefined || !/^-|^[A-Za-z_]\w*=/.test(arg));
  return start === -1 ? [] : args.slice(start);
}

function scriptOf(args: LiteralCommand): string | undefined {
  const flag = args.findIndex((arg) => arg !== undefined && /^-[a-z]*c[a-z]*$/.test(arg));
  return flag === -1 ? undefined : args[flag + 1];
}
