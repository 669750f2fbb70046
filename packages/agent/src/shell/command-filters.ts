import { fileOfAwk, fileOfSed } from "./file-readers.js";
import { operands } from "./operands.js";

/**
 * Whether a command only shapes or counts what flows through it, so that a line with others is told without it: `head`
 * in `rg foo | head`. A command that names a file to read is not one.
 *
 * Differs from the reference, which also leaves out commands that write: `tee FILE`, `sort -o FILE`, and `xargs` with
 * anything but a few in-place editors. Here `xargs` must run a program that is known to read.
 */
export function isFilter(words: readonly string[]): boolean {
  const [name = "", ...args] = words;
  switch (name) {
    case "wc":
    case "tr":
    case "cut":
    case "uniq":
    case "column":
    case "yes":
    case "printf":
      return true;
    case "sort":
      return !args.some((arg) => /^(-[a-zA-Z]*o|--o)/.test(arg));
    case "tee":
      return operands(args).every((file) => file === "/dev/null" || file === "/dev/stderr");
    case "xargs":
      return readers.has(operands(args, xargsValued)[0] ?? "echo") && !args.includes("--replace");
    case "awk":
      return fileOfAwk(args) === undefined;
    case "sed":
      return fileOfSed(args) === undefined && !args.some((arg) => /^(-[a-zA-Z]*i|--in-place)/.test(arg));
    case "head":
      return takesNoFile(args, /^\d*$/);
    case "tail":
      return takesNoFile(args, /^\+?\d*$/);
    default:
      return false;
  }
}

function takesNoFile(args: readonly string[], count: RegExp): boolean {
  const [flag, value] = args;
  if (args.length < 2) return flag === undefined || flag.startsWith("-");
  return args.length === 2 && (flag === "-n" || flag === "-c") && count.test(value ?? "");
}

const xargsValued = new Set(["-E", "-e", "-I", "-L", "-n", "-P", "-s", "-d", "-a"]);
const readers = new Set(["echo", "cat", "head", "tail", "grep", "egrep", "fgrep", "rg", "wc", "ls", "stat", "file"]);
