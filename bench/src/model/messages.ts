/** What the model answers from now on: a short text, or so many deltas. */
export type ModelReply = { readonly kind: "text" } | { readonly kind: "deltas"; readonly count: number };

/** What the benchmark tells the model process. */
export type ModelCommand =
  | { readonly command: "reply"; readonly reply: ModelReply }
  /** Hand over the times since the last such command. */
  | { readonly command: "times" };

/** What the model process says. */
export type ModelMessage =
  | { readonly message: "ready"; readonly url: string }
  | { readonly message: "replying" }
  /** Milliseconds from a request's headers to the end of its answer, one per request. */
  | { readonly message: "times"; readonly times: readonly number[] };
