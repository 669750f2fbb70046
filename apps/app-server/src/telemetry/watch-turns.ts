import type { WatchTurn } from "@switchboard/agent";

import type { Notifier, NotifyProgram } from "./notifier.js";
import type { Telemetry } from "./telemetry.js";

/** How the turns of a thread are watched; undefined when nobody asked for it, which costs nothing. */
export function watchTurns(
  telemetry: Telemetry | undefined,
  notifier: Notifier,
  program: NotifyProgram | undefined,
): WatchTurn | undefined {
  if (telemetry === undefined && program === undefined) return undefined;
  return (turn) => {
    const record = telemetry?.ofTurn(turn);
    return {
      headers: record?.headers ?? {},
      end: (end) => {
        record?.end(end);
        if (program !== undefined) notifier.turnEnded(program, turn, end);
      },
    };
  };
}
