import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";

import { assertCallsAnswered } from "../support/history.mjs";
import { onStage } from "../support/stage.mjs";
import { answers } from "../support/wire.mjs";

export const name = "Codex TUI 0.169.0, approvals";

export { missing } from "./tui.mjs";

/** Commands may only read, and the model may ask for more. */
const READ_ONLY = ["--sandbox", "read-only", "--ask-for-approval", "on-request"];

const COMMAND = "item/commandExecution/requestApproval";
const PATCH = "item/fileChange/requestApproval";

/** @param {import("../support/report.mjs").Context} context */
export function run(context) {
  return onStage(context, async (stage) => {
    await commands({ ...context, ...stage });
    await patches({ ...context, ...stage });
  });
}

/** @typedef {Parameters<typeof run>[0] & import("../support/stage.mjs").Stage} Scene */

/** @param {Scene} scene */
async function commands({ model, check, sandbox, tui, linkOf }) {
  const outside = (/** @type {string} */ file) => join(sandbox.home, file);
  const escalated = (/** @type {string} */ file, /** @type {string} */ why) =>
    exec(`touch ${outside(file)}`, {
      sandbox_permissions: "require_escalated",
      justification: why,
      prefix_rule: ["touch"],
    });

  await check("a command in the sandbox cannot write; approved with y it runs outside", async () => {
    const terminal = await tui({ after: READ_ONLY });
    const file = outside("approved");
    model.play("ping-shell", [exec(`touch ${file}`), escalated("approved", "May I write at home?"), "All is written."]);
    await terminal.submit("say ping-shell");
    await terminal.waitFor("Would you like to run the following command?");
    await terminal.waitFor("May I write at home?");
    const [, denied] = model.requestsOf("ping-shell");
    assert.match(JSON.stringify(denied?.at("input", -1)), /Read-only file system/, "what the sandbox did");
    assert.ok(!(await exists(file)), "written before the approval");
    await terminal.press("y");
    await terminal.waitFor("All is written.");
    await terminal.waitFor("You approved codex to run");
    assert.ok(await exists(file), "the approved command wrote nothing");
    assert.deepEqual(decisions(await linkOf("ping-shell"), COMMAND), ["accept"]);
  });
  await check("declined with Esc: not run, the turn ends, the next prompt is answered", async () => {
    const terminal = await tui({ after: READ_ONLY });
    model.play("ping-decline", [escalated("declined", "May I write once more?"), "Never said."]);
    await terminal.submit("say ping-decline");
    await terminal.waitFor("May I write once more?");
    await terminal.press("Escape");
    await terminal.waitFor("You canceled the request to run");
    await terminal.waitFor(/interrupted/i);
    assert.ok(!(await exists(outside("declined"))), "a declined command ran");
    assert.deepEqual(decisions(await linkOf("ping-decline"), COMMAND), ["cancel"]);
    // The interrupted prompt may be given back for editing.
    await terminal.press("C-u");
    await terminal.submit("say ping-undaunted");
    await terminal.waitFor("I say pong-undaunted to you");
    assertCallsAnswered(model.requestsOf("ping-undaunted")[0]);
  });
  await check("don't ask again (p): the rule is written, the next such command is not asked about", async () => {
    const terminal = await tui({ after: READ_ONLY });
    model.play("ping-rule", [escalated("ruled-one", "May I always?"), "The rule is there."]);
    await terminal.submit("say ping-rule");
    await terminal.waitFor("May I always?");
    await terminal.waitFor("don't ask again for commands that start with `touch`");
    await terminal.press("p");
    await terminal.waitFor("The rule is there.");
    const rules = await readFile(join(sandbox.serverHome, "rules", "default.rules"), "utf8");
    assert.equal(rules, 'prefix_rule(pattern=["touch"], decision="allow")\n');
    model.play("ping-again", [escalated("ruled-two", "May I still?"), "Written without a question."]);
    await terminal.submit("say ping-again");
    await terminal.waitFor("Written without a question.");
    assert.ok((await exists(outside("ruled-one"))) && (await exists(outside("ruled-two"))), "not both ran");
    assert.deepEqual(decisions(await linkOf("ping-rule"), COMMAND), [
      { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["touch"] } },
    ]);
  });
}

/** @param {Scene} scene */
async function patches({ model, check, sandbox, tui, linkOf }) {
  const inProject = (/** @type {string} */ file) => join(sandbox.project, file);
  const question = "Would you like to make the following edits?";

  await check("a patch in a command's here-document: asked, approved, on disk", async () => {
    const terminal = await tui({ after: READ_ONLY });
    const change = patch("*** Add File: here.txt", "+from a here-document");
    model.play("ping-heredoc", [exec(`apply_patch <<'EOF'\n${change}\nEOF`), "The file is here."]);
    await terminal.submit("say ping-heredoc");
    await terminal.waitFor(question);
    assert.ok(!(await exists(inProject("here.txt"))), "written before the approval");
    await terminal.press("y");
    await terminal.waitFor("The file is here.");
    assert.equal(await readFile(inProject("here.txt"), "utf8"), "from a here-document\n");
    assert.deepEqual(decisions(await linkOf("ping-heredoc"), PATCH), ["accept"]);
  });
  await check("a patch as free text: its diff is shown; nothing on disk after Esc, all of it after y", async () => {
    // A model that is known to take the tool so. The terminal first offers a newer one.
    const terminal = await tui({ after: [...READ_ONLY, "--model", "gpt-5.5"], ready: "Use existing model" });
    await terminal.pressUntil("Down", "› 2. Use existing model");
    await terminal.press("Enter");
    await terminal.waitFor(/^› (?!\d)/m);

    const change = patch("*** Update File: a.txt", "@@", "-one", "+two", "*** Add File: new.txt", "+hello");
    model.play("ping-unwanted", [{ call: "apply_patch", input: change }, "Never said."]);
    await terminal.submit("say ping-unwanted");
    const screen = await terminal.waitFor(question);
    for (const line of ["1 -one", "1 +two", "1 +hello"]) assert.ok(screen.includes(line), `no "${line}" in\n${screen}`);
    await terminal.press("Escape");
    await terminal.waitFor(/interrupted/i);
    assert.equal(await readFile(inProject("a.txt"), "utf8"), "one\n");
    assert.ok(!(await exists(inProject("new.txt"))), "a declined patch made a file");

    await terminal.press("C-u");
    model.play("ping-patch", [{ call: "apply_patch", input: change }, "The patch is in."]);
    await terminal.submit("say ping-patch");
    await terminal.waitFor(question);
    await terminal.press("y");
    await terminal.waitFor("The patch is in.");
    assert.equal(await readFile(inProject("a.txt"), "utf8"), "two\n");
    assert.equal(await readFile(inProject("new.txt"), "utf8"), "hello\n");
    assertCallsAnswered(model.requestsOf("ping-patch").at(-1));
    assert.deepEqual(decisions(await linkOf("ping-patch"), PATCH), ["cancel", "accept"]);
  });
}

/**
 * @param {string} cmd
 * @param {object} [more]
 */
function exec(cmd, more = {}) {
  return { call: "exec_command", with: { cmd, ...more } };
}

/** @param {readonly string[]} lines */
function patch(...lines) {
  return ["*** Begin Patch", ...lines, "*** End Patch"].join("\n");
}

/**
 * @param {import("../support/wire.mjs").Link} link
 * @param {string} method
 */
function decisions(link, method) {
  return answers(link, method).map(({ decision }) => decision);
}

/** @param {string} file */
function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  );
}
