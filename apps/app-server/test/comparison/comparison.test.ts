import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";

import type { Seen } from "./normalise.js";
import { runScenario } from "./run-scenario.js";
import { scenarios } from "./scenarios.js";

/**
 * The same scripts on the reference and on our built program, and what a client sees of each. What the
 * reference sent is recorded. With `SWITCHBOARD_REFERENCE=/path/to/codex` in the environment it is run too and
 * must still send what was recorded; with `RECORD=1` besides, it is recorded anew.
 */
const references = [process.env["SWITCHBOARD_REFERENCE"]].filter((path) => path !== undefined);
const isRecording = process.env["RECORD"] === "1";
const ours = [process.execPath, fileURLToPath(new URL("../../dist/cli.js", import.meta.url))];
const file = new URL("recorded.json", import.meta.url);
const recorded: Record<string, Seen> = JSON.parse(readFileSync(file, "utf8"));
const differences = readFileSync(new URL("../../../../docs/differences.md", import.meta.url), "utf8");

describe.each(Object.entries(scenarios))("%s", (name, scenario) => {
  it.each(references)("is recorded as %s does it", async (program) => {
    const seen = await runScenario([program], scenario);
    if (isRecording) {
      recorded[name] = seen;
      writeFileSync(file, `${JSON.stringify(recorded, undefined, 1)}\n`);
    }
    expect(seen).toEqual(recorded[name]);
  });

  it("looks the same from a client", async () => {
    expect(await runScenario(ours, scenario)).toEqual(recorded[name]);
  });

  it("differs only where the documentation says so", () => {
    for (const heading of Object.keys(scenario.leaveOut ?? {})) expect(differences).toContain(heading);
  });
});
