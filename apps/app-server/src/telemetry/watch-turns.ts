import type { WatchTurn } from "@switchboard/agent";

import type { Notifier, NotifyProgram } from "./notifier.js";
import type { ServerRecords } from "./records-of-server.js";

/** Who is told of turns. */
export interface TurnWatchers extends ServerRecords {
  readonly notifier: Notifier;
}

/** How the turns of a thread are watched; undefined when nobody asked for it, which costs nothing. */
export function watchTurns(
  { telemetry, analytics, accounts, notifier }: TurnWatchers,
  program: NotifyProgram | undefined,
): WatchTurn | undefined {
  if (telemetry === undefined && accounts === undefined && program === undefined) return undefined;
  return (turn) => {
    const record = telemetry?.ofTurn(turn);
    accounts?.begin(turn);
    return {
      headers: record?.headers ?? {},
      end: (end) => {
        record?.end(end);
        const account = accounts?.end(turn, end);
        if (account !== undefined) {
          telemetry?.metrics?.turnEnded(account);
          analytics?.turnEnded(account);
        }
        if (program !== undefined) notifier.turnEnded(program, turn, end);
      },
    };
  };
}
