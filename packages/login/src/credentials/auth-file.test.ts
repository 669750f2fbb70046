import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";

import { SwitchboardError } from "@switchboard/protocol";
import { describe, expect, it } from "vitest";

import { temporaryHome } from "../../test/temporary-home.js";
import { readAuthFile } from "./auth-file.js";

describe("readAuthFile", () => {
  it.each([
    ["has a key", '{"OPENAI_API_KEY":"sk-file"}', "sk-file"],
    ["has a key with a line end", '{"OPENAI_API_KEY":" sk-file\\n"}', "sk-file"],
    ["has a key beside tokens", '{"OPENAI_API_KEY":"sk-file","tokens":{"access_token":"t"},"x":1}', "sk-file"],
    ["has tokens only", '{"OPENAI_API_KEY":null,"tokens":{"access_token":"t"}}', undefined],
    ["has an empty key", '{"OPENAI_API_KEY":""}', undefined],
    ["has a blank key", '{"OPENAI_API_KEY":" \\n"}', undefined],
    ["has no key", "{}", undefined],
  ])("reads a file that %s", async (_, text, key) => {
    expect((await readAuthFile(await temporaryHome(text))).apiKey?.reveal()).toBe(key);
  });

  it("finds nothing where there is no file, and no home", async () => {
    const home = await temporaryHome();
    expect(await readAuthFile(home)).toEqual({ apiKey: undefined });
    expect(await readAuthFile(join(home, "missing"))).toEqual({ apiKey: undefined });
  });

  it.each([
    ["empty", ""],
    ["broken JSON", '{"OPENAI_API_KEY":"sk-hidden'],
    ["JSON with the key after the fault", '{,"OPENAI_API_KEY":"sk-hidden"}'],
    ["no JSON at all", "sk-hidden"],
    ["a string", '"sk-hidden"'],
    ["a list", '["sk-hidden"]'],
    ["null", "null"],
    ["a key of the wrong type", '{"OPENAI_API_KEY":{"value":"sk-hidden"}}'],
    ["a key that is a number", '{"OPENAI_API_KEY":5}'],
    ["tokens of the wrong type", '{"tokens":"sk-hidden"}'],
    ["a token that is no header", '{"tokens":{"access_token":"sk-hidden\\nx"}}'],
  ])("refuses a file that is %s, without quoting it", async (_, text) => {
    const home = await temporaryHome(text);
    const error = await readAuthFile(home).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SwitchboardError);
    expect(error).toMatchObject({ code: "auth_file_invalid", isRetryable: false });
    expect(String(error)).toContain(join(home, "auth.json"));
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("sk-hidden");
  });

  it("says when the file cannot be read", async () => {
    const home = await temporaryHome();
    // A folder in its place: permissions would not stop a test that runs as root.
    await mkdir(join(home, "auth.json"));
    await expect(readAuthFile(home)).rejects.toMatchObject({
      code: "auth_file_unreadable",
      message: expect.stringContaining(join(home, "auth.json")),
    });
  });
});
