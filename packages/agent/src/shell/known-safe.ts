import { operands } from "./operands.js";
import { isPrintRange } from "./file-readers.js";

/**
 * Whether plain commands (see `plainCommands`) can change nothing, run no other program and reach no network, whatever
 * files there are. Stricter than the lists of the reference's earlier versions: programs count by their bare name, and
 * where a program has options that write or run something, only options on our list are let through.
 *
 * `git` is not on it: a repository's own configuration names programs for `git status` and `git diff` to run. Nor are
 * `sort`, `tac` and `tree`, which write files (temporary ones or named ones), or `printf` and `test`, which can set
 * variables or evaluate text. The reference itself (0.169.0) has no such list and asks about every command under
 * `untrusted`.
 */
export function isKnownSafe(commands: readonly (readonly string[])[]): boolean {
  return commands.length > 0 && commands.every(isSafeCommand);
}

function isSafeCommand([name = "", ...args]: readonly string[]): boolean {
  return harmless.has(name) || (checks.get(name)?.(args) ?? false);
}

/** Programs and builtins with no option that writes, runs or connects. */
const harmless = new Set(
  (
    "basename cat cd cut dirname echo expr false head id ls nl numfmt paste pwd readlink realpath rev seq stat tail " +
    "tr true uname wc which whoami"
  ).split(" "),
);

type Check = (args: readonly string[]) => boolean;

const checks: ReadonlyMap<string, Check> = new Map([
  ["base64", onlyOptions(/^-[dDi]$|^-w\d*$/, set("decode ignore-garbage wrap"))],
  ["date", isReadingDate],
  ["find", onlyOptions(findOption, set(""))],
  ["grep", onlyOptions(grepOption, grepNames())],
  ["egrep", onlyOptions(grepOption, grepNames())],
  ["fgrep", onlyOptions(grepOption, grepNames())],
  ["rg", onlyOptions(/^-[FHILNPSUVabchilnopqsuvwx0]*([ABCEMTdefgjmrt].*)?$/s, rgNames())],
  ["sed", isPrintingSed],
  // A second operand is the file it writes.
  ["uniq", (args) => onlyOptions(/^-[cdDiuz]+$/, set(""))(args) && operands(args).length < 2],
]);

function set(names: string): ReadonlySet<string> {
  return new Set(names.split(" "));
}

/**
 * Every word with a leading dash must be a permitted option, wherever it stands: also after `--` and as the value of
 * another option, since that depends on what the program makes of the words before.
 */
function onlyOptions(short: RegExp | ((option: string) => boolean), long: ReadonlySet<string>): Check {
  return (args) =>
    args.every((arg) => {
      if (!arg.startsWith("-") || arg === "-" || arg === "--") return true;
      const name = /^--([a-z0-9-]+)(=|$)/.exec(arg)?.[1];
      if (name !== undefined) return long.has(name);
      return typeof short === "function" ? short(arg) : short.test(arg);
    });
}

function isReadingDate(args: readonly string[]): boolean {
  return args.every((arg) => arg.startsWith("+") || /^(-[uR]|-I\w*|--(utc|universal|rfc-email)|--date=.*)$/.test(arg));
}

function isPrintingSed(args: readonly string[]): boolean {
  const [quiet, script = "", file = "", ...more] = args;
  return quiet === "-n" && isPrintRange(script) && !file.startsWith("-") && more.length === 0;
}

const findTests = set(
  "-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -xtype -size -empty -mtime -mmin " +
    "-atime -amin -ctime -cmin -newer -maxdepth -mindepth -depth -not -a -and -o -or -prune -print -print0 -ls -user " +
    "-group -uid -gid -perm -readable -writable -executable -links -inum -samefile -mount -xdev -daystart -true -false " +
    "-quit -follow -nouser -nogroup -lname -ilname -L -H -P",
);

function findOption(option: string): boolean {
  return findTests.has(option) || /^-newer[aBcm][aBcmt]$|^-\d+[bcwkMG]?$/.test(option);
}

function grepOption(option: string): boolean {
  return /^-[EFGPivwxcoLlqsbHhnTarRyI]*([ABCDdefm].*|\d+)?$/s.test(option);
}

function grepNames(): ReadonlySet<string> {
  return set(
    "include exclude exclude-dir recursive dereference-recursive line-number ignore-case count color colour " +
      "files-with-matches files-without-match only-matching invert-match word-regexp line-regexp fixed-strings " +
      "extended-regexp perl-regexp basic-regexp max-count after-context before-context context regexp file quiet " +
      "silent no-messages with-filename no-filename text binary-files null",
  );
}

function rgNames(): ReadonlySet<string> {
  return set(
    "files glob iglob type type-not type-list ignore-case smart-case case-sensitive fixed-strings word-regexp " +
      "line-regexp count count-matches files-with-matches files-without-match line-number no-line-number column " +
      "max-count max-depth max-filesize max-columns after-context before-context context hidden no-ignore " +
      "no-ignore-vcs ignore-file heading no-heading color sort sortr json only-matching invert-match multiline " +
      "multiline-dotall pcre2 regexp file replace stats trim vimgrep with-filename no-filename null text follow " +
      "unrestricted quiet pretty passthru no-messages no-config threads encoding version",
  );
}
