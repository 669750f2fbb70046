import type { AskForApproval } from "@switchboard/protocol";
import {
  mostSpecific,
  type RuleDecision,
  type RuleMatch,
  ruleMatches,
  type Rules,
  strictest,
  withAllowed,
} from "../rules/rules.js";
import { commandLine } from "./command-line.js";
import { isDangerous, isDangerousCommand } from "./dangerous.js";
import { isKnownSafe } from "./known-safe.js";
import { literalCommands } from "./literal-commands.js";
import { plainCommands } from "./plain-commands.js";
import { escalationRefusal, rejection } from "./rejections.js";

/** The sandbox a turn runs commands in. */
export type SandboxKind = "read-only" | "workspace-write" | "danger-full-access";

/** A command that the model wants to run. */
export interface CommandRequest {
  /** What will be executed, such as `["/bin/bash", "-lc", script]`. */
  argv: readonly string[];
  /** The script in it, or `undefined` if it is no shell that runs one. */
  script: string | undefined;
  policy: AskForApproval;
  sandbox: SandboxKind;
  /** The model asked to run it outside the sandbox (`sandbox_permissions: "require_escalated"`). */
  isEscalated: boolean;
  /** The model's reason for that. */
  justification: string | undefined;
  /** The prefix that the model proposes to allow from now on (`prefix_rule`); looked at only if escalated. */
  prefixRule: readonly string[] | undefined;
  rules: Rules;
  /** Whether known-safe commands run without a question under `untrusted`. The reference (0.169.0) asks about all. */
  trustsKnownSafe: boolean;
}

/** What must happen before a command runs. */
export type ApprovalNeed =
  | { kind: "run"; isSandboxed: boolean; retryAmendment: string[] | undefined }
  | {
      kind: "ask";
      reason: string | undefined;
      /** What `acceptWithExecpolicyAmendment` would allow; `undefined`: that decision is not offered. */
      proposedAmendment: string[] | undefined;
      /** Whether it runs in the sandbox once it is accepted. */
      isSandboxed: boolean;
    }
  /** Not to be run. `output` is the whole text of the tool's output for the model, as the reference writes it. */
  | { kind: "refused"; output: string };

/**
 * Decides whether a command runs, must be asked about, or is refused, from its text, the approval policy, the sandbox
 * and the rules. Measured on the reference over every combination; see the table in the tests.
 *
 * An allow rule counts for commands of plain words only, and every one of them must be allowed for the sandbox to be
 * left. Rules that prompt or forbid also hold for commands inside anything more complicated, where the reference lets
 * `(cmd)` slip past a rule that forbids `cmd`.
 */
export function approvalNeed(request: CommandRequest): ApprovalNeed {
  const { policy, isEscalated, sandbox } = request;
  if (isEscalated && !mayEscalate(policy)) return { kind: "refused", output: escalationRefusal(policy) };
  const judged = judge(request);
  const decision = strictest(judged.map(({ decision: each }) => each)) ?? "prompt";
  const matches = judged.flatMap((each) => each.matches);
  if (decision === "forbidden") return { kind: "refused", output: rejection(forbiddenReason(request.argv, matches)) };
  const isSandboxed = sandbox !== "danger-full-access" && !isEscalated;
  if (decision === "allow") {
    const isAllowed = judged.every((each) => each.matches.some((match) => match.decision === "allow"));
    const retryAmendment = matches.length > 0 ? undefined : firstCommand(judged, "allow");
    return { kind: "run", isSandboxed: isSandboxed && !isAllowed, retryAmendment };
  }
  const rule = mostSpecific(matches, "prompt");
  const refusal = rule && ruleRefusal(policy);
  if (refusal !== undefined) return { kind: "refused", output: rejection(refusal) };
  return {
    kind: "ask",
    reason: rule ? promptReason(request.argv, rule) : request.justification,
    proposedAmendment: rule || !offersAmendments(policy) ? undefined : proposal(request, judged, matches),
    isSandboxed,
  };
}

/** One command of a request, with the rules that fit it and what follows. */
interface Judged {
  words: readonly string[];
  matches: RuleMatch[];
  decision: RuleDecision;
}

function judge(request: CommandRequest): Judged[] {
  const { argv, script, rules } = request;
  const plain = script === undefined ? undefined : plainCommands(script);
  if (plain === undefined) {
    const matches = [...ruleMatches(rules, argv), ...hiddenMatches(request)];
    const dangerous = script === undefined ? isDangerousCommand(argv) : isDangerous(script);
    return [{ words: argv, matches, decision: ruled(matches) ?? unruled(request, argv, dangerous) }];
  }
  return plain.map((words) => {
    const matches = ruleMatches(rules, words);
    return { words, matches, decision: ruled(matches) ?? unruled(request, words, isDangerousCommand(words)) };
  });
}

/** Rules against commands somewhere inside a script that is not plain. Never permissions. */
function hiddenMatches({ script, rules }: CommandRequest): RuleMatch[] {
  const limits = rules.prefixRules.filter(({ decision }) => decision !== "allow");
  if (script === undefined || limits.length === 0) return [];
  return literalCommands(script).flatMap((words) =>
    ruleMatches(
      { ...rules, prefixRules: limits },
      // No word of a rule is the NUL that stands for a word known only at run time.
      words.map((word) => word ?? "\0"),
    ),
  );
}

function ruled(matches: readonly RuleMatch[]): RuleDecision | undefined {
  return strictest(matches.map(({ decision }) => decision));
}

/** What becomes of a command that no rule speaks of. */
function unruled(request: CommandRequest, words: readonly string[], dangerous: boolean): RuleDecision {
  const { policy, sandbox, isEscalated, trustsKnownSafe } = request;
  if (dangerous) return policy === "never" ? "forbidden" : "prompt";
  if (policy === "never") return "allow";
  if (policy === "untrusted") return trustsKnownSafe && !isEscalated && isKnownSafe([words]) ? "allow" : "prompt";
  return isEscalated && sandbox !== "danger-full-access" ? "prompt" : "allow";
}

function mayEscalate(policy: AskForApproval): boolean {
  return typeof policy === "string" ? policy !== "never" : policy.granular.sandbox_approval;
}

function offersAmendments(policy: AskForApproval): boolean {
  return typeof policy === "string" || policy.granular.sandbox_approval;
}

/** Why a rule's question cannot be put under this policy, or `undefined` if it can. */
function ruleRefusal(policy: AskForApproval): string | undefined {
  if (policy === "never") return "approval required by policy, but AskForApproval is set to Never";
  return typeof policy === "string" || policy.granular.rules
    ? undefined
    : "approval required by policy rule, but AskForApproval::Granular.rules is false";
}

function promptReason(argv: readonly string[], rule: RuleMatch): string {
  const why = rule.justification === undefined ? " by policy" : `: ${rule.justification}`;
  return `\`${commandLine(argv)}\` requires approval${why}`;
}

function forbiddenReason(argv: readonly string[], matches: readonly RuleMatch[]): string {
  const rule = mostSpecific(matches, "forbidden");
  const why =
    rule === undefined
      ? "rm -f style commands are not permitted. Use a safer approach"
      : (rule.justification ?? `policy forbids commands starting with \`${commandLine(rule.matched)}\``);
  return `\`${commandLine(argv)}\` rejected: ${why}`;
}

function firstCommand(judged: readonly Judged[], decision: RuleDecision): string[] | undefined {
  const first = judged.find((each) => each.decision === decision && each.matches.length === 0);
  return first && [...first.words];
}

/** The model's own proposal if it would settle the question and is narrow enough, otherwise the first command asked about. */
function proposal(
  request: CommandRequest,
  judged: readonly Judged[],
  matches: readonly RuleMatch[],
): string[] | undefined {
  const { prefixRule, isEscalated, rules } = request;
  if (isEscalated && prefixRule !== undefined && prefixRule.length > 0 && matches.length === 0) {
    const isNarrow = !tooBroad.has(prefixRule.join(" "));
    const after = judge({ ...request, rules: withAllowed(rules, prefixRule) });
    if (isNarrow && after.every(({ decision }) => decision === "allow")) return [...prefixRule];
  }
  return firstCommand(judged, "prompt");
}

/** Prefixes that would allow nearly anything; never proposed because the model says so. */
const tooBroad = new Set([
  ..."git env sudo node perl ruby php lua osascript py pythonw pyw pypy pypy3".split(" "),
  ...["python", "python3"].flatMap((name) => [name, `${name} -`, `${name} -c`]),
  ...["bash", "/bin/bash", "zsh", "/bin/zsh", "sh", "/bin/sh"].flatMap((name) => [name, `${name} -c`, `${name} -lc`]),
  ...["pwsh", "powershell", "powershell.exe"].flatMap((name) => [name, `${name} -c`, `${name} -Command`]),
  ..."node -e,perl -e,ruby -e,lua -e,php -r,py -3".split(","),
]);
