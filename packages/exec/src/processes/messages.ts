/** Which of the server's own variables a child inherits, and what is done to them before `env` is laid over. */
export interface EnvironmentPolicy {
  readonly inherit: "all" | "core" | "none";
  /** Keep inherited names that look like secrets (`*KEY*`, `*SECRET*`, `*TOKEN*`). */
  readonly ignoreDefaultExcludes: boolean;
  /** Patterns of inherited names to drop. */
  readonly exclude: readonly string[];
  /** Added after the exclusions. */
  readonly set: Readonly<Record<string, string>>;
  /** When it names anything: what is kept of all the above. */
  readonly includeOnly: readonly string[];
}

/** `process/start`. */
export interface ProcessStartParams {
  readonly processId: string;
  readonly argv: readonly string[];
  /** A `file:` URI. */
  readonly cwd: string;
  /** Laid over what the policy gives; without a policy it is the whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly tty: boolean;
  readonly pipeStdin?: boolean | undefined;
  readonly arg0?: string | null | undefined;
  readonly envPolicy?: EnvironmentPolicy | null | undefined;
  /** These are refused when they ask for something; see `unsupported.ts`. */
  readonly sandbox?: unknown;
  readonly enforceManagedNetwork?: boolean | undefined;
  readonly managedNetwork?: unknown;
  readonly networkProxy?: unknown;
  readonly credentialProviders?: unknown;
  readonly shellSnapshot?: unknown;
}

/** The answer to `process/start`. */
export interface ProcessStarted {
  readonly processId: string;
  readonly sandboxType: "none";
}

/** `process/read`. */
export interface ProcessReadParams {
  readonly processId: string;
  /** Only what has a higher number. Default: everything retained. */
  readonly afterSeq?: number | null | undefined;
  /** Most bytes of output to answer with; the first chunk always comes whole. Default: no limit. */
  readonly maxBytes?: number | null | undefined;
  /** Milliseconds to wait for news if there are none. Default: none. */
  readonly waitMs?: number | null | undefined;
}

/** Where a piece of output came from. */
export type OutputStream = "stdout" | "stderr" | "pty";

/** The answer to `process/read`. */
export interface ReadResult {
  readonly chunks: ReadonlyArray<{ readonly seq: number; readonly stream: OutputStream; readonly chunk: string }>;
  /** The number after the last one that this answer covers. */
  readonly nextSeq: number;
  readonly exited: boolean;
  readonly exitCode: number | null;
  readonly closed: boolean;
  readonly failure: string | null;
  readonly sandboxDenied: boolean;
}

/** `process/write`. */
export interface ProcessWriteParams {
  readonly processId: string;
  /** Base64. */
  readonly chunk: string;
  /** What was accepted under this id is not written again. */
  readonly writeId: string;
}

/** What became of a write. */
export type WriteStatus = "accepted" | "unknownProcess" | "stdinClosed" | "starting";

/** `process/signal`. */
export interface ProcessSignalParams {
  readonly processId: string;
  readonly signal: "interrupt";
}

/** `process/terminate`. */
export interface ProcessTerminateParams {
  readonly processId: string;
}

/** A piece of output, as it is told. */
export interface OutputEvent {
  readonly processId: string;
  readonly seq: number;
  readonly stream: OutputStream;
  readonly chunk: Buffer;
}

/**
 * Takes what happens to the processes of one session, in the order of each process's numbers. While a promise
 * that `output` returned is pending, no more is read from that stream, and the child waits when its pipe is full.
 */
export interface ProcessEvents {
  output(event: OutputEvent): void | Promise<void>;
  exited(event: {
    readonly processId: string;
    readonly seq: number;
    readonly exitCode: number;
    readonly sandboxDenied: boolean;
  }): void;
  closed(event: { readonly processId: string; readonly seq: number }): void;
}
