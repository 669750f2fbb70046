import { deltas, json, rawBody, respond, startSimulator, text, type CompiledReply } from "@switchboard/simulator";
import { at } from "../narrow.js";
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

  const simulator = await startSimulator({
    keepRequests: 0,
    routes: { "GET /v1/small": () => small, "GET /v1/large": () => large },
    script: (request) => {
      void request.done.then(() => times.push((request.finishedAt ?? Number.NaN) - request.arrivedAt));
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
      const count = at(message, "reply", "count");
      replies = typeof count === "number" ? compile(LONG_ANSWERS, { kind: "deltas", count }) : short;
      say({ message: "replying" });
    } else if (command === "times") {
      say({ message: "times", times });
      times = [];
    }
  });
  process.on("disconnect", () => process.exit());
  say({ message: "ready", url: simulator.url });
}

function compile(count: number, reply: ModelReply): CompiledReply[] {
  return Array.from({ length: count }, () =>
    respond(reply.kind === "text" ? text("Done.") : deltas(reply.count, PIECE)),
  );
}

await serveModel();
