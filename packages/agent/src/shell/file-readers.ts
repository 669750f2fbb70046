import { operands, optionValues } from "./operands.js";

/** The file that a command shows, if it is one of those that show one file; otherwise `undefined`. */
export function fileRead(name: string, args: readonly string[]): string | undefined {
  switch (name) {
    case "cat":
    case "more":
      return onlyOne(operands(args));
    case "bat":
    case "batcat":
      return onlyOne(operands(args, batValued));
    case "less":
      return onlyOne(operands(args, lessValued));
    case "head":
      return fileOfHead(args, /^\d+$/);
    case "tail":
      return fileOfHead(args, /^\+?\d+$/);
    case "awk":
      return fileOfAwk(args);
    case "nl":
      return operands(args, nlValued)[0];
    case "sed":
      return fileOfSed(args);
    default:
      return undefined;
  }
}

const batValued = new Set("--theme --language --style --terminal-width --tabs --line-range --map-syntax".split(" "));
const lessValued = new Set("-p -P -x -y -z -j --pattern --prompt --tabs --shift --jump-target".split(" "));
const nlValued = new Set("-s -w -v -i -b".split(" "));
const awkValued = new Set("-F -v -f --field-separator --assign --file".split(" "));
const sedScripts = new Set(["-e", "--expression"]);
const sedValued = new Set(["-e", "-f", "--expression", "--file"]);

function onlyOne(files: readonly string[]): string | undefined {
  return files.length === 1 ? files[0] : undefined;
}

/** `head FILE`, `head -n 5 FILE` or `head -n5 FILE`; nothing else counts as showing a file. */
function fileOfHead(args: readonly string[], count: RegExp): string | undefined {
  const [first = "", second = ""] = args;
  if (args.length === 1 && !first.startsWith("-")) return first;
  if (first === "-n" && count.test(second)) return operands(args.slice(2))[0];
  if (first.startsWith("-n") && count.test(first.slice(2))) return operands(args.slice(1))[0];
  return undefined;
}

/** The data that an `awk` reads, if it is a file: the operand after the program. */
export function fileOfAwk(args: readonly string[]): string | undefined {
  const hasProgramFile = args.includes("-f") || args.includes("--file");
  return operands(args, awkValued)[hasProgramFile ? 0 : 1];
}

/** The file of a `sed -n` that prints a range of lines (`5p`, `1,20p`); otherwise `undefined`. */
export function fileOfSed(args: readonly string[]): string | undefined {
  if (!args.includes("-n")) return undefined;
  const [first, ...rest] = operands(args, sedValued);
  if (first !== undefined && isPrintRange(first)) return rest[0];
  return optionValues(args, sedScripts, sedValued).some(isPrintRange) ? first : undefined;
}

/** Whether a `sed` script prints one line or one range of lines given by numbers, and does nothing else. */
export function isPrintRange(script: string): boolean {
  return /^(\d+,)?\d+p$/.test(script);
}
