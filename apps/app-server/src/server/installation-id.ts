import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The random id of this installation, kept in `$CODEX_HOME/installation_id` and shared with the
 * reference. A home that cannot be written gives a new id each time.
 */
export async function installationId(codexHome: string): Promise<string> {
  const file = join(codexHome, "installation_id");
  const stored = (await readFile(file, "utf8").catch(() => "")).trim();
  if (uuid.test(stored)) return stored;
  const fresh = randomUUID();
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    // Another process may have been quicker; then its id counts.
    await writeFile(file, fresh, { flag: stored === "" ? "wx" : "w", mode: 0o644 });
    return fresh;
  } catch {
    const other = (await readFile(file, "utf8").catch(() => "")).trim();
    return uuid.test(other) ? other : fresh;
  }
}
