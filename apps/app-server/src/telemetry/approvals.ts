import type { ServerMethod, ServerRequestResult, ServerRequests } from "@switchboard/protocol";

/** A question about a command or a patch that clients have answered. */
export interface Approval {
  readonly turnId: string;
  /** The call that was asked about. */
  readonly itemId: string;
  readonly subject: "command_execution" | "file_change";
  readonly decision: "accept" | "acceptForSession" | "acceptWithAmendment" | "decline" | "cancel";
  readonly startedAtMs: number;
  readonly completedAtMs: number;
}

type Question = Pick<Approval, "turnId" | "itemId" | "subject">;
type Questions = { readonly [M in ServerMethod]?: (params: ServerRequests[M]["params"]) => Question };
type Answers = { readonly [M in ServerMethod]?: (result: ServerRequestResult<M>) => Approval["decision"] };

const questions: Questions = {
  "item/commandExecution/requestApproval": ({ turnId, itemId }) => ({ turnId, itemId, subject: "command_execution" }),
  "item/fileChange/requestApproval": ({ turnId, itemId }) => ({ turnId, itemId, subject: "file_change" }),
};

const answers: Answers = {
  "item/commandExecution/requestApproval": ({ decision }) =>
    typeof decision === "string" ? decision : "acceptWithAmendment",
  "item/fileChange/requestApproval": ({ decision }) => decision,
};

/** What a question and its answer say; undefined for questions about other things. No answer is a decline. */
export function approvalOf<M extends ServerMethod>(
  method: M,
  params: ServerRequests[M]["params"],
  result: ServerRequestResult<M> | undefined,
): (Question & Pick<Approval, "decision">) | undefined {
  const question = questions[method]?.(params);
  if (question === undefined) return undefined;
  return { ...question, decision: (result === undefined ? undefined : answers[method]?.(result)) ?? "decline" };
}
