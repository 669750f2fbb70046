import assert from "node:assert/strict";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { onStage } from "../support/stage.mjs";
import { answers } from "../support/wire.mjs";

export const name = "Codex TUI 0.169.0, review and plan";

export { missing } from "./tui.mjs";

/** @param {import("../support/report.mjs").Context} context */
export function run(context) {
  const { model, check } = context;
  return onStage(context, async ({ sandbox, tui, linkOf }) => {
    const changed = join(sandbox.project, "a.txt");
    await appendFile(changed, "a changed line\n");
    await writeFile(join(sandbox.project, "untracked.txt"), "an untracked line\n");

    await check("/diff shows what changed", async () => {
      const terminal = await tui();
      await terminal.submit("/diff");
      await terminal.waitFor("+a changed line");
      await terminal.waitFor("+an untracked line");
      await terminal.press("q");
      await terminal.waitFor(/^› /m);
    });
    await check("/review of uncommitted changes shows the findings", async () => {
      const terminal = await tui();
      model.play("review", [review(changed)]);
      await terminal.submit("/review");
      await terminal.waitFor("Select a review preset");
      await terminal.pressUntil("Down", "› 2. Review uncommitted changes");
      await terminal.press("Enter");
      await terminal.waitFor("Code review started: current changes");
      await terminal.waitFor("Code review finished");
      await terminal.waitFor("One thing is wrong.");
      const screen = await terminal.waitFor("[P2] Name it well");
      assert.ok(screen.includes("The name tells nothing."), `no body of the finding in\n${screen}`);
      assert.equal(model.requestsFor("review").length, 1);
    });
    await check("/compact: the next request holds the summary in place of the history", async () => {
      const terminal = await tui();
      await terminal.submit("say ping-before-compact");
      await terminal.waitFor("I say pong-before-compact to you");
      model.play("compaction", ["a summary of all that was"]);
      await terminal.submit("/compact");
      await terminal.waitFor("Context compacted");
      await terminal.submit("say ping-compacted");
      await terminal.waitFor("I say pong-compacted to you");
      const input = JSON.stringify(model.requestsOf("ping-compacted")[0]?.at("input"));
      assert.ok(input.includes("a summary of all that was"), "the summary is missing");
      assert.ok(!input.includes("pong-before-compact"), "the old answer is still there");
    });
    await check("plan mode (shift+tab): a question is answered, the plan is proposed", async () => {
      const terminal = await tui();
      await terminal.pressUntil("BTab", "Plan mode (shift+tab to cycle)");
      model.play("ping-plan", [question(), PLAN]);
      await terminal.submit("say ping-plan");
      await terminal.waitFor("Which color?");
      await terminal.pressUntil("Down", "› 2. Blue");
      await terminal.press("Enter");
      await terminal.waitFor("answer: Blue");
      await terminal.waitFor("step two");
      const screen = await terminal.waitFor("Implement this plan?");
      assert.ok(
        screen.includes("Proposed Plan") && !screen.includes("proposed_plan"),
        `the plan's marks in\n${screen}`,
      );
      const given = answers(await linkOf("ping-plan"), "item/tool/requestUserInput");
      assert.deepEqual(given, [{ answers: { color: { answers: ["Blue"] } } }]);
      const output = model.requestsOf("ping-plan")[1]?.at("input", -1, "output");
      assert.equal(output, '{"answers":{"color":{"answers":["Blue"]}}}', "the answer as the model gets it");
    });
  });
}

const PLAN = "Here it is:\n<proposed_plan>\n# The plan\n- step one\n- step two\n</proposed_plan>\n";

function question() {
  const options = [
    { label: "Red (Recommended)", description: "warm" },
    { label: "Blue", description: "cold" },
  ];
  const questions = [{ id: "color", header: "Color", question: "Which color?", options }];
  return { call: "request_user_input", with: { questions } };
}

/** @param {string} file */
function review(file) {
  return JSON.stringify({
    findings: [
      {
        title: "[P2] Name it well",
        body: "The name tells nothing.",
        confidence_score: 0.8,
        priority: 2,
        code_location: { absolute_file_path: file, line_range: { start: 1, end: 1 } },
      },
    ],
    overall_correctness: "patch is incorrect",
    overall_explanation: "One thing is wrong.",
    overall_confidence_score: 0.5,
  });
}
