import { SwitchboardError } from "@switchboard/protocol";

/** The failure of everything that was to run in a sandbox that this machine cannot set up: `sandbox_unavailable`. */
export function unavailable(reason: string, cause?: unknown): SwitchboardError {
  return new SwitchboardError({
    code: "sandbox_unavailable",
    message: `the sandbox is not available, and the command was not started: ${reason}`,
    cause,
  });
}
