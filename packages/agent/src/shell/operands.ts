/**
 * The words of a command that are not options, in order. `valued` names the options that take the next word with them;
 * `--name=value` is one option. Everything after `--` is an operand.
 */
export function operands(args: readonly string[], valued: ReadonlySet<string> = none): string[] {
  const found: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "--") return [...found, ...args.slice(at + 1)];
    if (valued.has(arg)) at += 1;
    else if (!arg.startsWith("-")) found.push(arg);
  }
  return found;
}

const none: ReadonlySet<string> = new Set();

/** The values of the options in `names`, in order; with those in `valued` taken along, as {@link operands} does. */
export function optionValues(args: readonly string[], names: ReadonlySet<string>, valued = none): string[] {
  const found: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (arg === "--") return found;
    const value = args[at + 1];
    if (names.has(arg) && value !== undefined) found.push(value);
    if (names.has(arg) || valued.has(arg)) at += 1;
  }
  return found;
}

/**
 * A path as clients show it in one word: its last part that says something. `build`, `dist`, `node_modules` and `src`
 * do not, so `packages/app/src/` is `app`. A path of nothing else is shown whole.
 */
export function shortPath(path: string): string {
  const whole = path.replaceAll("\\", "/").replace(/\/+$/, "");
  return whole.split("/").findLast((part) => part !== "" && !plainNames.has(part)) ?? whole;
}

const plainNames = new Set(["build", "dist", "node_modules", "src"]);
