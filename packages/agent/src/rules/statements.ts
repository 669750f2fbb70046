import { RulesError } from "./rules-error.js";
import { type Token, tokenize } from "./tokens.js";

/** A value of a rules file. `null` is `None`. */
export type RulesValue = string | null | readonly RulesValue[];

/** One call at the top of a rules file, with its arguments worked out. */
export interface Call {
  name: string;
  positional: readonly RulesValue[];
  named: ReadonlyMap<string, RulesValue>;
  /** Where it stands, as offsets. */
  start: number;
  end: number;
}

/**
 * The calls of a rules file, in order. Understood of Starlark: strings, lists, tuples, `None`, `+`, names given a value
 * with `=`, and calls as statements of their own. Everything else of the language is refused.
 *
 * @throws {RulesError} At the first thing that is not understood.
 */
export function readCalls(text: string): Call[] {
  return new Reader(tokenize(text)).calls();
}

/** Deepest nesting of lists and brackets. */
const deepest = 50;

class Reader {
  #at = 0;
  #depth = 0;
  readonly #variables = new Map<string, RulesValue>();

  constructor(private readonly tokens: readonly Token[]) {}

  calls(): Call[] {
    const calls: Call[] = [];
    while (this.#token().kind !== "end") {
      if (this.#token().kind === "newline") {
        this.#at += 1;
        continue;
      }
      const name = this.#expect("name", "expected a rule");
      if (this.#takes("=")) this.#variables.set(name.text, this.#value());
      else if (this.#token().text === "(" && this.#token().kind === "mark") calls.push(this.#call(name));
      else throw this.#unexpected(`expected "(" or "=" after ${name.text}`);
      this.#expect("newline", "expected the end of the line");
    }
    return calls;
  }

  #call(name: Token): Call {
    this.#at += 1;
    const positional: RulesValue[] = [];
    const named = new Map<string, RulesValue>();
    while (!this.#closes(")")) {
      const [token, next] = [this.#token(), this.tokens[this.#at + 1]];
      if (token.kind === "name" && next?.kind === "mark" && next.text === "=") {
        this.#at += 2;
        if (named.has(token.text)) throw new RulesError(`${token.text} is given twice`, token.start, token.end);
        named.set(token.text, this.#value());
      } else if (named.size > 0) {
        throw this.#unexpected("expected a named argument");
      } else positional.push(this.#value());
      this.#separator(")");
    }
    return { name: name.text, positional, named, start: name.start, end: this.#previousEnd() };
  }

  #value(): RulesValue {
    let value = this.#term();
    while (this.#takes("+")) {
      const { start } = this.#token();
      const more = this.#term();
      if (typeof value === "string" && typeof more === "string") value += more;
      else if (isList(value) && isList(more)) value = [...value, ...more];
      else throw new RulesError("+ joins two strings or two lists", start, this.#previousEnd());
    }
    return value;
  }

  #term(): RulesValue {
    const token = this.#token();
    this.#at += 1;
    if (token.kind === "string") return token.text;
    if (token.kind === "name") {
      if (token.text === "None") return null;
      const value = this.#variables.get(token.text);
      if (value === undefined) throw new RulesError(`Variable \`${token.text}\` not found`, token.start, token.end);
      return value;
    }
    if (token.kind === "mark" && token.text === "[") return this.#items("]").values;
    if (token.kind === "mark" && token.text === "(") {
      const { values, hasComma } = this.#items(")");
      const [only] = values;
      return only !== undefined && values.length === 1 && !hasComma ? only : values;
    }
    this.#at -= 1;
    throw this.#unexpected("expected a string or a list");
  }

  #items(end: string): { values: RulesValue[]; hasComma: boolean } {
    this.#depth += 1;
    if (this.#depth > deepest) throw this.#unexpected("nested too deeply");
    const values: RulesValue[] = [];
    let hasComma = false;
    while (!this.#closes(end)) {
      values.push(this.#value());
      hasComma = this.#separator(end) || hasComma;
    }
    this.#depth -= 1;
    return { values, hasComma };
  }

  #separator(end: string): boolean {
    if (this.#takes(",")) return true;
    const { kind, text } = this.#token();
    if (kind === "mark" && text === end) return false;
    throw this.#unexpected(`expected "," or "${end}"`);
  }

  #closes(mark: string): boolean {
    if (this.#token().kind === "end") throw this.#unexpected(`expected "${mark}"`);
    return this.#takes(mark);
  }

  #takes(mark: string): boolean {
    const { kind, text } = this.#token();
    if (kind !== "mark" || text !== mark) return false;
    this.#at += 1;
    return true;
  }

  #expect(kind: Token["kind"], message: string): Token {
    const token = this.#token();
    if (token.kind !== kind) throw this.#unexpected(message);
    this.#at += 1;
    return token;
  }

  #token(): Token {
    const token = this.tokens[this.#at] ?? this.tokens.at(-1);
    if (token === undefined) throw new RulesError("nothing to read", 0, 0);
    return token;
  }

  #previousEnd(): number {
    return this.tokens[this.#at - 1]?.end ?? 0;
  }

  #unexpected(message: string): RulesError {
    const { kind, text, start, end } = this.#token();
    const met = kind === "end" || kind === "newline" ? "the end" : kind === "string" ? "a string" : `\`${text}\``;
    return new RulesError(`Parse error: ${message}, met ${met}`, start, end);
  }
}

/** Whether a value is a list. */
export function isList(value: RulesValue | undefined): value is readonly RulesValue[] {
  return Array.isArray(value);
}
