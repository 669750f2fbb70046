import { basename } from "node:path";
import { splitExample } from "./split-example.js";
import { type NetworkRule, type PrefixRule, type RuleDecision, type Rules, ruleMatches } from "./rules.js";
import { type Position, positionOf, RulesError } from "./rules-error.js";
import { type Call, isList, readCalls, type RulesValue } from "./statements.js";

/** What {@link parseRules} made of a file. A broken file has one message and the place it is about. */
export type ParsedRules =
  | { ok: true; rules: Rules }
  | { ok: false; message: string; range: { start: Position; end: Position } };

/**
 * Reads a rules file of the reference (`$CODEX_HOME/rules/*.rules`): `prefix_rule`, `network_rule` and
 * `host_executable`, in the part of Starlark that `readCalls` understands. The examples of `match` and `not_match` are
 * tried, as the reference does; one that does not hold makes the file broken. A broken file gives no rules at all.
 *
 * @param fileName Named in the message: `FILE:LINE: what is wrong`.
 */
export function parseRules(text: string, fileName: string): ParsedRules {
  try {
    return { ok: true, rules: rulesOf(readCalls(text)) };
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    const start = positionOf(text, error.start);
    return {
      ok: false,
      message: `${fileName}:${start.line}: ${error.message}`,
      range: { start, end: positionOf(text, Math.max(error.start, error.end)) },
    };
  }
}

function rulesOf(calls: readonly Call[]): Rules {
  const prefixRules: PrefixRule[] = [];
  const networkRules: NetworkRule[] = [];
  const hostExecutables = new Map<string, readonly string[]>();
  const examples: (() => void)[] = [];
  for (const call of calls) {
    if (call.name === "prefix_rule") {
      const rule = prefixRule(new Arguments(call, ["pattern", "decision", "match", "not_match", "justification"]));
      prefixRules.push(rule.rule);
      examples.push(() => rule.tryExamples(hostExecutables));
    } else if (call.name === "network_rule") {
      networkRules.push(networkRule(new Arguments(call, ["host", "protocol", "decision", "justification"])));
    } else if (call.name === "host_executable") {
      const { name, paths } = hostExecutable(new Arguments(call, ["name", "paths"]));
      hostExecutables.set(name, paths);
    } else throw new RulesError(`Variable \`${call.name}\` not found`, call.start, call.start + call.name.length);
  }
  for (const tryThem of examples) tryThem();
  return { prefixRules, networkRules, hostExecutables };
}

/** The arguments of one call, by the names of its parameters. */
class Arguments {
  readonly #values = new Map<string, RulesValue>();

  constructor(
    readonly call: Call,
    parameters: readonly string[],
  ) {
    for (const [at, value] of call.positional.entries()) {
      const name = parameters[at];
      if (name === undefined) throw this.error(`too many arguments for ${call.name}`);
      this.#values.set(name, value);
    }
    for (const [name, value] of call.named) {
      if (!parameters.includes(name)) throw this.error(`${call.name} has no parameter ${name}`);
      if (this.#values.has(name)) throw this.error(`${name} is given twice`);
      this.#values.set(name, value);
    }
  }

  optional(name: string): RulesValue | undefined {
    return this.#values.get(name) ?? undefined;
  }

  string(name: string): string {
    const value = this.optional(name);
    if (typeof value !== "string") throw this.error(`${name} must be a string`);
    return value;
  }

  list(name: string): readonly RulesValue[] {
    const value = this.optional(name) ?? [];
    if (!isList(value)) throw this.error(`${name} must be a list`);
    return value;
  }

  justification(): string | undefined {
    if (this.optional("justification") === undefined) return undefined;
    const text = this.string("justification");
    if (text.trim() === "") throw this.error("justification cannot be empty");
    return text;
  }

  error(message: string): RulesError {
    return new RulesError(message, this.call.start, this.call.end);
  }
}

function prefixRule(args: Arguments): {
  rule: PrefixRule;
  tryExamples(hostExecutables: Rules["hostExecutables"]): void;
} {
  const pattern = args.list("pattern").map((element) => alternatives(element, args));
  if (pattern.length === 0) throw args.error("pattern cannot be empty");
  const decision = args.optional("decision") === undefined ? "allow" : decisionOf(args.string("decision"), args);
  const rule = { pattern, decision, justification: args.justification() };
  const matching = args.list("match").map((example) => exampleWords(example, args));
  const others = args.list("not_match").map((example) => exampleWords(example, args));
  return {
    rule,
    tryExamples(hostExecutables) {
      const alone = { prefixRules: [rule], networkRules: [], hostExecutables };
      const wrong =
        others.find((words) => ruleMatches(alone, words).length > 0) ??
        matching.find((words) => ruleMatches(alone, words).length === 0);
      if (wrong === undefined) return;
      const verb = others.includes(wrong) ? "matches, but must not" : "does not match, but must";
      throw args.error(`example ${JSON.stringify(wrong.join(" "))} ${verb}`);
    },
  };
}

function alternatives(element: RulesValue, args: Arguments): readonly string[] {
  const words = isList(element) ? element : [element];
  if (words.length === 0) throw args.error("pattern alternatives cannot be empty");
  return strings(words, "a pattern element must be a string or a list of strings", args);
}

function strings(values: readonly RulesValue[], message: string, args: Arguments): string[] {
  return values.map((value) => {
    if (typeof value !== "string") throw args.error(message);
    return value;
  });
}

/** An example is a list of words, or a line that is split as a shell would. */
function exampleWords(example: RulesValue, args: Arguments): readonly string[] {
  if (isList(example)) {
    if (example.length === 0) throw args.error("an example cannot be empty");
    return strings(example, "the words of an example must be strings", args);
  }
  const words = example === null ? undefined : splitExample(example);
  if (words === undefined || words.length === 0) throw args.error("an example must be a line of words");
  return words;
}

function decisionOf(text: string, args: Arguments): RuleDecision {
  if (text === "allow" || text === "prompt" || text === "forbidden") return text;
  throw args.error(`invalid decision: ${text}`);
}

function networkRule(args: Arguments): NetworkRule {
  const host = args.string("host").trim().toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
  if (host === "" || /[\s/*]/.test(host)) throw args.error("network_rule host must be a host name");
  const protocol = args.string("protocol");
  if (!["http", "https", "socks5_tcp", "socks5_udp"].includes(protocol)) {
    throw args.error(`network_rule protocol must be http, https, socks5_tcp or socks5_udp (got ${protocol})`);
  }
  const decision = args.string("decision");
  return {
    host,
    protocol,
    decision: decision === "deny" ? "forbidden" : decisionOf(decision, args),
    justification: args.justification(),
  };
}

function hostExecutable(args: Arguments): { name: string; paths: string[] } {
  const name = args.string("name");
  if (name === "" || basename(name) !== name) throw args.error("host_executable name must be a bare program name");
  const paths = strings(args.list("paths"), "host_executable paths must be strings", args).map((path) => {
    if (!path.startsWith("/")) throw args.error(`host_executable path must be absolute (got ${path})`);
    if (basename(path) !== name) throw args.error(`host_executable path ${path} must end in ${name}`);
    return path;
  });
  return { name, paths };
}
