import type { OutgoingHttpHeaders } from "node:http";
import type { ResponseDraft } from "./response-draft.js";

/**
 * What the player does next, in order. Bytes are final: whatever an answer says was encoded when it
 * was compiled, so that playing it costs one write.
 */
export type Step =
  | { readonly kind: "write"; readonly bytes: Buffer }
  /** Silence for a while. */
  | { readonly kind: "pause"; readonly ms: number }
  /** Lets the event loop turn, so that the bytes before and after leave in different packets. */
  | { readonly kind: "yield" }
  /** Silence until the script's author says so. */
  | { readonly kind: "hold"; readonly until: Promise<unknown> }
  /** An orderly end of the body. */
  | { readonly kind: "end" }
  /** The socket is destroyed: the peer sees a reset or a truncated body. */
  | { readonly kind: "destroy" }
  /** Nothing more is sent and nothing is closed until the peer or the simulator closes. */
  | { readonly kind: "silence" };

/** Response headers as `node:http` takes them; an array sends a name several times. */
export type ReplyHeaders = OutgoingHttpHeaders;

/** A finished answer: status line, headers and steps. `status: undefined` never answers at all. */
export interface CompiledReply {
  readonly kind: "reply";
  readonly status: number | undefined;
  readonly headers: ReplyHeaders;
  readonly steps: readonly Step[];
}

/** One ingredient of a streamed answer: an output item, an ending, or a modifier of the stream. */
export interface Part {
  readonly kind: "part";
  readonly addTo: (draft: ResponseDraft) => void;
}

/** What a script answers with: one part, several in order, or an answer that is already compiled. */
export type Reply = Part | readonly Part[] | CompiledReply;

/** Makes a {@link Part}; the way to write one of your own. */
export function part(addTo: (draft: ResponseDraft) => void): Part {
  return { kind: "part", addTo };
}
