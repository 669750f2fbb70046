/** What a rule says of the commands it matches, from mild to strict. */
export type RuleDecision = "allow" | "prompt" | "forbidden";

/** `prefix_rule(…)`: matches commands that begin with its pattern. */
export interface PrefixRule {
  /** For each word, in order, what it may be. Never empty. */
  pattern: readonly (readonly string[])[];
  decision: RuleDecision;
  justification: string | undefined;
}

/** `network_rule(…)`. Read and kept, used by whoever lets commands reach the network. */
export interface NetworkRule {
  /** Lower case, without a port. */
  host: string;
  protocol: string;
  decision: RuleDecision;
  justification: string | undefined;
}

/** The rules of one or more files. */
export interface Rules {
  prefixRules: readonly PrefixRule[];
  networkRules: readonly NetworkRule[];
  /** `host_executable(…)`: which absolute paths may stand for a program's bare name. */
  hostExecutables: ReadonlyMap<string, readonly string[]>;
}

/** A prefix rule that fits a command. */
export interface RuleMatch {
  decision: RuleDecision;
  /** The words of the command that the rule's pattern covered. */
  matched: readonly string[];
  justification: string | undefined;
}

/** No rules. */
export const noRules: Rules = { prefixRules: [], networkRules: [], hostExecutables: new Map() };

/** Rules of several files as one; a later `host_executable` replaces an earlier one of the same name. */
export function mergeRules(files: readonly Rules[]): Rules {
  return {
    prefixRules: files.flatMap((rules) => rules.prefixRules),
    networkRules: files.flatMap((rules) => rules.networkRules),
    hostExecutables: new Map(files.flatMap((rules) => [...rules.hostExecutables])),
  };
}

/** With one more rule that allows every command that begins with `prefix`, as an accepted amendment adds it. */
export function withAllowed(rules: Rules, prefix: readonly string[]): Rules {
  const added: PrefixRule = { pattern: prefix.map((word) => [word]), decision: "allow", justification: undefined };
  return prefix.length === 0 ? rules : { ...rules, prefixRules: [...rules.prefixRules, added] };
}

/**
 * All prefix rules that fit a command. A program given by its absolute path is looked for as written first; if nothing
 * fits, its bare name is, unless `host_executable` lists other paths for that name.
 */
export function ruleMatches(rules: Rules, words: readonly string[]): RuleMatch[] {
  const exact = matchesOf(rules.prefixRules, words);
  const [program = "", ...args] = words;
  if (exact.length > 0 || !program.startsWith("/")) return exact;
  const name = program.slice(program.lastIndexOf("/") + 1);
  const paths = rules.hostExecutables.get(name);
  if (paths !== undefined && !paths.includes(program)) return [];
  return matchesOf(rules.prefixRules, [name, ...args]);
}

function matchesOf(rules: readonly PrefixRule[], words: readonly string[]): RuleMatch[] {
  return rules
    .filter(({ pattern }) => pattern.every((options, at) => options.includes(words[at] ?? "\0")))
    .map(({ pattern, decision, justification }) => ({
      decision,
      matched: words.slice(0, pattern.length),
      justification,
    }));
}

const severity: Record<RuleDecision, number> = { allow: 0, prompt: 1, forbidden: 2 };

/** The strictest of several decisions, or `undefined` for none. */
export function strictest(decisions: readonly RuleDecision[]): RuleDecision | undefined {
  return decisions.toSorted((a, b) => severity[b] - severity[a])[0];
}

/** Of the matches with one decision, the one that covers the most words. */
export function mostSpecific(matches: readonly RuleMatch[], decision: RuleDecision): RuleMatch | undefined {
  return matches
    .filter((match) => match.decision === decision)
    .reduce<RuleMatch | undefined>(
      (best, match) => (best !== undefined && best.matched.length > match.matched.length ? best : match),
      undefined,
    );
}
