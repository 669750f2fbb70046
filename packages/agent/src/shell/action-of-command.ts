import { posix } from "node:path";
import type { CommandAction } from "@switchboard/protocol";
import { fileRead } from "./file-readers.js";
import { operands, optionValues, shortPath } from "./operands.js";

/**
 * What one plain command does, for display; `undefined` if it is not one of those that read, list or search. `command`
 * is left empty for the caller. Which options take a value is the reference's choice, except that `--` and `-e` are
 * followed here, `find` has no path before its first test unless one is given, and a `find` that runs or deletes
 * something is not told as a search.
 *
 * @param folder Absolute path in which it runs.
 */
export function actionOf(words: readonly string[], folder: string): CommandAction | undefined {
  const [name = "", ...args] = words;
  const file = fileRead(name, args);
  if (file !== undefined) {
    return { type: "read", command: "", name: shortPath(file), path: posix.resolve(folder, file) };
  }
  const valued = listers.get(name);
  if (valued !== undefined) return listing(operands(args, valued)[0]);
  switch (name) {
    case "rg":
    case "rga":
    case "ripgrep-all":
      return args.includes("--files")
        ? listing(operands(args, rgValued)[0])
        : searchFor(args, rgValued, new Set(["-e", "--regexp"]));
    case "grep":
    case "egrep":
    case "fgrep":
      return searchFor(args, grepValued, grepPatterns);
    case "ag":
    case "ack":
    case "pt":
      return searchFor(args, agValued, new Set());
    case "fd":
      return fdAction(args);
    case "find":
      return findAction(args);
    case "git":
      return gitAction(args);
    default:
      return isPython(name) && walksFiles(args) ? listing(undefined) : undefined;
  }
}

function set(names: string): ReadonlySet<string> {
  return new Set(names.split(" "));
}

/** Programs that list a folder, with their options that take a value. */
const listers: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["ls", set("-I -w --block-size --format --time-style --color --quoting-style")],
  ["eza", set("-I -L --level --ignore-glob --color --sort --time-style --time")],
  ["exa", set("-I -L --level --ignore-glob --color --sort --time-style --time")],
  ["tree", set("-L -P -I --charset --filelimit --sort")],
  ["du", set("-d --max-depth -B --block-size --exclude --time-style")],
]);
const rgValued = set("-g --glob --iglob -t --type --type-add --type-not -m --max-count -A -B -C --context --max-depth");
const grepValued = set(
  "-m --max-count -C --context -A --after-context -B --before-context --include --exclude --exclude-dir",
);
/** A file of patterns stands for the pattern. */
const grepPatterns = set("-e --regexp -f --file");
const agValued = set("-G -g --file-search-regex --ignore-dir --ignore-file --path-to-ignore");
const fdValued = set("-t --type -e --extension -E --exclude --search-path");
const lsFilesValued = set("--exclude --exclude-from --pathspec-from-file");

function listing(path: string | undefined): CommandAction {
  return { type: "listFiles", command: "", path: path === undefined ? null : shortPath(path) };
}

function search(query: string | undefined, path: string | undefined): CommandAction {
  return { type: "search", command: "", query: query ?? null, path: path === undefined ? null : shortPath(path) };
}

function searchFor(args: readonly string[], valued: ReadonlySet<string>, patterns: ReadonlySet<string>): CommandAction {
  const [pattern] = optionValues(args, patterns, valued);
  const rest = operands(args, new Set([...valued, ...patterns]));
  return pattern === undefined ? search(rest[0], rest[1]) : search(pattern, rest[0]);
}

function fdAction(args: readonly string[]): CommandAction {
  const [first, second] = operands(args, fdValued);
  if (first === undefined) return listing(undefined);
  const isPath = first === "." || first === ".." || /[/\\]/.test(first);
  return second === undefined && isPath ? listing(first) : search(first, second);
}

function findAction(args: readonly string[]): CommandAction | undefined {
  if (args.some((arg) => /^-(exec|execdir|ok|okdir|delete|fls|fprint\w*)$/.test(arg))) return undefined;
  const tests = args.findIndex((arg) => /^[-!(]/.test(arg));
  const path = tests === 0 ? undefined : args[0];
  const named = args.findIndex((arg) => ["-name", "-iname", "-path", "-regex"].includes(arg));
  const query = named === -1 ? undefined : args[named + 1];
  return query === undefined ? listing(path) : search(query, path);
}

function gitAction([command, ...args]: readonly string[]): CommandAction | undefined {
  if (command === "grep") return searchFor(args, grepValued, grepPatterns);
  return command === "ls-files" ? listing(operands(args, lsFilesValued)[0]) : undefined;
}

function isPython(name: string): boolean {
  return /^python([23](\..*)?)?$/s.test(name);
}

function walksFiles(args: readonly string[]): boolean {
  const flag = args.indexOf("-c");
  const script = flag === -1 ? undefined : args[flag + 1];
  return script !== undefined && /os\.(walk|listdir|scandir)|glob\.i?glob|pathlib\.Path|\.rglob\(/.test(script);
}
