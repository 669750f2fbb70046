import { describe, expect, it } from "vitest";

import { sampleHost } from "../test/sample-host.js";
import { createClientIdentity, createDefaultIdentity } from "./client-identity.js";
import { defaultHeaders } from "./default-headers.js";
import { userAgent } from "./user-agent.js";

const identity = createClientIdentity({ name: "client_a", version: "1" }, sampleHost);

describe("defaultHeaders", () => {
  it("introduces the owner", () => {
    expect(defaultHeaders(identity)).toEqual({ originator: "client_a", "user-agent": userAgent(identity) });
  });

  it("introduces the process default", () => {
    const byDefault = createDefaultIdentity("switchboard", sampleHost);
    expect(defaultHeaders(byDefault)).toEqual({ originator: "switchboard", "user-agent": userAgent(byDefault) });
  });

  it("says where data must stay if the operator requires it", () => {
    expect(defaultHeaders(identity, { residency: "us" })).toEqual({
      originator: "client_a",
      "user-agent": userAgent(identity),
      "x-openai-internal-codex-residency": "us",
    });
  });

  it("is a value of its own that nobody can change", () => {
    const headers = defaultHeaders(identity);
    expect(() => Object.assign(headers, { originator: "someone_else" })).toThrow(TypeError);
    expect(() => Object.assign(headers, { added: "x" })).toThrow(TypeError);
    expect(defaultHeaders(identity)).not.toBe(headers);
  });
});
