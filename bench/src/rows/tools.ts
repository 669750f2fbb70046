import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { CpuMeter } from "../load/cpu-meter.js";
import type { ModelCall } from "../model/messages.js";
import type { Row, RunContext } from "../row.js";
import { median } from "../statistics.js";

const TURNS = 5;
const CALLS = 20;
const OUTPUT_BYTES = 10 * 1024 * 1024;
const FILE_LINES = 5_000;
/** A line in the middle of the file, which the patches change to and fro. */
const CHANGED_LINE = 2_500;

/** What a run of turns with tools came to. */
interface Rounds {
  /** Milliseconds from a call to the request with its output, median. */
  readonly roundMs: number;
  readonly turnMs: number;
  readonly cpuMs: number | undefined;
}

/** Runs turns in which the model asks for tools; the first is to warm up. Each is in a thread of its own. */
async function run(
  context: RunContext,
  calls: readonly ModelCall[],
  thread: object,
  turns = TURNS,
  files: Readonly<Record<string, string>> = {},
): Promise<Rounds> {
  const { model } = context;
  await model.reply({ kind: "calls", calls });
  const server = await context.launch();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(server.workspace, name), content);
  const client = await server.connect();
  const turn = async () => client.turn(await client.startThread(thread));
  await turn();
  await model.takeTimes();
  const cpu = await CpuMeter.start(server);
  const times: number[] = [];
  while (times.length < turns) {
    const { startedAt, completedAt } = await turn();
    times.push(completedAt - startedAt);
  }
  const cpuMs = cpu.per(turns * calls.length);
  return { roundMs: median(await model.takeRounds()), turnMs: median(times), cpuMs };
}

const command = (cmd: string): ModelCall => ({ name: "exec_command", arguments: { cmd, login: false } });

const sandboxed = { sandbox: "workspace-write", approvalPolicy: "never" };
const unsandboxed = { sandbox: "danger-full-access", approvalPolicy: "never" };

/** The shortest command, in the sandbox. */
export const toolCommand: Row = {
  id: "tool-command",
  figures: [
    { id: "round", title: "`exec_command` of `true`, sandboxed: call → request with its output, p50", unit: "ms" },
    { id: "cpu", title: "the same, CPU with the child's", unit: "ms" },
  ],
  async run(context) {
    const { roundMs, cpuMs } = await run(
      context,
      Array.from({ length: CALLS }, () => command("true")),
      sandboxed,
    );
    return { round: roundMs, cpu: cpuMs };
  },
};

/** The shortest command, without a sandbox. */
export const toolCommandUnsandboxed: Row = {
  id: "tool-command-unsandboxed",
  figures: [{ id: "round", title: "the same without a sandbox", unit: "ms" }],
  async run(context) {
    const { roundMs } = await run(
      context,
      Array.from({ length: CALLS }, () => command("true")),
      unsandboxed,
    );
    return { round: roundMs };
  },
};

/** A command that prints much. */
export const toolOutput: Row = {
  id: "tool-output",
  figures: [{ id: "round", title: "a command that prints 10 MiB: call → request with its output", unit: "ms" }],
  async run(context) {
    const print = command(`head -c ${OUTPUT_BYTES} /dev/zero | tr '\\0' x`);
    const { roundMs } = await run(context, [print, print], sandboxed, 3);
    return { round: roundMs };
  },
};

/** Patches of one line in a long file. */
export const toolPatch: Row = {
  id: "tool-patch",
  figures: [
    { id: "round", title: "`apply_patch` on a file of 5,000 lines: call → request with its output", unit: "ms" },
  ],
  async run(context) {
    const lines = Array.from({ length: FILE_LINES }, (_, index) => `line ${index} of the file, as long as lines are`);
    const there = lines[CHANGED_LINE] ?? "";
    const patch = (from: string, to: string): ModelCall => ({
      name: "apply_patch",
      input: `*** Begin Patch\n*** Update File: long.txt\n@@\n-${from}\n+${to}\n*** End Patch`,
    });
    const calls = Array.from({ length: CALLS }, (_, index) =>
      index % 2 === 0 ? patch(there, "changed") : patch("changed", there),
    );
    const thread = { ...sandboxed, model: "gpt-5.5" };
    const { roundMs } = await run(context, calls, thread, TURNS, { "long.txt": `${lines.join("\n")}\n` });
    return { round: roundMs };
  },
};

/** A turn with many calls, one after the other. */
export const toolTurn: Row = {
  id: "tool-turn",
  figures: [{ id: "time", title: "a turn of 50 `exec_command` calls", unit: "ms" }],
  async run(context) {
    const { turnMs } = await run(
      context,
      Array.from({ length: 50 }, () => command("true")),
      sandboxed,
      3,
    );
    return { time: turnMs };
  },
};
