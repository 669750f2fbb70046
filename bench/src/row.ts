import type { ModelReply } from "./model/messages.js";
import type { RunningServer } from "./server/running-server.js";
import type { ServerKind } from "./server/server-kind.js";

/** Units a figure can have; they decide how it is printed. */
export type Unit = "ms" | "s" | "µs" | "/s" | "MiB" | "MiB/s" | "KiB";

/** What we promise: at most, or at least, so much. */
export type Budget = { readonly atMost: number } | { readonly atLeast: number };

/** One line of the table. */
export interface Figure {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly budget?: Budget;
}

/** What a run measured, by figure id; undefined where the platform cannot say. */
type Measured = Readonly<Record<string, number | undefined>>;

/** The stand-in model, as a row sees it. */
export interface Model {
  /** Base URL for a server's configuration. `GET …/small` gives a small JSON object, `GET …/large` 64 MiB. */
  readonly url: string;
  /** Sets what it answers from now on. */
  reply(reply: ModelReply): Promise<void>;
  /** The model's own milliseconds per request since this was last asked. */
  takeTimes(): Promise<number[]>;
  /** Milliseconds from each call that it asked for to the request with its output, since times were last asked for. */
  takeRounds(): Promise<number[]>;
}

/** What a row works with during one run of one server. */
export interface RunContext {
  readonly model: Model;
  /** Starts the app-server, or another kind, with a fresh home, listening on a WebSocket. It is stopped after the run. */
  launch(kind?: ServerKind): Promise<RunningServer>;
  /** Milliseconds from spawn to the answer to initialize over stdio, in a fresh home and in the same home again. */
  coldStart(): Promise<{ readonly freshMs: number; readonly existingMs: number }>;
}

/** One benchmark. */
export interface Row {
  readonly id: string;
  readonly figures: readonly Figure[];
  /** Runs per server where the usual number is too few. */
  readonly runs?: number;
  /** Measures our own code in this process: only our server has such figures. */
  readonly isInProcess?: boolean;
  /** Longest a single run may take. Default two minutes. */
  readonly timeoutMs?: number;
  run(context: RunContext): Promise<Measured>;
}
