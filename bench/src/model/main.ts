import {
  customToolCall,
  deltas,
  functionCall,
  json,
  rawBody,
  respond,
  startSimulator,
  text,
  type CompiledReply,
  type Part,
} from "@switchboard/simulator";
import { at, stringAt } from "../narrow.js";
import type { ModelMessage, ModelReply } from "./messages.js";

/** Different answers in turn, so that ids do not repeat within a thread. */
const SHORT_ANSWERS = 256;
/** Long answers are only given once per thread. */
const LONG_ANSWERS = 2;
/** What `GET …/large` gives. */
const LARGE_BYTES = 64 * 1024 * 1024;
/** About what a model sends as one token. */
const PIECE = "delta ";

/** The instant model: everything is encoded before the first request comes. */
async function serveModel(): Promise<void> {
  const small = json({ ok: true });
  const large = rawBody([Buffer.alloc(LARGE_BYTES, "x")]);
  const short = compile(SHORT_ANSWERS, { kind: "text" });
  let replies = short;
  let position = 0;
  let times: number[] = [];
  let rounds: number[] = [];
  /** When the last answer ended, if it was a call. */
  let calledAt: number | undefined;

  const simulator = await startSimulator({
    keepRequests: 0,
    routes: { "GET /v1/small": () => small, "GET /v1/large": () => large },
    script: (request) => {
      const isCall = replies !== short && replies.length > 1 && position % replies.length < replies.length - 1;
      if (calledAt !== undefined) rounds.push(request.arrivedAt - calledAt);
      calledAt = undefined;
      void request.done.then(() => {
        times.push((request.finishedAt ?? Number.NaN) - request.arrivedAt);
        if (isCall) calledAt = request.finishedAt;
      });
      const reply = replies[position % replies.length];
      position += 1;
      if (reply === undefined) throw new Error("The model has no answers");
      return reply;
    },
  });
  const say = (message: ModelMessage): void => {
    process.send?.(message);
  };
  process.on("message", (message) => {
    const command = at(message, "command");
    if (command === "reply") {
      replies = repliesFor(at(message, "reply"), short);
      position = 0;
      say({ message: "replying" });
    } else if (command === "times") {
      say({ message: "times", times, rounds });
      times = [];
      rounds = [];
    }
  });
  process.on("disconnect", () => process.exit());
  say({ message: "ready", url: simulator.url });
}

/** The answers that were asked for; a list of calls is one turn. */
function repliesFor(reply: unknown, short: CompiledReply[]): CompiledReply[] {
  const count = at(reply, "count");
  if (typeof count === "number") return compile(LONG_ANSWERS, { kind: "deltas", count });
  const calls = at(reply, "calls");
  if (!Array.isArray(calls)) return short;
  return [...calls.map((call) => respond(callOf(call))), respond(text("Done."))];
}

function callOf(call: unknown): Part {
  const name = stringAt(call, "name");
  const input = at(call, "input");
  return typeof input === "string"
    ? customToolCall({ name, input })
    : functionCall({ name, arguments: at(call, "arguments") });
}

function compile(count: number, reply: Exclude<ModelReply, { kind: "calls" }>): CompiledReply[] {
  return Array.from({ length: count }, () =>
    respond(reply.kind === "deltas" ? deltas(reply.count, PIECE) : text("Done.")),
  );
}

await serveModel();
