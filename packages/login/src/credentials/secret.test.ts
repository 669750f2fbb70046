import { format, inspect } from "node:util";

import { describe, expect, it } from "vitest";

import { Secret } from "./secret.js";

const value = "sk-very-secret";
const secret = new Secret(value);

describe("a secret", () => {
  it("reveals its value to the one who asks for it", () => {
    expect(secret.reveal()).toBe(value);
  });

  it.each<[string, () => string]>([
    ["String()", () => String(secret)],
    // oxlint-disable-next-line typescript/restrict-template-expressions -- a mistake this type is there to make harmless
    ["a template", () => `${secret}`],
    ["inspect", () => inspect(secret)],
    ["a console's format", () => format("%s %o %O %j", secret, secret, secret, secret)],
    ["a console's format without directives", () => format(secret, { secret })],
    ["JSON", () => JSON.stringify(secret)],
    ["JSON inside something", () => JSON.stringify({ headers: [secret] })],
    [
      "inspect inside something",
      () => inspect({ deep: { deeper: [secret], map: new Map([["key", secret]]) } }, { depth: 9 }),
    ],
  ])("is redacted in %s", (_, print) => {
    expect(print()).toContain("[redacted]");
    expect(print()).not.toContain(value);
  });

  it.each<[string, () => unknown]>([
    ["keys", () => Object.keys(secret)],
    ["own property names and symbols", () => Reflect.ownKeys(secret).map(String)],
    ["entries", () => Object.entries(secret)],
    ["a copy", () => Object.assign({}, secret)],
    ["a structured clone", () => structuredClone(secret)],
    ["an error's cause", () => inspect(new Error("failed", { cause: secret }), { showHidden: true })],
    ["inspection that ignores custom methods", () => inspect(secret, { customInspect: false, showHidden: true })],
  ])("does not show in its %s", (_, look) => {
    expect(inspect(look(), { depth: 9, showHidden: true })).not.toContain(value);
  });
});
