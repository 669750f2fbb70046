import type { JsonObject } from "@switchboard/client";

import { modelOutput } from "../commands/model-output.js";
import { ToolArguments } from "./arguments.js";
import { clamp, maxOutputTokens, maxYieldMs, minYieldMs } from "./limits.js";
import type { ToolParts } from "./tool-parts.js";
import { ToolRefusal, type Tool } from "./tool.js";

/** A poll takes at least this long, so that a model does not ask again and again. In milliseconds. */
const minPollMs = 5_000;

/** Interrupts a command also where there is no terminal to do it. */
const controlC = "\u0003";

/** Writes to a command that still runs, or just looks what it printed. */
export function writeStdin({ commands, host }: ToolParts): Tool {
  return {
    name: "write_stdin",
    isParallel: true,
    call: async (call, { signal }) => {
      const args = ToolArguments.of(call);
      const id = args.number("session_id");
      const chars = args.optionalString("chars") ?? "";
      const wanted = args.optionalNumber("yield_time_ms");
      const session = commands.get(id);
      if (session === undefined) throw new ToolRefusal(`write_stdin failed: Unknown process id ${id}`);
      if (chars !== "") {
        if (session.tty) await session.write(chars);
        else if (chars === controlC) session.interrupt();
        else if (session.isRunning) {
          throw new ToolRefusal(
            "write_stdin failed: stdin is closed for this session; rerun exec_command with tty=true to keep stdin open",
          );
        }
      }
      const waitMs =
        chars === ""
          ? clamp(wanted ?? minPollMs, minPollMs, host.maxPollMs)
          : clamp(wanted ?? minYieldMs, minYieldMs, maxYieldMs);
      session.announceInput(chars);
      const result = await session.collect(waitMs, signal);
      if (result.exitCode !== undefined) commands.forget(id);
      return modelOutput(
        result,
        clamp(args.optionalNumber("max_output_tokens") ?? maxOutputTokens, 1, maxOutputTokens),
      );
    },
  };
}

export const writeStdinDefinition: JsonObject = {
  type: "function",
  name: "write_stdin",
  description: "Writes to a command that exec_command left running, and returns what it printed since.",
  strict: false,
  parameters: {
    type: "object",
    properties: {
      session_id: { type: "number", description: "The session ID that exec_command gave." },
      chars: { type: "string", description: "What to write. Nothing: only look." },
      yield_time_ms: {
        type: "number",
        description: "How long to wait for output, in milliseconds. Default 250 after writing, 5000 when only looking.",
      },
      max_output_tokens: { type: "number", description: "How much of the output to return. Default 10000 tokens." },
    },
    required: ["session_id"],
    additionalProperties: false,
  },
};
