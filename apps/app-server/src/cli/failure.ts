import { SwitchboardError } from "@switchboard/protocol";

/** The command line makes no sense: exit code 2. */
export class UsageError extends SwitchboardError {
  constructor(message: string) {
    super({ code: "usage", message });
    this.name = "UsageError";
  }
}

/** What the program says, and its exit code, for anything that was thrown. Only bugs show a stack. */
export function describeFailure(error: unknown): { readonly text: string; readonly exitCode: number } {
  if (error instanceof UsageError)
    return { text: `error: ${error.message}\n\nFor more information, try '--help'.`, exitCode: 2 };
  if (error instanceof SwitchboardError) return { text: `Error: ${error.message}`, exitCode: 1 };
  return { text: error instanceof Error ? (error.stack ?? error.message) : String(error), exitCode: 1 };
}
