/** What a generated validator module exports. */
export interface ValidatorModule {
  /** By method: the compiled check, and the name of the definition it checks. */
  readonly validators: Readonly<Record<string, readonly [check: (value: unknown) => boolean, definition: string]>>;
  /** A shape table as JSON text; parsed only once a value is refused. */
  readonly shapes: string;
}
