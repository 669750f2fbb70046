import { resolve } from "node:path";

import type { JsonObject } from "@switchboard/client";
import type { AskForApproval, SandboxPolicy } from "@switchboard/protocol";

import { applyPlan } from "../patch/apply-plan.js";
import { fileUpdateChanges } from "../patch/file-changes.js";
import { PATCH_GRAMMAR } from "../patch/grammar.js";
import { localPatchFiles } from "../patch/local-files.js";
import { parsePatch } from "../patch/parse-patch.js";
import { planPatch, touchedPaths, type PatchPlan } from "../patch/plan-patch.js";
import { isWithin, isWritable, sandboxFor } from "../permissions/sandbox-for.js";
import type { ToolContext } from "../turn/tools.js";
import { guardedFiles } from "./guarded-files.js";
import type { ToolParts } from "./tool-parts.js";
import { ToolRefusal, type Tool } from "./tool.js";

/** Changes files by a patch in text. */
export function applyPatch(parts: ToolParts): Tool {
  return {
    name: "apply_patch",
    isFreeform: true,
    isParallel: false,
    call: (call, context) =>
      runPatch(
        { text: call.type === "custom_tool_call" ? call.input : call.arguments, itemId: call.call_id },
        parts,
        context,
      ),
  };
}

/** A patch that the model wrote. */
export interface PatchCall {
  readonly text: string;
  readonly itemId: string;
  /** What paths are relative to, if not the thread's folder. */
  readonly workdir?: string | undefined;
}

/**
 * Checks a patch, asks the user if need be, and applies it whole or not at all.
 *
 * @returns what the model is told when it was applied, or could not be written
 * @throws {@link ToolRefusal} when it does not fit, or is not allowed
 */
export async function runPatch(
  { text: patch, itemId, workdir = "." }: PatchCall,
  parts: ToolParts,
  { items, signal }: ToolContext,
): Promise<string> {
  const { settings, clock, emit, threadId, turnId, diff } = parts;
  const begunAtMs = clock();
  const local = localPatchFiles();
  const parsed = parsePatch(patch);
  if (!parsed.ok) throw new ToolRefusal(parsed.message);
  const planned = await planPatch(parsed.patch, resolve(settings().cwd, workdir), local);
  if (!planned.ok) throw new ToolRefusal(planned.message);
  const { plan } = planned;

  const { sandbox, need } = patchNeed(plan, parts);
  if (need.kind === "refused") throw new ToolRefusal(need.message);
  const draft = { type: "fileChange", id: itemId, changes: fileUpdateChanges(plan) } as const;
  const startedAtMs = items.started({ ...draft, status: "inProgress" });
  const complete = (status: "completed" | "failed" | "declined"): void =>
    items.completed({ ...draft, status }, startedAtMs);
  if (need.kind === "ask") {
    try {
      await askAboutPatch(itemId, startedAtMs, plan, parts, signal);
    } catch (error) {
      complete("declined");
      throw error;
    }
  }
  signal.throwIfAborted();
  const paths = plan.changes.flatMap(({ steps }) => steps.map(({ realPath }) => realPath));
  // What the user allowed are these files, not what links may have been put in their place since.
  const mayChange = (path: string): boolean =>
    need.kind === "run" && need.isGuarded
      ? isWritable(sandbox, path)
      : paths.some((allowed) => isWithin(path, allowed));
  const applied = await applyPlan(plan, guardedFiles(local, mayChange));
  complete(applied.ok ? "completed" : "failed");
  if (applied.ok) {
    diff.record(plan);
    emit("turn/diff/updated", { threadId, turnId, diff: diff.render() });
  }
  const seconds = Math.round((clock() - begunAtMs) / 100) / 10;
  const text = applied.ok ? applied.summary : applied.message;
  return `Exit code: ${applied.ok ? 0 : 1}\nWall time: ${seconds} seconds\nOutput:\n${text}`;
}

type PatchNeed =
  /** Guarded: nobody was asked, so it must stay where the sandbox lets commands write. */
  | { readonly kind: "run"; readonly isGuarded: boolean }
  | { readonly kind: "ask" }
  | { readonly kind: "refused"; readonly message: string };

/** Whether the patch may go on, by the files it touches: by their real paths, wherever links lead. */
function patchNeed(plan: PatchPlan, { settings, host, approvals, turnId }: ToolParts) {
  const now = settings();
  const sandbox = sandboxFor({
    settings: now,
    temporaryFolder: host.environment["TMPDIR"],
    protectedFolders: host.protectedFolders,
    grants: approvals.grantsFor(turnId),
  });
  const paths = touchedPaths(plan);
  const isInside = paths.every((path) => isWritable(sandbox, path));
  return { sandbox, need: needOf(now.approvalPolicy, now.sandboxPolicy, isInside, approvals.areFilesAllowed(paths)) };
}

function needOf(policy: AskForApproval, sandbox: SandboxPolicy, isInside: boolean, isAllowed: boolean): PatchNeed {
  if (isAllowed) return { kind: "run", isGuarded: isInside };
  if (policy === "untrusted") return { kind: "ask" };
  if (isInside) return { kind: "run", isGuarded: true };
  const mayAsk = policy === "on-request" || (typeof policy !== "string" && policy.granular.sandbox_approval);
  if (mayAsk) return { kind: "ask" };
  const why =
    sandbox.type === "readOnly" ? "writing is blocked by read-only sandbox" : "writing outside of the project";
  return { kind: "refused", message: `patch rejected: ${why}; rejected by user approval settings` };
}

/** Puts the patch to the user. Resolves when it may go on. @throws {@link ToolRefusal} */
async function askAboutPatch(
  itemId: string,
  startedAtMs: number,
  plan: PatchPlan,
  { questions, approvals, threadId, turnId, interrupt }: ToolParts,
  signal: AbortSignal,
): Promise<void> {
  const params = { threadId, turnId, itemId, startedAtMs, reason: null, grantRoot: null };
  const answer = await questions.ask("item/fileChange/requestApproval", params, signal);
  switch (answer?.decision) {
    case "acceptForSession":
      approvals.allowFiles(touchedPaths(plan));
      return;
    case "accept":
      return;
    case "cancel":
      interrupt();
      signal.throwIfAborted();
      return;
    default:
      throw new ToolRefusal("patch rejected by user");
  }
}

export const applyPatchDefinition: JsonObject = {
  type: "custom",
  name: "apply_patch",
  description: "Changes files by a patch. The patch is the whole input, as text: no JSON around it.",
  format: { type: "grammar", syntax: "lark", definition: PATCH_GRAMMAR },
};
