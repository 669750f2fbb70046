import { execFileSync } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { agentServer, makeWorkspace, said, type AgentServer } from "./support/agent.js";
import { mockProviderToml, temporaryHome } from "./support/temporary-home.js";

/** A server whose home is known, and a project with folders below its root. */
async function project(
  top = "",
): Promise<{ home: string; root: string; sub: string; deep: string; server: AgentServer }> {
  const home = await temporaryHome("");
  const server = await agentServer({ options: { codexHome: home } });
  await writeFile(join(home, "config.toml"), mockProviderToml(server.simulator.url, { top }));
  const { cwd: root } = await makeWorkspace();
  const sub = join(root, "sub");
  const deep = join(sub, "deep");
  await mkdir(deep, { recursive: true });
  return { home, root, sub, deep, server };
}

/** What the model is told by such files in a folder, and where clients are told that it is from. */
async function told(
  server: AgentServer,
  cwd: string,
): Promise<{ text: string | undefined; sources: string[]; developer: string[] }> {
  const client = await server.client("codex_vscode");
  const { thread, instructionSources } = await client.request("thread/start", { cwd, model: "gpt-5.5" });
  const turn = await client.runTurn(thread.id, "go");
  const [request] = server.requestsOf(turn.id);
  const text = said(request, "user").find((each) => each.startsWith("# AGENTS.md instructions for "));
  const inner = /^# AGENTS\.md instructions for (.*)\n\n<INSTRUCTIONS>\n([^]*)\n<\/INSTRUCTIONS>/.exec(text ?? "");
  return {
    text: inner?.[1] === cwd ? inner[2] : text,
    sources: instructionSources,
    developer: said(request, "developer"),
  };
}

describe("AGENTS.md", () => {
  it("is told from home and from the project's root down to the folder", async () => {
    const { home, root, sub, deep, server } = await project();
    await writeFile(join(home, "AGENTS.md"), "of home\n");
    await writeFile(join(root, "AGENTS.md"), "of root\n");
    await writeFile(join(deep, "AGENTS.md"), "of deep\n");
    await writeFile(join(root, "..", "AGENTS.md"), "above the root\n");
    expect(await told(server, deep)).toMatchObject({
      text: "of home\n\n--- project-doc ---\n\nof root\n\nof deep",
      sources: [join(home, "AGENTS.md"), join(root, "AGENTS.md"), join(deep, "AGENTS.md")],
    });
    expect((await told(server, sub)).text).toBe("of home\n\n--- project-doc ---\n\nof root");
  });

  it("is not told when there is none, or it is empty", async () => {
    const { home, root, server } = await project();
    expect(await told(server, root)).toMatchObject({ text: undefined, sources: [] });
    await writeFile(join(home, "AGENTS.md"), " \n");
    await writeFile(join(root, "AGENTS.md"), "\n\n");
    expect(await told(server, root)).toMatchObject({ text: undefined, sources: [] });
  });

  it("gives way to AGENTS.override.md in the same folder", async () => {
    const { home, root, sub, server } = await project();
    for (const folder of [home, root]) {
      await writeFile(join(folder, "AGENTS.md"), "plain");
      await writeFile(join(folder, "AGENTS.override.md"), `override of ${folder === home ? "home" : "root"}`);
    }
    await writeFile(join(sub, "AGENTS.md"), "of sub");
    expect((await told(server, sub)).text).toBe(
      "override of home\n\n--- project-doc ---\n\noverride of root\n\nof sub",
    );
  });

  it("may have other names, after its own", async () => {
    const { root, sub, server } = await project('project_doc_fallback_filenames = ["README.agent", "NOTES"]');
    await writeFile(join(root, "NOTES"), "notes");
    await writeFile(join(root, "README.agent"), "readme");
    await writeFile(join(sub, "README.agent"), "readme of sub");
    await writeFile(join(sub, "AGENTS.md"), "own");
    expect((await told(server, sub)).text).toBe("readme\n\nown");
  });

  it("is looked for below other markers", async () => {
    const { root, sub, deep, server } = await project('project_root_markers = ["ROOT"]');
    await writeFile(join(sub, "ROOT"), "");
    for (const [folder, text] of [
      [root, "root"],
      [sub, "sub"],
      [deep, "deep"],
    ] as const)
      await writeFile(join(folder, "AGENTS.md"), text);
    expect((await told(server, deep)).text).toBe("sub\n\ndeep");
    expect((await told(server, root)).text).toBe("root");
  });

  it("of ten megabytes is cut off at the limit", async () => {
    const { home, root, sub, server } = await project();
    await writeFile(join(root, "AGENTS.md"), "é".repeat(5 * 1024 * 1024));
    await writeFile(join(sub, "AGENTS.md"), "of sub");
    await writeFile(join(home, "AGENTS.md"), "x".repeat(10 * 1024 * 1024));
    const { text = "" } = await told(server, sub);
    const [own = "", rest = ""] = text.split("\n\n--- project-doc ---\n\n");
    expect(own).toBe("x".repeat(32_768));
    expect(rest).toBe("é".repeat(16_384));
    expect(server.simulator.requests[0]?.bodyBytes.length).toBeLessThan(200_000);
  });

  it("shares the limit over its folders, and is not told with a limit of nothing", async () => {
    const { root, sub, deep, server } = await project("project_doc_max_bytes = 10");
    await writeFile(join(root, "AGENTS.md"), "1234567");
    await writeFile(join(sub, "AGENTS.md"), "abcdefg");
    await writeFile(join(deep, "AGENTS.md"), "never");
    expect((await told(server, deep)).text).toBe("1234567\n\nabc");
    const none = await project("project_doc_max_bytes = 0");
    await writeFile(join(none.root, "AGENTS.md"), "never");
    expect((await told(none.server, none.root)).text).toBeUndefined();
  });

  it("that is a folder, a pipe or a link to nowhere is left out", async () => {
    const { root, sub, deep, server } = await project();
    await mkdir(join(root, "AGENTS.md"));
    await symlink("/nowhere/at/all", join(sub, "AGENTS.md"));
    execFileSync("mkfifo", [join(deep, "AGENTS.override.md")]);
    await writeFile(join(deep, "AGENTS.md"), "of deep");
    expect((await told(server, deep)).text).toBe("of deep");
  });

  it("that is no text does not harm the request", async () => {
    const { root, server } = await project();
    await writeFile(join(root, "AGENTS.md"), Buffer.from([0x61, 0xff, 0x00, 0x62]));
    expect((await told(server, root)).text).toBe("a\uFFFD\0b");
  });

  it("is told once in a conversation, before the environment", async () => {
    const server = await agentServer();
    const thread = await server.thread();
    await writeFile(thread.path("AGENTS.md"), "rules");
    const other = await server.thread({ cwd: thread.cwd });
    await other.run();
    const request = await other.nextRequest();
    const [first] = said(request, "user");
    expect(first).toMatch(/^# AGENTS\.md[^]*rules[^]*<environment_context>/);
    expect(said(request, "user").filter((each) => each.startsWith("# AGENTS.md"))).toHaveLength(1);
  });
});
