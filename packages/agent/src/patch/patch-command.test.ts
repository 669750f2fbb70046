import { describe, expect, it } from "vitest";

import { parsePatchCommand } from "./patch-command.js";

const PATCH = "*** Begin Patch\n*** Update File: a.txt\n@@\n-a\n+$b `c` \\d\n*** End Patch";

describe("commands that are a patch", () => {
  it.each<[string, string, string | undefined]>([
    ["a quoted heredoc", `apply_patch <<'EOF'\n${PATCH}\nEOF\n`, undefined],
    ["an unquoted heredoc, as it is written", `apply_patch <<EOF\n${PATCH}\nEOF\n`, undefined],
    ["another delimiter", `apply_patch <<"X Y"\n${PATCH}\nX Y`, undefined],
    ["a heredoc with tabs before it", `apply_patch <<-'EOF'\n${PATCH.replaceAll(/^/gmu, "\t")}\n\tEOF\n`, undefined],
    ["a heredoc without its end", `apply_patch <<'EOF'\n${PATCH}\n`, undefined],
    ["the other name", `applypatch <<'EOF'\n${PATCH}\nEOF\n`, undefined],
    ["an argument", `apply_patch '${PATCH}\n'`, undefined],
    ["cd before", `cd sub && apply_patch <<'EOF'\n${PATCH}\nEOF\n`, "sub"],
    ["cd to a quoted folder", `cd "it's here" && apply_patch '${PATCH}\n'`, "it's here"],
  ])("%s", (_, script, workdir) => {
    const expected = { ok: true, patch: `${PATCH}\n`, workdir };
    expect(parsePatchCommand(script)).toEqual(expected);
    expect(parsePatchCommand(["/bin/bash", "-lc", script])).toEqual(expected);
    expect(parsePatchCommand(["sh", "-c", script])).toEqual(expected);
  });

  it("the program itself", () => {
    expect(parsePatchCommand(["apply_patch", PATCH])).toEqual({ ok: true, patch: PATCH, workdir: undefined });
    expect(parsePatchCommand(["applypatch", "no patch"])).toEqual({ ok: true, patch: "no patch", workdir: undefined });
  });
});

const HEREDOC = `<<'EOF'\n${PATCH}\nEOF\n`;

it.each([
  `apply_patch ${HEREDOC}echo hi`,
  `apply_patch <<'EOF' && echo hi\n${PATCH}\nEOF\n`,
  `apply_patch <<'EOF' > out\n${PATCH}\nEOF\n`,
  `apply_patch <<'EOF' &\n${PATCH}\nEOF\n`,
  `apply_patch x ${HEREDOC}`,
  `apply_patch <<'A' <<'EOF'\nx\nA\n${PATCH}\nEOF\n`,
  `apply_patch 3${HEREDOC}`,
  `apply_patch <<<'${PATCH}'`,
  `echo hi && apply_patch ${HEREDOC}`,
  `cat ${HEREDOC.replace("\n", " | apply_patch\n")}`,
  `! apply_patch ${HEREDOC}`,
  `(apply_patch ${HEREDOC})`,
  `if true; then apply_patch ${HEREDOC}fi`,
  `cd sub; apply_patch ${HEREDOC}`,
  `cd sub\napply_patch ${HEREDOC}`,
  `cd sub || apply_patch ${HEREDOC}`,
  `cd a && cd b && apply_patch ${HEREDOC}`,
  `cd && apply_patch ${HEREDOC}`,
  `cd - && apply_patch ${HEREDOC}`,
  `cd a b && apply_patch ${HEREDOC}`,
  `cd ~ && apply_patch ${HEREDOC}`,
  `cd $HOME && apply_patch ${HEREDOC}`,
  `cd "$(id)" && apply_patch ${HEREDOC}`,
  `cd a* && apply_patch ${HEREDOC}`,
  `cd {a,b} && apply_patch ${HEREDOC}`,
  `X=$(id) apply_patch ${HEREDOC}`,
  `apply_patch "${PATCH}"`,
  `$apply_patch ${HEREDOC}`,
  `apply_patch`,
  `apply_patch '${PATCH}`,
  `apply_patch_all ${HEREDOC}`,
  "echo '*** Begin Patch'",
  "git diff",
  "",
])("runs as a command: %j", (script) => {
  expect(parsePatchCommand(script)).toBeUndefined();
});

it.each([
  [[]],
  [["apply_patch"]],
  [["apply_patch", PATCH, "more"]],
  [["bash", "-x", `apply_patch ${HEREDOC}`]],
  [["bash", "-lc", `apply_patch ${HEREDOC}`, "more"]],
  [["echo", PATCH]],
])("runs as a process: %j", (command) => {
  expect(parsePatchCommand(command)).toBeUndefined();
});

it.each([[PATCH], [["bash", "-lc", PATCH]], [[PATCH]]])("says how to call when nothing calls: %j", (command) => {
  expect(parsePatchCommand(command)).toEqual({
    ok: false,
    message:
      'apply_patch verification failed: patch detected without explicit call to apply_patch. Rerun as ["apply_patch", "<patch>"]',
  });
});
