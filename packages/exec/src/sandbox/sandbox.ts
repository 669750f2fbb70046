/** What a command may do. Paths are absolute. */
export type Sandbox =
  | { readonly kind: "none" }
  | {
      readonly kind: "restricted";
      /** The only folders that can be written to; those that do not exist are skipped. */
      readonly writableRoots: readonly WritableRoot[];
      /** Whether sockets may be used, also those of this machine. */
      readonly network: boolean;
      /** Files and folders that can't be read, with everything below them. */
      readonly unreadable: readonly string[];
    };

/** A {@link Sandbox} that restricts something. */
export type RestrictedSandbox = Extract<Sandbox, { kind: "restricted" }>;

/** A folder that a command may write to. */
export interface WritableRoot {
  readonly path: string;
  /**
   * Paths below it that stay as they are: nothing in them can be changed, and nothing can be made there if they do
   * not exist. A root that is named here too is not writable.
   */
  readonly readOnly: readonly string[];
}
