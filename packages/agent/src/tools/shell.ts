import { resolve } from "node:path";

import type { JsonObject } from "@switchboard/client";

import { truncate } from "../commands/model-output.js";
import { parsePatchCommand } from "../patch/patch-command.js";
import { commandActions } from "../shell/command-actions.js";
import { commandLine } from "../shell/command-line.js";
import { runPatch } from "./apply-patch.js";
import { approveCommand, type WantedCommand } from "./approve-command.js";
import { ToolArguments } from "./arguments.js";
import { runCommand } from "./exec-command.js";
import { maxOutputTokens, defaultYieldMs } from "./limits.js";
import type { ToolParts } from "./tool-parts.js";
import { ToolRefusal, type Tool } from "./tool.js";

/** What a command that takes too long comes to; the number is that of the `timeout` program. */
const timedOut = 124;

/** Runs a program with its arguments to its end, for models that know this tool instead of `exec_command`. */
export function shell(parts: ToolParts): Tool {
  return {
    name: "shell",
    isParallel: true,
    call: async (call, context) => {
      const args = ToolArguments.of(call);
      const [program, ...rest] = args.strings("command");
      if (program === undefined) throw new ToolRefusal("shell failed: the command is empty");
      const argv = [program, ...rest] as const;
      const cwd = resolve(parts.settings().cwd, args.optionalString("workdir") ?? ".");
      const waitMs = args.optionalNumber("timeout_ms") ?? defaultYieldMs;
      const isEscalated =
        args.optionalOneOf("sandbox_permissions", ["use_default", "require_escalated"]) === "require_escalated";

      const patch = parsePatchCommand(argv);
      if (patch?.ok === false) throw new ToolRefusal(patch.message);
      if (patch !== undefined) {
        const folder = resolve(cwd, patch.workdir ?? ".");
        return runPatch({ text: patch.patch, itemId: call.call_id, workdir: folder }, parts, context);
      }

      const script = scriptOf(argv);
      const command = commandLine(argv);
      const wanted: WantedCommand = {
        item: { itemId: call.call_id, command, cwd, actions: commandActions(script ?? command, cwd) },
        argv: [program, ...rest],
        script,
        tty: false,
        isEscalated,
        justification: args.optionalString("justification"),
        prefixRule: undefined,
      };
      const run = await approveCommand(wanted, parts, context);
      const result = await runCommand({ wanted, run, script: script ?? command, waitMs }, parts, context);
      if (result.exitCode === undefined) await parts.commands.terminate(result.sessionId);
      const output = truncate(result.output, result.outputBytes, maxOutputTokens);
      return [
        `Exit code: ${result.exitCode ?? timedOut}`,
        `Wall time: ${(result.wallMs / 1_000).toFixed(1)} seconds`,
        ...(result.remark === undefined ? [] : [result.remark]),
        "Output:",
        result.exitCode === undefined ? `command timed out after ${waitMs} milliseconds\n${output}` : output,
      ].join("\n");
    },
  };
}

/** The command line in a call of a shell. */
function scriptOf([program, option, script, ...more]: readonly string[]): string | undefined {
  const isShell = program !== undefined && /(^|\/)(ba|z|da|k)?sh$/.test(program);
  return isShell && (option === "-lc" || option === "-c") && more.length === 0 ? script : undefined;
}

export const shellDefinition: JsonObject = {
  type: "function",
  name: "shell",
  description: 'Runs a program and returns what it printed. For a command line use ["bash", "-lc", "…"].',
  strict: false,
  parameters: {
    type: "object",
    properties: {
      command: { type: "array", description: "The program and its arguments.", items: { type: "string" } },
      workdir: { type: "string", description: "Where to run it. Default: the current folder of the turn." },
      timeout_ms: { type: "number", description: "After how many milliseconds it is ended. Default 10000." },
      sandbox_permissions: {
        type: "string",
        description: 'Where it runs: in the sandbox, or with "require_escalated" outside of it, if the user agrees.',
        enum: ["use_default", "require_escalated"],
      },
      justification: { type: "string", description: 'With "require_escalated": the question to the user.' },
    },
    required: ["command"],
    additionalProperties: false,
  },
};
