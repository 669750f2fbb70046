import assert from "node:assert/strict";

import { assertCallsAnswered } from "../support/history.mjs";
import { assertRunning, longCommand } from "../support/running.mjs";
import { isReference } from "../support/server.mjs";
import { onStage } from "../support/stage.mjs";
import { notifications, turnStarts } from "../support/wire.mjs";

export const name = "Codex TUI 0.169.0, commands";

export { missing } from "./tui.mjs";

/** Codex's own server lets the command run on. */
const LEFT = isReference ? "the command runs on (as the reference has it)" : "no child is left";

/** @param {import("../support/report.mjs").Context} context */
export function run(context) {
  const { model, check } = context;
  return onStage(context, async ({ tui, linkOf }) => {
    await check("!ls shows the files", async () => {
      const terminal = await tui();
      await terminal.submit("!ls");
      await terminal.waitFor(/You ran ls\n\s*└ a\.txt/);
    });
    await check(`Esc during a command: interrupted, ${LEFT}, the next prompt is answered`, async () => {
      const terminal = await tui();
      const command = longCommand();
      model.play("ping-sleep", [exec(`echo begun; ${command}`, 30_000), "Never said."]);
      await terminal.submit("say ping-sleep");
      await terminal.waitFor(/esc to interrupt.* 1 background terminal running/);
      await assertRunning(command, true);
      await terminal.press("Escape");
      await terminal.waitFor(/interrupted/i);
      await assertRunning(command, isReference);
      const link = await linkOf("ping-sleep");
      const [start] = turnStarts(link);
      const ends = notifications(link, "turn/completed").filter(({ threadId }) => threadId === start?.threadId);
      assert.deepEqual(
        ends.map(({ turn }) => turn.status),
        ["interrupted"],
      );
      // The interrupted prompt may be given back for editing.
      await terminal.press("C-u");
      await terminal.submit("say ping-after-esc");
      await terminal.waitFor("I say pong-after-esc to you");
      assertCallsAnswered(model.requestsOf("ping-after-esc")[0]);
      if (isReference) await terminal.submit("/stop");
      await assertRunning(command, false);
    });
    await check("a command outlives its turn: /ps lists it, /stop ends it", async () => {
      const terminal = await tui();
      const command = longCommand();
      model.play("ping-background", [exec(command, 250), "It runs behind."]);
      await terminal.submit("say ping-background");
      await terminal.waitFor("It runs behind.");
      await terminal.waitFor("1 background terminal running");
      await assertRunning(command, true);
      await terminal.submit("/ps");
      await terminal.waitFor(new RegExp(`Background terminals\\s+• ${command.replace(".", "\\.")}`));
      await terminal.submit("/stop");
      await assertRunning(command, false);
      await terminal.submit("/ps");
      await terminal.waitFor("No background terminals running.");
    });
  });
}

/**
 * @param {string} cmd
 * @param {number} yieldMs how long the model waits for its end
 */
function exec(cmd, yieldMs) {
  return { call: "exec_command", with: { cmd, yield_time_ms: yieldMs } };
}
