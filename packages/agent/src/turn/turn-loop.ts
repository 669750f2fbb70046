import {
  backoffMs,
  ModelError,
  pause,
  type Headers,
  type ResponseItem,
  type StreamReceiver,
} from "@switchboard/client";
import { messageOf, type TurnError } from "@switchboard/protocol";

import type { History } from "./history.js";
import type { ItemEvents } from "./item-events.js";
import type { ModelWire } from "./model-wire.js";
import { ResponseReader, type MessageView } from "./response-reader.js";
import type { ToolCall, ToolOutput, Tools } from "./tools.js";
import type { TurnControl, TurnInput } from "./turn-control.js";
import { retryError, turnError } from "./turn-error.js";

/** Everything a turn acts through. It knows nothing of connections, files or the network. */
export interface TurnLoop {
  /** Asks the model and streams its answer. Rejects with a {@link ModelError} or the signal's reason. */
  readonly stream: (input: readonly ResponseItem[], receiver: StreamReceiver, signal: AbortSignal) => Promise<void>;
  readonly wire: ModelWire;
  readonly tools: Tools;
  readonly history: History;
  readonly items: ItemEvents;
  readonly control: TurnControl;
  /** How often a broken stream is asked for again. */
  readonly streamMaxRetries: number;
  /** What clients see of the model's messages. */
  readonly messages: MessageView;
  /** Called before each request to the model, when every call has its answer: the history may be changed now. */
  readonly prepare: () => Promise<void>;
  /** Adds input to the history and shows it. */
  readonly recordInput: (input: TurnInput) => void;
  /** Called after each response, also after one that was cut off by an interrupt or new input. */
  readonly onResponse: (response: { readonly headers: Headers; readonly reader: ResponseReader }) => void;
  /** Called for a failure that another attempt follows. */
  readonly onRetry: (error: TurnError) => void;
}

/** How a turn ended. */
export type TurnOutcome =
  | { readonly status: "completed" }
  | { readonly status: "interrupted" }
  | { readonly status: "failed"; readonly error: TurnError; readonly cause: unknown };

/**
 * Runs one turn to its end: asks the model, runs the tools it asks for, and asks again until it has
 * nothing more to ask for and no input waits. Never rejects.
 */
export async function runTurnLoop(turn: TurnLoop): Promise<TurnOutcome> {
  const { control } = turn;
  try {
    for (;;) {
      await turn.prepare();
      for (const input of control.takeInput()) turn.recordInput(input);
      const reader = await sampleWithRetries(turn);
      await answerCalls(turn, reader);
      if (control.signal.aborted) return { status: "interrupted" };
      if (reader.calls.length === 0 && !control.hasInput) return { status: "completed" };
    }
  } catch (error) {
    if (control.signal.aborted) return { status: "interrupted" };
    return { status: "failed", error: turnError(error), cause: error };
  }
}

/**
 * Runs the tools that a response asks for: side by side where the tools allow it, else in order. Every
 * call is answered, in order, whatever happens: a model is not to be asked again with a call that has no answer.
 */
async function answerCalls(turn: TurnLoop, { calls }: ResponseReader): Promise<void> {
  const failures: unknown[] = [];
  const outputs: Array<Promise<ToolOutput>> = [];
  /** Settles when the last call that runs alone is done. */
  let alone: Promise<unknown> = Promise.resolve();
  for (const call of calls) {
    const isParallel = turn.tools.isParallel(call);
    const before = isParallel ? Promise.all([alone, outputs.at(-maxParallelCalls)]) : Promise.all(outputs);
    const output = before.then(() => answerCall(turn, call, failures));
    outputs.push(output);
    if (!isParallel) alone = output;
  }
  const answers = await Promise.all(outputs);
  for (const [index, call] of calls.entries()) turn.history.answer(call, answers[index] ?? aborted);
  if (failures.length > 0) throw failures[0];
}

const aborted = "aborted by user";

/** About how many calls of one response run at the same time; each waits for the one so many places before it. */
const maxParallelCalls = 16;

/** Never rejects. */
async function answerCall(
  { tools, items, control: { signal } }: TurnLoop,
  call: ToolCall,
  failures: unknown[],
): Promise<ToolOutput> {
  try {
    return signal.aborted ? aborted : await tools.call(call, { items, signal });
  } catch (error) {
    if (signal.aborted) return aborted;
    failures.push(error);
    return `internal error: ${messageOf(error)}`;
  }
}

/**
 * One response, with as many attempts as the provider allows. A network that is down is not counted:
 * the turn waits for it until it is interrupted.
 */
async function sampleWithRetries(turn: TurnLoop): Promise<ResponseReader> {
  const { control, wire, streamMaxRetries, onRetry } = turn;
  for (let attempt = 1, outage = 0; ;) {
    const signal = control.beginSampling();
    const sampled = await sample(turn, signal);
    if (sampled instanceof ResponseReader) return sampled;
    if (!sampled.isRetryable) throw sampled;
    if (sampled.code === "network_unreachable") {
      onRetry(retryError(sampled, "Reconnecting... waiting for network"));
      await pause(outagePauseMs(outage++), control.signal);
      continue;
    }
    if (attempt > streamMaxRetries) {
      if (!wire.fallBack(sampled)) throw sampled;
      attempt = 1;
      continue;
    }
    // A socket that had died unnoticed is nothing to speak of: as in the reference, clients hear of the second failure.
    if (attempt > 1 || !wire.usesWebSocket) {
      onRetry(retryError(sampled, `Reconnecting... ${attempt}/${streamMaxRetries}`));
    }
    await pause(sampled.retryAfterMs ?? backoffMs(attempt), control.signal);
    attempt += 1;
    outage = 0;
  }
}

/** 5 s, then twice as long each time, up to a minute. */
function outagePauseMs(outage: number): number {
  return Math.min(5_000 * 2 ** outage, 60_000);
}

/** One attempt: the response, also one that was cut off, or why there is none. */
async function sample(turn: TurnLoop, signal: AbortSignal): Promise<ResponseReader | ModelError> {
  const reader = new ResponseReader(turn.items, turn.history, turn.messages);
  let headers: Headers = {};
  try {
    const receiver: StreamReceiver = {
      onHeaders: (received) => (headers = received),
      onEvent: (event) => {
        // What was already on its way when the response was cut off is not shown any more.
        if (!signal.aborted) reader.read(event);
      },
    };
    await turn.stream(turn.history.items, receiver, signal);
  } catch (error) {
    if (signal.aborted) {
      turn.onResponse({ headers, reader });
      if (turn.control.signal.aborted) throw error;
      return reader;
    }
    if (error instanceof ModelError) return error;
    throw error;
  }
  turn.onResponse({ headers, reader });
  return reader;
}
