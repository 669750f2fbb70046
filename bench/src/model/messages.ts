/** A tool that the model asks for: with JSON arguments, or with text. */
export type ModelCall =
  | { readonly name: string; readonly arguments: object }
  | { readonly name: string; readonly input: string };

/** What the model answers from now on: a short text, so many deltas, or in each turn these calls and then a text. */
export type ModelReply =
  | { readonly kind: "text" }
  | { readonly kind: "deltas"; readonly count: number }
  | { readonly kind: "calls"; readonly calls: readonly ModelCall[] };

/** What the benchmark tells the model process. */
export type ModelCommand =
  | { readonly command: "reply"; readonly reply: ModelReply }
  /** Hand over the times since the last such command. */
  | { readonly command: "times" };

/** What the model process says. */
export type ModelMessage =
  | { readonly message: "ready"; readonly url: string }
  | { readonly message: "replying" }
  /** Milliseconds, one each: from a request's headers to the end of its answer; from a call to the request with its output. */
  | { readonly message: "times"; readonly times: readonly number[]; readonly rounds: readonly number[] };
