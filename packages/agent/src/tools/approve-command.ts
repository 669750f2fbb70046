import type { Sandbox } from "@switchboard/exec/sandbox";
import type { CommandExecutionApprovalDecision, SandboxPolicy } from "@switchboard/protocol";
import { messageOf } from "@switchboard/protocol";

import { commandDraft, type CommandItem } from "../commands/command-session.js";
import { sandboxFor } from "../permissions/sandbox-for.js";
import { afterDenial } from "../shell/after-denial.js";
import { approvalKey } from "../shell/approval-key.js";
import { approvalNeed, type ApprovalNeed, type SandboxKind } from "../shell/approval-need.js";
import { rejection } from "../shell/rejections.js";
import type { ToolContext } from "../turn/tools.js";
import type { ToolParts } from "./tool-parts.js";
import { ToolRefusal } from "./tool.js";

/** A command that the model wants to run. */
export interface WantedCommand {
  readonly item: CommandItem;
  readonly argv: readonly [string, ...string[]];
  readonly script: string | undefined;
  readonly tty: boolean;
  readonly isEscalated: boolean;
  readonly justification: string | undefined;
  readonly prefixRule: readonly string[] | undefined;
}

/** How a command may run. */
export interface ApprovedRun {
  readonly sandbox: Sandbox;
  /** When clients were shown its item, if they were asked about it. */
  readonly startedAtMs: number | undefined;
  /** What to propose if the sandbox stops it. */
  readonly retryAmendment: string[] | undefined;
}

/**
 * Decides whether a command may run, and asks the user if need be.
 *
 * @throws {@link ToolRefusal} when it must not
 */
export async function approveCommand(
  wanted: WantedCommand,
  parts: ToolParts,
  context: ToolContext,
): Promise<ApprovedRun> {
  const { settings, host, approvals } = parts;
  const { approvalPolicy, sandboxPolicy } = settings();
  const need = approvalNeed({
    ...wanted,
    policy: approvalPolicy,
    sandbox: kindOf(sandboxPolicy),
    rules: host.rules.current(),
    trustsKnownSafe: true,
  });
  if (need.kind === "refused") throw new ToolRefusal(need.output);
  const isSandboxed = need.isSandboxed;
  const sandbox: Sandbox = isSandboxed ? commandSandbox(parts) : { kind: "none" };
  if (need.kind === "run") return { sandbox, startedAtMs: undefined, retryAmendment: need.retryAmendment };
  if (approvals.isCommandAllowed(keyOf(wanted))) return { sandbox, startedAtMs: undefined, retryAmendment: undefined };
  const startedAtMs = await askAbout(wanted, need, undefined, parts, context);
  return { sandbox, startedAtMs, retryAmendment: undefined };
}

/**
 * Asks whether a command that the sandbox stopped may run again outside of it, if the policy has it so. False when
 * it must not; then the model reacts to the failure.
 */
export async function approveRetry(
  wanted: WantedCommand,
  startedAtMs: number,
  retryAmendment: string[] | undefined,
  parts: ToolParts,
  context: ToolContext,
): Promise<boolean> {
  const after = afterDenial(parts.settings().approvalPolicy, retryAmendment);
  if (after.kind === "nothing") return false;
  const outside = { ...wanted, isEscalated: true };
  if (parts.approvals.isCommandAllowed(keyOf(outside))) return true;
  try {
    await askAbout(outside, { ...after, isSandboxed: false }, startedAtMs, parts, context);
    return true;
  } catch (error) {
    if (error instanceof ToolRefusal) return false;
    throw error;
  }
}

/** The sandbox of a turn's commands. */
export function commandSandbox({ settings, host, approvals, turnId }: ToolParts): Sandbox {
  return sandboxFor({
    settings: settings(),
    temporaryFolder: host.environment["TMPDIR"],
    protectedFolders: host.protectedFolders,
    grants: approvals.grantsFor(turnId),
  });
}

/**
 * Puts a command to the user. Resolves when it may run, with the time when clients were shown it; notes what is to
 * be remembered. An item that was not shown before is completed when the answer is no.
 */
async function askAbout(
  wanted: WantedCommand,
  need: Pick<Extract<ApprovalNeed, { kind: "ask" }>, "reason" | "proposedAmendment" | "isSandboxed">,
  shownAtMs: number | undefined,
  parts: ToolParts,
  { items, signal }: ToolContext,
): Promise<number> {
  const { questions, approvals, threadId, turnId, interrupt } = parts;
  const { item } = wanted;
  const { reason, proposedAmendment } = need;
  const state = { processId: null, source: "agent" } as const;
  let startedAtMs = shownAtMs ?? 0;
  const decline = (): void => {
    if (shownAtMs === undefined) items.completed(commandDraft(item, { ...state, status: "declined" }), startedAtMs);
  };
  let decision: CommandExecutionApprovalDecision | undefined;
  try {
    const answer = await questions.askAbout(
      () => {
        if (shownAtMs === undefined)
          startedAtMs = items.started(commandDraft(item, { ...state, status: "inProgress" }));
      },
      "item/commandExecution/requestApproval",
      () => ({
        kind: "command",
        threadId,
        turnId,
        itemId: item.itemId,
        startedAtMs,
        environmentId: "local",
        ...(reason === undefined ? {} : { reason }),
        command: item.command,
        cwd: item.cwd,
        commandActions: [...item.actions],
        ...(proposedAmendment === undefined ? {} : { proposedExecpolicyAmendment: proposedAmendment }),
        availableDecisions: [
          "accept",
          ...(proposedAmendment === undefined
            ? []
            : [{ acceptWithExecpolicyAmendment: { execpolicy_amendment: proposedAmendment } }]),
          "cancel",
        ],
      }),
      signal,
    );
    decision = answer?.decision;
  } catch (error) {
    decline();
    throw error;
  }
  if (decision === "acceptForSession") approvals.allowCommand(keyOf(wanted));
  if (typeof decision === "object" && "acceptWithExecpolicyAmendment" in decision) {
    await remember(decision.acceptWithExecpolicyAmendment.execpolicy_amendment, wanted, parts);
    return startedAtMs;
  }
  if (decision === "accept" || decision === "acceptForSession" || allowsNetwork(decision)) return startedAtMs;
  decline();
  if (decision === "cancel") {
    interrupt();
    signal.throwIfAborted();
  }
  throw new ToolRefusal(rejection("rejected by user"));
}

/** An answer about a host also answers the command; nothing of ours filters by hosts, so it is not kept. */
function allowsNetwork(decision: CommandExecutionApprovalDecision | undefined): boolean {
  return (
    typeof decision === "object" &&
    "applyNetworkPolicyAmendment" in decision &&
    decision.applyNetworkPolicyAmendment.network_policy_amendment.action === "allow"
  );
}

/** Writes a rule down; when that fails, the command at hand is allowed all the same, and clients are told. */
async function remember(prefix: readonly string[], wanted: WantedCommand, parts: ToolParts): Promise<void> {
  try {
    await parts.host.rules.allow(prefix);
  } catch (error) {
    parts.approvals.allowCommand(keyOf(wanted));
    parts.emit("warning", {
      threadId: parts.threadId,
      message: `The rule could not be saved and holds for this command in this thread only: ${messageOf(error)}`,
    });
  }
}

function keyOf({ argv, script, item, tty, isEscalated }: WantedCommand): string {
  return approvalKey({ argv, script, cwd: item.cwd, isTerminal: tty, isEscalated });
}

/** A sandbox that somebody else set up around us counts as none of ours. */
function kindOf(policy: SandboxPolicy): SandboxKind {
  switch (policy.type) {
    case "readOnly":
      return "read-only";
    case "workspaceWrite":
      return "workspace-write";
    case "dangerFullAccess":
    case "externalSandbox":
      return "danger-full-access";
  }
}
