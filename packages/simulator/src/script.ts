import type { RecordedRequest } from "./recorded-request.js";
import { httpError } from "./replies/http-error.js";
import type { Part, Reply } from "./reply.js";

/** Answers each request; may take its time, which delays the headers. */
export type ScriptFunction = (request: RecordedRequest) => Reply | Promise<Reply>;

/**
 * How the model answers: a function of the request, or replies that are used up in order. A request
 * beyond the last reply gets 400 (which clients do not retry) with a message that says so.
 */
export type Script = ScriptFunction | readonly Reply[];

/** A script that always answers the same; ids are new each time. */
export function always(...parts: readonly Part[]): ScriptFunction {
  return () => parts;
}

/** Turns either kind of script into a function. */
export function scriptFunction(script: Script): ScriptFunction {
  if (typeof script === "function") return script;
  let used = 0;
  return () => {
    const reply = script[used];
    used += 1;
    return reply ?? exhausted(used, script.length);
  };
}

function exhausted(request: number, length: number): Reply {
  return httpError(400, {
    body: {
      error: {
        message: `The simulator's script is exhausted: request ${request}, but only ${length} replies`,
        type: "invalid_request_error",
        param: null,
        code: "script_exhausted",
      },
    },
  });
}
