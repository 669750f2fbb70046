import { expect, test } from "vitest";
import type { AskForApproval } from "@switchboard/protocol";
import { parseRules } from "../rules/parse-rules.js";
import { noRules, type Rules } from "../rules/rules.js";
import { afterDenial } from "./after-denial.js";
import { approvalKey } from "./approval-key.js";
import { type ApprovalNeed, approvalNeed, type CommandRequest, type SandboxKind } from "./approval-need.js";

const parsed = parseRules(
  `prefix_rule(pattern=["echo", "allow"], decision="allow")
prefix_rule(pattern=["echo", "prompt"], decision="prompt", justification="because prompt")
prefix_rule(pattern=["echo", "prompt2"], decision="prompt")
prefix_rule(pattern=["echo", "forbid"], decision="forbidden", justification="use cat")
prefix_rule(pattern=["echo", "forbid2"], decision="forbidden")
prefix_rule(pattern=["rm", "-f"], decision="allow")
prefix_rule(pattern=["touch"])`,
  "a.rules",
);
const rules: Rules = parsed.ok ? parsed.rules : noRules;

function granular(sandbox: boolean, rule: boolean): AskForApproval {
  return {
    granular: {
      sandbox_approval: sandbox,
      rules: rule,
      skill_approval: true,
      request_permissions: true,
      mcp_elicitations: true,
    },
  };
}

const policies = {
  untrusted: "untrusted",
  "on-request": "on-request",
  never: "never",
  granular: granular(true, true),
  "granular, no sandbox": granular(false, true),
  "granular, no rules": granular(true, false),
  "granular, neither": granular(false, false),
} satisfies Record<string, AskForApproval>;
type Policy = keyof typeof policies;

function request(script: string, more: Partial<CommandRequest> = {}): CommandRequest {
  return {
    argv: ["/bin/bash", "-lc", script],
    script,
    policy: "on-request",
    sandbox: "workspace-write",
    isEscalated: false,
    justification: more.isEscalated ? "Need it" : undefined,
    prefixRule: undefined,
    rules,
    trustsKnownSafe: false,
    ...more,
  };
}

/**
 * A need in one word: `in` and `out` run at once (in the sandbox or not), `ask` and `ask-no` ask (with an amendment or
 * without one), `no` is refused.
 */
function brief(need: ApprovalNeed): string {
  if (need.kind === "run") return need.isSandboxed ? "in" : "out";
  if (need.kind === "refused") return "no";
  return need.proposedAmendment === undefined ? "ask-no" : "ask";
}

const columns: Policy[] = [
  "untrusted",
  "on-request",
  "never",
  "granular",
  "granular, no sandbox",
  "granular, no rules",
  "granular, neither",
];

/**
 * Measured on the reference (0.169.0), with the rules above, in workspace-write; `!` stands for an escalated request.
 * In read-only the rows without rules were measured too, and are the same.
 */
const measured: [script: string, needs: string][] = [
  ["ls", "ask in in in in in in"],
  ["node -e 1", "ask in in in in in in"],
  ["echo a > b", "ask in in in in in in"],
  ["echo allow x", "out out out out out out out"],
  ["touch f && touch g", "out out out out out out out"],
  ["touch f && node -e 1", "ask in in in in in in"],
  ["echo allow | cat", "ask in in in in in in"],
  ["echo allow > x", "ask in in in in in in"],
  ["echo prompt", "ask-no ask-no no ask-no ask-no no no"],
  ["echo allow && echo prompt", "ask-no ask-no no ask-no ask-no no no"],
  ["echo prompt2 y", "ask-no ask-no no ask-no ask-no no no"],
  ["echo forbid", "no no no no no no no"],
  ["echo prompt && echo forbid", "no no no no no no no"],
  ["rm -f x", "out out out out out out out"],
  ["rm -rf x", "ask ask no ask ask-no ask ask-no"],
  ["rm -f x && rm -rf y", "ask ask no ask ask-no ask ask-no"],
  ["! ls", "ask ask no ask no ask no"],
  ["! echo allow x", "out out no out no out no"],
  ["! echo prompt", "ask-no ask-no no ask-no no no no"],
  ["! echo forbid", "no no no no no no no"],
  ["! rm -rf x", "ask ask no ask no ask no"],
];

function measure(row: string, policy: Policy, sandbox: SandboxKind): string {
  const isEscalated = row.startsWith("! ");
  const script = isEscalated ? row.slice(2) : row;
  return brief(approvalNeed(request(script, { policy: policies[policy], sandbox, isEscalated })));
}

test.each(measured)("%s", (row, needs) => {
  for (const sandbox of ["workspace-write", "read-only"] as const) {
    expect(columns.map((policy) => measure(row, policy, sandbox)).join(" ")).toBe(needs);
  }
});

test("without a sandbox nothing runs in one, and escalation changes only who is refused", () => {
  for (const [row, needs] of measured) {
    const expected = needs
      .split(" ")
      .map((need, at) => (need === "in" ? "out" : row === "! ls" && need === "ask" && at > 0 ? "out" : need));
    const ours = columns.map((policy) => measure(row, policy, "danger-full-access"));
    expect([row, ...ours]).toEqual([row, ...expected]);
  }
});

test.each<[string, Partial<CommandRequest>, Partial<Extract<ApprovalNeed, { kind: "ask" }>>]>([
  ["node x", { policy: "untrusted" }, { reason: undefined, proposedAmendment: ["node", "x"], isSandboxed: true }],
  ["ls; node x", { policy: "untrusted" }, { proposedAmendment: ["ls"] }],
  ["touch f; node x", { policy: "untrusted" }, { proposedAmendment: ["node", "x"] }],
  ["ls && rm -rf x", {}, { proposedAmendment: ["rm", "-rf", "x"], isSandboxed: true }],
  ["(rm -rf x)", {}, { proposedAmendment: ["/bin/bash", "-lc", "(rm -rf x)"] }],
  ["echo prompt", {}, { reason: "`/bin/bash -lc 'echo prompt'` requires approval: because prompt" }],
  ["echo prompt2", {}, { reason: "`/bin/bash -lc 'echo prompt2'` requires approval by policy" }],
  ["echo prompt", { isEscalated: true }, { reason: "`/bin/bash -lc 'echo prompt'` requires approval: because prompt" }],
  ["ls", { isEscalated: true }, { reason: "Need it", proposedAmendment: ["ls"], isSandboxed: false }],
  ["npm i x", { isEscalated: true, prefixRule: ["npm", "i"] }, { proposedAmendment: ["npm", "i"] }],
  ["npm i && npm t", { isEscalated: true, prefixRule: ["npm"] }, { proposedAmendment: ["npm"] }],
  ["npm i && ls", { isEscalated: true, prefixRule: ["npm"] }, { proposedAmendment: ["npm", "i"] }],
  ["npm i", { isEscalated: true, prefixRule: ["yarn"] }, { proposedAmendment: ["npm", "i"] }],
  ["npm i", { isEscalated: true, prefixRule: [] }, { proposedAmendment: ["npm", "i"] }],
  ["node -e 1", { isEscalated: true, prefixRule: ["node"] }, { proposedAmendment: ["node", "-e", "1"] }],
  ["python3 -c 1", { isEscalated: true, prefixRule: ["python3", "-c"] }, { proposedAmendment: ["python3", "-c", "1"] }],
  ["git status", { isEscalated: true, prefixRule: ["git"] }, { proposedAmendment: ["git", "status"] }],
  ["sudo ls", { isEscalated: true, prefixRule: ["sudo"] }, { proposedAmendment: ["sudo", "ls"] }],
  ["ls > q", { isEscalated: true, prefixRule: ["ls"] }, { proposedAmendment: ["/bin/bash", "-lc", "ls > q"] }],
  [
    "ls > q",
    { isEscalated: true, prefixRule: ["/bin/bash", "-lc"] },
    { proposedAmendment: ["/bin/bash", "-lc", "ls > q"] },
  ],
  ["rm -rf z", { prefixRule: ["rm"] }, { proposedAmendment: ["rm", "-rf", "z"] }],
  ["rm -rf z", { isEscalated: true, prefixRule: ["rm", "-rf"] }, { proposedAmendment: ["rm", "-rf"] }],
])("%s %j asks so", (script, more, expected) => {
  expect(approvalNeed(request(script, more))).toMatchObject({ kind: "ask", ...expected });
});

const never =
  "approval policy is Never; reject command — you cannot ask for escalated permissions if the approval policy is Never";
const withoutSandbox =
  "Granular(GranularApprovalConfig { sandbox_approval: false, rules: true, skill_approval: true, request_permissions: true, mcp_elicitations: true })";

/** Byte for byte what the reference gives the model. */
test.each<[string, Partial<CommandRequest>, string]>([
  ["ls", { policy: "never", isEscalated: true }, never],
  ["ls", { policy: "never", isEscalated: true, sandbox: "danger-full-access" }, never],
  [
    "ls",
    { policy: granular(false, true), isEscalated: true },
    `approval policy is ${withoutSandbox}; reject command — you cannot ask for escalated permissions if the approval policy is ${withoutSandbox}`,
  ],
  [
    "rm -rf x",
    { policy: "never" },
    String.raw`exec_command failed: CreateProcess { message: "Rejected(\"` +
      String.raw`${"`"}/bin/bash -lc 'rm -rf x'${"`"} rejected: rm -f style commands are not permitted. Use a safer approach\")" }`,
  ],
  [
    "echo prompt",
    { policy: "never" },
    String.raw`exec_command failed: CreateProcess { message: "Rejected(\"approval required by policy, but AskForApproval is set to Never\")" }`,
  ],
  [
    "echo prompt",
    { policy: granular(true, false) },
    String.raw`exec_command failed: CreateProcess { message: "Rejected(\"approval required by policy rule, but AskForApproval::Granular.rules is false\")" }`,
  ],
  [
    "echo forbid",
    {},
    String.raw`exec_command failed: CreateProcess { message: "Rejected(\"${"`"}/bin/bash -lc 'echo forbid'${"`"} rejected: use cat\")" }`,
  ],
  [
    "echo forbid2 z",
    {},
    String.raw`exec_command failed: CreateProcess { message: "Rejected(\"${"`"}/bin/bash -lc 'echo forbid2 z'${"`"} rejected: ` +
      String.raw`policy forbids commands starting with ${"`"}echo forbid2${"`"}\")" }`,
  ],
])("%s %j is refused", (script, more, output) => {
  expect(approvalNeed(request(script, more))).toEqual({ kind: "refused", output });
});

test("rules that prompt or forbid hold inside scripts that are not plain; permissions do not", () => {
  const hidden = [
    "(echo forbid)",
    "echo forbid > x",
    "'echo' forbid",
    "\\echo forbid",
    "cat $(echo forbid)",
    "echo forbid &",
  ];
  expect(hidden.map((script) => approvalNeed(request(script)).kind)).toEqual(hidden.map(() => "refused"));
  expect(brief(approvalNeed(request("if true; then echo prompt; fi")))).toBe("ask-no");
  expect(brief(approvalNeed(request("(echo allow)", { policy: "untrusted" })))).toBe("ask");
  expect(brief(approvalNeed(request("rm -f x > y")))).toBe("ask");
});

test("known-safe commands run under untrusted only if they are trusted to, and in the sandbox", () => {
  const trusting = { policy: "untrusted", trustsKnownSafe: true } as const;
  expect(brief(approvalNeed(request("ls | head", trusting)))).toBe("in");
  expect(brief(approvalNeed(request("ls | sh", trusting)))).toBe("ask");
  expect(brief(approvalNeed(request("ls > x", trusting)))).toBe("ask");
  expect(brief(approvalNeed(request("ls", { ...trusting, isEscalated: true })))).toBe("ask");
});

test("a command without a shell is judged by its words", () => {
  const direct = { argv: ["rm", "-rf", "x"], script: undefined };
  expect(approvalNeed(request("", direct))).toMatchObject({ kind: "ask", proposedAmendment: ["rm", "-rf", "x"] });
  expect(brief(approvalNeed(request("", { argv: ["touch", "x"], script: undefined })))).toBe("out");
});

test("what follows a denial depends on the policy", () => {
  const followed = columns.map((policy) => afterDenial(policies[policy], ["touch", "x"]).kind);
  expect(followed).toEqual(["ask", "nothing", "nothing", "ask", "nothing", "ask", "nothing"]);
  expect(afterDenial("untrusted", ["touch", "x"])).toEqual({
    kind: "ask",
    reason: "command failed; retry without sandbox?",
    proposedAmendment: ["touch", "x"],
  });
});

test("the amendment of a retry is the first command, unless a rule spoke", () => {
  expect(approvalNeed(request("sleep 1; touch x", { rules: noRules }))).toMatchObject({
    retryAmendment: ["sleep", "1"],
  });
  expect(approvalNeed(request("touch /x && ls"))).toMatchObject({ kind: "run", retryAmendment: undefined });
});

test("an approval for the session is for the same command, folder, terminal and sandbox", () => {
  const base = {
    argv: ["/bin/bash", "-lc", "rm -f x"],
    script: "rm -f x",
    cwd: "/w",
    isTerminal: false,
    isEscalated: false,
  };
  const key = approvalKey(base);
  const spaced = { ...base, argv: ["/bin/bash", "-c", "rm  -f 'x'"], script: "rm  -f 'x'" };
  expect(approvalKey(spaced)).toBe(key);
  const others = [
    { ...base, cwd: "/" },
    { ...base, isTerminal: true },
    { ...base, isEscalated: true },
    { ...base, script: "rm -f x y" },
    { ...base, script: "ls && rm -f x", argv: ["/bin/bash", "-lc", "ls && rm -f x"] },
    { ...base, script: "rm -f x &", argv: ["/bin/bash", "-lc", "rm -f x &"] },
    { ...base, script: undefined },
  ];
  expect(new Set([key, ...others.map(approvalKey)]).size).toBe(others.length + 1);
});
