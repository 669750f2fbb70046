import { basename, resolve } from "node:path";

import type { JsonObject } from "@switchboard/client";
import { isSandboxDenial } from "@switchboard/exec/commands";
import { SwitchboardError } from "@switchboard/protocol";

import { modelOutput, type CommandResult } from "../commands/model-output.js";
import { shellArgv } from "../commands/shell-argv.js";
import { commandEnvironment } from "../commands/command-environment.js";
import type { CommandSession } from "../commands/command-session.js";
import { parsePatchCommand } from "../patch/patch-command.js";
import { commandActions } from "../shell/command-actions.js";
import { commandLine } from "../shell/command-line.js";
import { rejection } from "../shell/rejections.js";
import type { ToolContext } from "../turn/tools.js";
import { runPatch } from "./apply-patch.js";
import { approveCommand, approveRetry, type ApprovedRun, type WantedCommand } from "./approve-command.js";
import { ToolArguments } from "./arguments.js";
import { clamp, maxOutputTokens, defaultYieldMs, maxYieldMs, minYieldMs } from "./limits.js";
import type { ToolParts } from "./tool-parts.js";
import { ToolRefusal, type Tool } from "./tool.js";

/** Runs a command line in a shell. What has not ended in time goes on, and `write_stdin` finds it again. */
export function execCommand(parts: ToolParts): Tool {
  return {
    name: "exec_command",
    isParallel: true,
    call: async (call, context) => {
      const args = ToolArguments.of(call);
      const { host, settings, clock } = parts;
      const script = args.string("cmd");
      const workdir = args.optionalString("workdir");
      const tty = args.optionalBoolean("tty") ?? false;
      const login = args.optionalBoolean("login") ?? host.allowLoginShell;
      const shell = args.optionalString("shell");
      const waitMs = clamp(args.optionalNumber("yield_time_ms") ?? defaultYieldMs, minYieldMs, maxYieldMs);
      const maxTokens = clamp(args.optionalNumber("max_output_tokens") ?? maxOutputTokens, 1, maxOutputTokens);
      const isEscalated =
        args.optionalOneOf("sandbox_permissions", ["use_default", "require_escalated"]) === "require_escalated";
      if (login && !host.allowLoginShell) {
        throw new ToolRefusal("login shell is disabled by config; omit `login` or set it to false.");
      }

      const cwd = resolve(settings().cwd, workdir ?? ".");
      const patch = parsePatchCommand(script);
      if (patch?.ok === false) throw new ToolRefusal(patch.message);
      if (patch !== undefined) {
        const folder = resolve(cwd, patch.workdir ?? ".");
        const output = await runPatch({ text: patch.patch, itemId: call.call_id, workdir: folder }, parts, context);
        return `Wall time: 0.0000 seconds\nOutput:\n${output}`;
      }

      const argv = shellArgv(shell ?? host.shell, script, login);
      const wanted: WantedCommand = {
        item: { itemId: call.call_id, command: commandLine(argv), cwd, actions: commandActions(script, cwd) },
        argv,
        script: isShell(argv[0]) ? script : undefined,
        tty,
        isEscalated,
        justification: args.optionalString("justification"),
        prefixRule: args.optionalStrings("prefix_rule"),
      };
      const begunAtMs = clock();
      try {
        const run = await approveCommand(wanted, parts, context);
        return modelOutput(await runCommand({ wanted, run, script, waitMs }, parts, context), maxTokens);
      } catch (error) {
        if (context.signal.aborted) return `Wall time: ${seconds(clock() - begunAtMs)} seconds\naborted by user`;
        throw error;
      }
    },
  };
}

/** A command that may run. */
export interface CommandRun {
  readonly wanted: WantedCommand;
  readonly run: ApprovedRun;
  readonly script: string;
  readonly waitMs: number;
}

/** Runs a command until it ends or its time is over; once more without the sandbox if that stopped it and the user agrees. */
export async function runCommand(command: CommandRun, parts: ToolParts, context: ToolContext): Promise<CommandResult> {
  const { wanted, waitMs } = command;
  const { commands } = parts;
  for (let { run } = command; ;) {
    const session = await start(command, run, parts, context);
    let isAllowedAgain = false;
    try {
      const result = await session.collect(waitMs, context.signal);
      if (result.exitCode === undefined) return result;
      commands.forget(session.id);
      if (!isSandboxDenial(run.sandbox, result.exitCode, session.output)) return result;
      isAllowedAgain = await approveRetry(wanted, session.startedAtMs, run.retryAmendment, parts, context);
      if (!isAllowedAgain) return { ...result, remark: denialRemark };
    } finally {
      if (!isAllowedAgain) session.release();
    }
    run = { sandbox: { kind: "none" }, startedAtMs: session.startedAtMs, retryAmendment: undefined };
  }
}

const denialRemark =
  "Sandbox: this was probably denied by the sandbox; what it does not allow needs the user's approval.";

async function start(
  { wanted, script }: CommandRun,
  { sandbox, startedAtMs }: ApprovedRun,
  { commands, host, threadId, turnId, clock }: ToolParts,
  { items, signal }: ToolContext,
): Promise<CommandSession> {
  const { item, argv, tty } = wanted;
  try {
    return await commands.start({
      turnId,
      item,
      script,
      argv,
      env: commandEnvironment({ base: host.environment, sandbox, threadId, callId: item.itemId }),
      tty,
      sandbox,
      items,
      startedAtMs,
      source: "unifiedExecStartup",
      signal,
      clock,
    });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SwitchboardError)
      throw new ToolRefusal(rejection(`${error.message}: ${argv[0]} in ${item.cwd}`));
    throw error;
  }
}

const shells = new Set(["bash", "sh", "zsh", "dash", "ksh"]);

/** Whether a program reads a command line as POSIX shells do; what another makes of it is not known. */
function isShell(program: string): boolean {
  return shells.has(basename(program));
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

export const execCommandDefinition: JsonObject = {
  type: "function",
  name: "exec_command",
  description:
    "Runs a command line in a shell and returns what it printed; a command that is still running then gets a session ID for write_stdin.",
  strict: false,
  parameters: {
    type: "object",
    properties: {
      cmd: { type: "string", description: "The command line." },
      workdir: { type: "string", description: "Where to run it. Default: the current folder of the turn." },
      shell: { type: "string", description: "Another shell than the user's." },
      login: { type: "boolean", description: "Whether the shell reads the user's profile. Default true." },
      tty: { type: "boolean", description: "Whether it runs in a terminal, and can be written to. Default false." },
      yield_time_ms: {
        type: "number",
        description: "How long to wait for its end, in milliseconds, 250 to 30000. Default 10000.",
      },
      max_output_tokens: { type: "number", description: "How much of the output to return. Default 10000 tokens." },
      sandbox_permissions: {
        type: "string",
        description: 'Where it runs: in the sandbox, or with "require_escalated" outside of it, if the user agrees.',
        enum: ["use_default", "require_escalated"],
      },
      justification: { type: "string", description: 'With "require_escalated": the question to the user.' },
      prefix_rule: {
        type: "array",
        description:
          'With "require_escalated": the beginning of the command that the user may allow for good, such as ["git", "pull"].',
        items: { type: "string" },
      },
    },
    required: ["cmd"],
    additionalProperties: false,
  },
};
