import { SwitchboardError } from "@switchboard/protocol";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { sampleHost } from "../test/sample-host.js";
import { createClientIdentity, createDefaultIdentity } from "./client-identity.js";

function refusal(name: string): SwitchboardError {
  try {
    createClientIdentity({ name, version: "1" }, sampleHost);
  } catch (error) {
    if (error instanceof SwitchboardError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(name)} was accepted`);
}

/** The originator, or the code of the refusal. */
function outcomeOf(name: string): string {
  try {
    return createClientIdentity({ name, version: "" }, sampleHost).originator;
  } catch (error) {
    return error instanceof SwitchboardError ? error.code : String(error);
  }
}

describe("createClientIdentity", () => {
  it.each([
    ["plain", "codex_vscode"],
    ["with spaces and capitals", "T3 Code"],
    ["with a TAB", "a\tb"],
    ["of one letter", "a"],
    ["with spaces around it", " a "],
    ["unicode", "Redaktør 編集"],
    ["an emoji", "🛎️"],
    ["C1 control characters, which are bytes above 0x7f in UTF-8", "a\u0085b"],
    ["of 256 bytes", "x".repeat(256)],
    ["of 256 bytes in 128 characters", "é".repeat(128)],
    ["codex-backend, which the reference exempts", "codex-backend"],
  ])("takes a name that is %s", (_, name) => {
    expect(createClientIdentity({ name, title: "Title", version: "1.2.3" }, sampleHost)).toEqual({
      originator: name,
      client: { name, title: "Title", version: "1.2.3" },
      host: sampleHost,
    });
  });

  it.each([
    ["empty", ""],
    ["a space", " "],
    ["only white space", " \t\u00a0"],
    ["with a line feed", "a\nb"],
    ["with a carriage return", "a\rb"],
    ["with NUL", "a\u0000b"],
    ["with ESC", "a\u001bb"],
    ["with US", "a\u001fb"],
    ["with DEL", "a\u007fb"],
    ["ending in a line feed", "a\n"],
    ["of 257 bytes", "x".repeat(257)],
    ["of 258 bytes in 129 characters", "é".repeat(129)],
    ["of 257 bytes with the last character across the limit", `${"x".repeat(255)}é`],
  ])("refuses a name that is %s", (_, name) => {
    const error = refusal(name);
    expect(error.code).toBe("invalid_client_name");
    expect(error.isRetryable).toBe(false);
    expect(error.message).toMatch(/^Invalid clientInfo\.name: '[^]*'\. Must be a valid HTTP header value\.$/);
  });

  it("words the refusal as the reference does, with the name as it came", () => {
    expect(refusal("bad\nname").message).toBe(
      "Invalid clientInfo.name: 'bad\nname'. Must be a valid HTTP header value.",
    );
  });

  it("quotes the beginning of a long name only", () => {
    expect(refusal("y".repeat(100_000)).message).toBe(
      `Invalid clientInfo.name: '${"y".repeat(256)}…'. Must be a valid HTTP header value.`,
    );
  });

  it("never cuts a character in half, because its half is JSON that Rust clients refuse", () => {
    const { message } = refusal(`x${"😀".repeat(300)}`);
    expect(message).toBe(`Invalid clientInfo.name: 'x${"😀".repeat(127)}…'. Must be a valid HTTP header value.`);
    expect(JSON.stringify(message)).not.toMatch(/\\ud[89a-f]/);
  });

  it("takes exactly the names of 1 to 256 bytes that are not blank and without control characters but TAB", () => {
    const character = fc.oneof(fc.string({ unit: "binary", maxLength: 3 }), fc.constantFrom("\t", "\n", "\u007f", "é"));
    fc.assert(
      fc.property(fc.array(character, { maxLength: 150 }), (characters) => {
        const name = characters.join("");
        const bytes = [...Buffer.from(name)];
        const isLegal =
          name.trim() !== "" &&
          bytes.length <= 256 &&
          bytes.every((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));
        expect(outcomeOf(name)).toBe(isLegal ? name : "invalid_client_name");
      }),
    );
  });

  it("has no title unless the client gave one", () => {
    expect(createClientIdentity({ name: "a", version: "1" }, sampleHost).client).toEqual({
      name: "a",
      title: null,
      version: "1",
    });
  });

  it("keeps nothing else of what the client sent", () => {
    const clientInfo = { name: "a", version: "1", originator: "someone_else" };
    expect(Object.keys(createClientIdentity(clientInfo, sampleHost).client ?? {})).toEqual([
      "name",
      "title",
      "version",
    ]);
  });
});

describe("an identity", () => {
  it.each([
    ["of a client", createClientIdentity({ name: "a", title: "A", version: "1" }, { ...sampleHost })],
    ["by default", createDefaultIdentity("switchboard", { ...sampleHost })],
  ])("%s cannot be changed, at any depth", (_, identity) => {
    const before = structuredClone(identity);
    for (const part of [identity, identity.client, identity.host]) {
      if (part === null) continue;
      for (const name of Object.keys(part)) {
        expect(() => Object.assign(part, { [name]: "changed" })).toThrow(TypeError);
      }
      expect(() => Object.assign(part, { added: true })).toThrow(TypeError);
    }
    expect(identity).toEqual(before);
  });

  it("is captured by value: changing what it was made from changes nothing", () => {
    const [clientInfo, host] = [{ name: "a", title: "A", version: "1" }, { ...sampleHost }];
    const identity = createClientIdentity(clientInfo, host);
    Object.assign(clientInfo, { name: "b", title: "B", version: "2" });
    Object.assign(host, { os: "Other", terminal: "other" });
    expect(identity).toEqual({
      originator: "a",
      client: { name: "a", title: "A", version: "1" },
      host: sampleHost,
    });
  });
});
