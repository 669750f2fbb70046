import { startSimulator, type Script, type Simulator } from "@switchboard/simulator";
import { onTestFinished } from "vitest";

import { streamResponse, type Headers, type ResponseEvent, type StreamRequest } from "../../src/index.js";
import { openClient } from "./client.js";

/** What {@link attempt} asks with, besides a plain request without retries. */
export interface RequestChanges extends Partial<StreamRequest> {
  /** Is told of every event as it comes. */
  readonly onEvent?: (event: ResponseEvent) => void;
}

/** How a request went: what the receiver got, and what was thrown (undefined for a complete response). */
export interface Attempt {
  readonly headers: readonly Headers[];
  readonly events: readonly ResponseEvent[];
  readonly error: unknown;
}

/** A simulator that is closed when the test is over. */
export async function startModel(script: Script): Promise<Simulator> {
  const simulator = await startSimulator({ script });
  onTestFinished(() => simulator.close());
  return simulator;
}

/** Asks for a response and waits for its end. */
export async function attempt(baseUrl: string, { onEvent, ...changes }: RequestChanges = {}): Promise<Attempt> {
  const headers: Headers[] = [];
  const events: ResponseEvent[] = [];
  const request: StreamRequest = {
    client: changes.client ?? openClient(),
    url: `${baseUrl}/responses`,
    headers: { "content-type": "application/json" },
    owner: { originator: "client_a", "user-agent": "client_a/1" },
    body: { model: "m", input: [] },
    requestMaxRetries: 0,
    idleTimeoutMs: 10_000,
    signal: new AbortController().signal,
    ...changes,
  };
  const error = await streamResponse(request, {
    onHeaders: (each) => headers.push(each),
    onEvent: (each) => {
      events.push(each);
      onEvent?.(each);
    },
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { headers, events, error };
}

/** The text of all deltas. */
export function textOfEvents(events: readonly ResponseEvent[]): string {
  return events.map((event) => (event.type === "response.output_text.delta" ? event.delta : "")).join("");
}
