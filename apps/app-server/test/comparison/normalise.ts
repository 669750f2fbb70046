import type { Json } from "../support/wire-client.js";
import type { Scenario } from "./scenario.js";

/** What a client saw, sorted by what it is about. The order inside each list is compared, that between them is not. */
export interface Seen {
  readonly items: Json[];
  readonly status: Json[];
  readonly usage: Json[];
}

/** Says nothing of a turn, or stands where the two servers do not agree on when. */
const ignored = new Set([
  "account/rateLimits/updated",
  "mcpServer/startupStatus/updated",
  "remoteControl/status/changed",
  "thread/settings/updated",
  "thread/started",
  "thread/readState/changed",
  "warning",
  "item/commandExecution/outputDelta",
]);

/** Makes what two servers sent comparable: ids by their order, no times, no folders. */
export function normalise(frames: readonly Json[], folder: string, { leaveOut = {} }: Scenario): Seen {
  const left = Object.values(leaveOut);
  const ids = new Map<string, string>();
  const seen: Seen = { items: [], status: [], usage: [] };
  let diff: string | undefined;
  for (const frame of frames) {
    const { method, params } = frame;
    if (method === undefined || ignored.has(method) || left.some((isLeft) => isLeft(frame))) continue;
    if (method === "turn/diff/updated") {
      // The reference says it again with every response.
      if (params.diff === diff) continue;
      diff = params.diff;
    }
    const told = tidy({ method, params }, folder, ids);
    if (method === "thread/status/changed" || method === "serverRequest/resolved") seen.status.push(told);
    else if (method === "thread/tokenUsage/updated") seen.usage.push(told);
    else seen.items.push(told);
  }
  return seen;
}

const idPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?:msg|rs)_[0-9a-f]{16,}/g;
const times = new Set(["startedAtMs", "completedAtMs", "startedAt", "completedAt", "durationMs"]);

function tidy(value: Json, folder: string, ids: Map<string, string>): Json {
  if (typeof value === "string") {
    return value.replaceAll(folder, "<folder>").replaceAll(idPattern, (id) => {
      const known = ids.get(id) ?? `<id ${ids.size + 1}>`;
      ids.set(id, known);
      return known;
    });
  }
  if (Array.isArray(value)) return value.map((each) => tidy(each, folder, ids));
  if (typeof value !== "object" || value === null) return value;
  // After a compaction the size of the next request is a guess, which depends on how long the instructions are.
  const isGuess = "totalTokens" in value && value.inputTokens === 0 && value.outputTokens === 0;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => {
      if (times.has(name) && typeof each === "number") return [name, "<time>"];
      if (name === "totalTokens" && isGuess) return [name, "<guess>"];
      if (name === "processId" && typeof each === "string") return [name, "<process>"];
      return [name, tidy(each, folder, ids)];
    }),
  );
}
