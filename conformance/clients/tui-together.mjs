import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { join } from "node:path";

import { onStage } from "../support/stage.mjs";
import { answers, turnStarts } from "../support/wire.mjs";

export const name = "Codex TUI 0.169.0, two on a thread";

export { missing } from "./tui.mjs";

/** @param {import("../support/report.mjs").Context} context */
export function run(context) {
  const { model, check } = context;
  return onStage(context, async ({ sandbox, tui, linkOf }) => {
    const host = await tui({ after: ["--sandbox", "read-only", "--ask-for-approval", "on-request"] });
    await host.submit("say ping-opening");
    await host.waitFor("I say pong-opening to you");
    const [start] = turnStarts(await linkOf("ping-opening"));
    const guest = await tui({ before: ["resume", start?.threadId ?? ""] });
    await guest.waitFor("I say pong-opening to you");
    await guest.submit("say ping-joining");
    for (const each of [host, guest]) await each.waitFor("I say pong-joining to you");

    for (const [word, asker, answerer] of /** @type {const} */ ([
      ["guest-for-host", host, guest],
      ["host-for-guest", guest, host],
      ["host-for-host", host, host],
    ])) {
      const [who, whose] = word.split("-for-");
      await check(`the ${who} answers what both are asked in the ${whose}'s turn`, async () => {
        const file = join(sandbox.home, word);
        const why = `May I write ${word}?`;
        const sent = async () => {
          const links = [await linkOf("ping-opening"), await linkOf("ping-joining")];
          return links.flatMap((link) => answers(link, "item/commandExecution/requestApproval"));
        };
        const before = await sent();
        model.play(`ping-${word}`, [
          {
            call: "exec_command",
            with: { cmd: `touch ${file}`, sandbox_permissions: "require_escalated", justification: why },
          },
          `Done: ${word}.`,
        ]);
        await asker.submit(`say ping-${word}`);
        for (const each of [host, guest]) await each.waitFor(why);
        await answerer.press("y");
        for (const each of [host, guest]) {
          const screen = await each.waitFor(`Done: ${word}.`);
          assert.ok(!screen.includes("Would you like to run"), `the question is still there:\n${screen}`);
        }
        await access(file);
        assert.equal((await sent()).length, before.length + 1, "one answer");
      });
    }
  });
}
