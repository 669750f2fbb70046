import { functionCall, type RealtimeOptions, type ScriptFunction } from "@switchboard/simulator";

import type { Json } from "../support/wire-client.js";

/** What happens in one comparison: a model's script, and what a client does with it. */
export interface Scenario {
  /** The model. Known ones get the free-form patch tool. */
  readonly model?: string;
  /** Lines of the configuration, before the provider. */
  readonly config?: string;
  /** Files of the project, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly start?: Json;
  /** Each text is one turn, with the members of `turn` besides. Default: one. */
  readonly turns?: readonly string[];
  readonly turn?: Json;
  /**
   * Instead of turns: requests, each by method and params; `threadId` is filled in. Each is one turn, or is over
   * with another notification.
   */
  readonly requests?: ReadonlyArray<readonly [method: string, params: Json, until?: string]>;
  /** How the realtime model is played. */
  readonly realtime?: RealtimeOptions;
  readonly script: () => ScriptFunction;
  /** The answer to a request of the server: a result, or an error. */
  readonly answer?: (method: string, params: Json) => Json;
  /** Frames that only one of the two servers sends, by the heading in `docs/differences.md` that explains it. */
  readonly leaveOut?: Readonly<Record<string, (frame: Json) => boolean>>;
}

/** The id of the session that the model was told of last. */
export function lastSession(request: Json): number {
  const input: Json[] = request.at("input");
  const outputs = input.map(({ output }) => (typeof output === "string" ? output : ""));
  const found = outputs.map((output) => /session ID (\d+)/.exec(output)?.[1]).findLast((id) => id !== undefined);
  return Number(found);
}

/** A call of `exec_command`. */
export function command(cmd: string, callId: string, more: Json = {}) {
  return functionCall({ name: "exec_command", callId, arguments: { cmd, ...more } });
}

/** A patch with these lines between its first and its last. */
export function patchText(lines: string): string {
  return `*** Begin Patch\n${lines}\n*** End Patch`;
}
