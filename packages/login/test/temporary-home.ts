import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { onTestFinished } from "vitest";

/** A new `$CODEX_HOME` that goes away with the test; `authJson` is the text of its `auth.json`, if it has one. */
export async function temporaryHome(authJson?: string): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), "switchboard-login-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  if (authJson !== undefined) await writeFile(join(home, "auth.json"), authJson);
  return home;
}
