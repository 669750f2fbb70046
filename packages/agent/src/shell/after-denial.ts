import type { AskForApproval } from "@switchboard/protocol";

/** What follows when the sandbox kept a command from something. */
export type AfterDenial =
  | { readonly kind: "nothing" }
  | { readonly kind: "ask"; readonly reason: string; readonly proposedAmendment: string[] | undefined };

/**
 * What follows a sandbox denial: under `untrusted` and a granular policy with `sandbox_approval` the user is asked
 * whether the command may run again outside. Under `on-request` and `never` the model gets the failure and may ask
 * itself. Unlike the reference, which runs a command outside without another question when the user had agreed to it
 * before it ran: nothing was said of the sandbox then.
 *
 * @param retryAmendment From the `run` need of the command.
 */
export function afterDenial(policy: AskForApproval, retryAmendment: string[] | undefined): AfterDenial {
  const asks = policy === "untrusted" || (typeof policy === "object" && policy.granular.sandbox_approval);
  return asks
    ? { kind: "ask", reason: "command failed; retry without sandbox?", proposedAmendment: retryAmendment }
    : { kind: "nothing" };
}
