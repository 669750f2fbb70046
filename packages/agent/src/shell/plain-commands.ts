import { type Command, parse, type ParsedScript, type PipelineNode, type Statement, type Word } from "unbash";

/** A script that is nothing but plain words, as {@link plainScript} reads it. */
export interface PlainScript {
  /** The simple commands in the order of the text, each as its words with the quotes taken off. At least one. */
  commands: string[][];
  /** Whether any of them are joined by `|`. */
  isPiped: boolean;
}

/** Longest script that is looked into, in UTF-16 units; a longer one counts as not plain. */
const longestScript = 128 * 1024;

/**
 * The simple commands of a script that consists only of plain words joined by `&&`, `||`, `;`, `|` and newlines: the
 * ground of approval rules and of the known-safe check, which may believe that these are all the words that run.
 * `undefined` for everything else: redirections, substitutions, variables, globs, tildes, braces, backslashes,
 * assignments, subshells, control flow, background commands, comments and what does not parse. The reference draws the
 * line at the same places.
 */
export function plainCommands(script: string): string[][] | undefined {
  return plainScript(script)?.commands;
}

/** {@link plainCommands} with what joins them. */
export function plainScript(script: string): PlainScript | undefined {
  if (script.length > longestScript) return undefined;
  const parsed = parse(script);
  if (parsed.errors !== undefined && parsed.errors.length > 0) return undefined;
  const reading = new Reading(script);
  return reading.read(parsed) && reading.commands.length > 0 && reading.hasNothingElse()
    ? { commands: reading.commands, isPiped: reading.isPiped }
    : undefined;
}

/** One pass over a parsed script; every step answers whether what it met was plain. */
class Reading {
  readonly commands: string[][] = [];
  isPiped = false;
  /** Where the words lie in the text, in order. */
  readonly #spans: { pos: number; end: number }[] = [];

  constructor(private readonly script: string) {}

  read(parsed: ParsedScript): boolean {
    return parsed.shebang === undefined && parsed.commands.every((statement) => this.#statement(statement));
  }

  /**
   * Whether the text between the words is only space and the permitted operators. Comments end here, and so does any
   * syntax that the parser should one day leave out of its tree.
   */
  hasNothingElse(): boolean {
    let between = "";
    let at = 0;
    for (const { pos, end } of this.#spans) {
      if (pos < at) return false;
      between += `${this.script.slice(at, pos)} `;
      at = end;
    }
    between += this.script.slice(at);
    return /^(?:[ \t\n]|\\\n|&&|\|\||;|\|)*$/.test(between);
  }

  #statement(statement: Statement): boolean {
    if (statement.background === true) return false;
    return statement.command.type === "AndOr"
      ? statement.command.commands.every((command) => this.#pipeline(command))
      : this.#pipeline(statement.command);
  }

  #pipeline(node: PipelineNode): boolean {
    if (node.type === "Command") return this.#command(node, []);
    if (node.type !== "Pipeline" || node.operators.some((operator) => operator !== "|")) return false;
    if (node.commands.length > 1) this.isPiped = true;
    // `time` is a word like any other in approval rules.
    const [prefix, ...more] = node.prefixes;
    const isTimed = prefix?.type === "Time" && prefix.posix === undefined && prefix.endOfOptions === undefined;
    if (more.length > 0 || (prefix !== undefined && !isTimed)) return false;
    if (prefix !== undefined) this.#spans.push(prefix);
    return node.commands.every(
      (command, index) => command.type === "Command" && this.#command(command, isTimed && index === 0 ? ["time"] : []),
    );
  }

  #command(command: Command, words: string[]): boolean {
    if (command.name === undefined || command.prefix.length > 0) return false;
    // A quoted name runs what it says, but whoever quotes a name may be hiding it.
    if (command.name.parts !== undefined || declarations.has(command.name.value)) return false;
    for (const item of [command.name, ...command.suffix]) {
      const word = item.type === "Word" ? plainWord(item) : undefined;
      if (word === undefined) return false;
      words.push(word);
      this.#spans.push(item);
    }
    this.commands.push(words);
    return true;
  }
}

/** Builtins whose words are assignments, or take variables away. */
const declarations = new Set(["declare", "typeset", "export", "readonly", "local", "unset", "unsetenv"]);

/** What a word says, or `undefined` where the shell would make something else of it. */
function plainWord(word: Word): string | undefined {
  if (word.parts === undefined) return isBare(word.text.replaceAll("\\\n", "")) ? word.value : undefined;
  let value = "";
  for (const part of word.parts) {
    if (part.type === "Literal" && isBare(part.text)) value += part.text;
    else if (part.type === "SingleQuoted") value += part.value;
    else if (part.type === "DoubleQuoted" && !/[\\$`]/.test(part.text)) value += part.text.slice(1, -1);
    else return undefined;
  }
  return value.includes("\0") ? undefined : value;
}

function isBare(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- a bare word with control characters is not what it looks like
  return /^(?!=)[^\u0000-\u0020\u007f"#$&'()*;<>?[\\\]^`{|}~]+$/.test(text);
}
