/** One line of a chunk: kept, taken out or put in. The text is without the sign and without the line's end. */
export interface ChunkLine {
  readonly kind: "context" | "remove" | "add";
  readonly text: string;
}

/** Lines that belong together, and where they are looked for. */
export interface Chunk {
  /** Lines to go past first, one after the other: what stands after `@@`. */
  readonly contexts: readonly string[];
  readonly lines: readonly ChunkLine[];
  /** The old lines are the last ones of the file. */
  readonly atEnd: boolean;
}

/** What a patch does to one file. The paths are as the patch has them. */
export type PatchOperation =
  | { readonly type: "add"; readonly path: string; readonly content: string }
  | { readonly type: "delete"; readonly path: string }
  | {
      readonly type: "update";
      readonly path: string;
      readonly moveTo: string | undefined;
      readonly chunks: readonly Chunk[];
    };

/** A patch as it was read, with at least one operation. Nothing is known of files yet. */
export interface Patch {
  readonly operations: readonly PatchOperation[];
}

/** A failure the model is told of. The message is complete: it is what the tool answers. */
export interface PatchFailure {
  readonly ok: false;
  readonly message: string;
}

/** A failure found before anything was written, in the reference's words. */
export function verificationFailure(reason: string): PatchFailure {
  return { ok: false, message: `apply_patch verification failed: ${reason}` };
}
