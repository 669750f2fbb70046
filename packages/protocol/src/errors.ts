/** What every {@link SwitchboardError} is made from. */
export interface SwitchboardErrorOptions {
  /** Stable, documented identifier, in snake_case, for programs to branch on. */
  readonly code: string;
  /** What happened, what it affects and what to do, for people. Never holds a secret. */
  readonly message: string;
  /** Whether the same call may succeed later without anything being changed. Default: false. */
  readonly isRetryable?: boolean;
  readonly cause?: unknown;
}

/**
 * The local error family: expected failures inside a process. It never crosses the wire;
 * what does is an {@link RpcError}. Branch on `code`, which is stable, not on `message`.
 */
export class SwitchboardError extends Error {
  readonly code: string;
  readonly isRetryable: boolean;

  constructor({ code, message, isRetryable = false, cause }: SwitchboardErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "SwitchboardError";
    this.code = code;
    this.isRetryable = isRetryable;
  }
}

/** The text of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
