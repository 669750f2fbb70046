import { rawEventBytes, type RawEvent } from "../parts/raw-events.js";
import type { CompiledReply, ReplyHeaders } from "../reply.js";
import { splitSteps, type SplitRule } from "../split-steps.js";

/** What {@link rawBody} sends around its bytes. */
export interface RawBodyOptions {
  /** Default 200. */
  readonly status?: number;
  /** Added to `content-type: text/event-stream`. */
  readonly headers?: ReplyHeaders;
  readonly split?: SplitRule;
}

/** A body under full control: the given events and bytes and nothing else, no beginning and no end added. */
export function rawBody(events: readonly RawEvent[], options: RawBodyOptions = {}): CompiledReply {
  const bytes = Buffer.concat(events.map(rawEventBytes));
  const steps = [{ kind: "write", bytes } as const, { kind: "end" } as const];
  return {
    kind: "reply",
    status: options.status ?? 200,
    headers: { "content-type": "text/event-stream", ...options.headers },
    steps: options.split === undefined ? steps : splitSteps(steps, options.split),
  };
}
