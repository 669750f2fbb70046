import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { sampleHost } from "../test/sample-host.js";
import { createClientIdentity, createDefaultIdentity } from "./client-identity.js";
import { codexVersion, userAgent } from "./user-agent.js";

const base = "/0.169.0 (Debian 12.0.0; x86_64) xterm switchboard/0.1.0";

function userAgentOf(name: string, version: string): string {
  return userAgent(createClientIdentity({ name, version }, sampleHost));
}

describe("userAgent", () => {
  it("starts with the originator and the Codex version, and ends with the client", () => {
    expect(userAgentOf("codex_vscode", "1.1.1")).toBe(`codex_vscode${base} (codex_vscode; 1.1.1)`);
    expect(codexVersion).toBe("0.169.0");
  });

  it("has no last part for the process default", () => {
    expect(userAgent(createDefaultIdentity("switchboard", sampleHost))).toBe(`switchboard${base}`);
  });

  it("leaves characters outside ASCII alone as long as all is legal", () => {
    expect(userAgentOf("編集 🛎", "1β")).toBe(`編集 🛎${base} (編集 🛎; 1β)`);
    expect(userAgentOf("a\tb", "1")).toBe(`a\tb${base} (a\tb; 1)`);
  });

  it("replaces everything outside 0x20–0x7e, one underscore per character, once anything is illegal", () => {
    expect(userAgentOf("okname", "1\n2 é")).toBe(`okname${base} (okname; 1_2 _)`);
    expect(userAgentOf("編集 🛎", "1\r\nx: y")).toBe(`__ _${base} (__ _; 1__x: y)`);
    expect(userAgentOf("a\tb", "\u0000")).toBe(`a_b${base} (a_b; _)`);
    expect(userAgentOf("a", "\u007f")).toBe(`a${base} (a; _)`);
  });

  it("is a legal header value whatever it is made from", () => {
    const anything = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.constant("\r\n"));
    const host = fc.record({
      os: anything,
      osVersion: anything,
      arch: anything,
      terminal: anything,
      switchboardVersion: anything,
    });
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 20 }), anything, host, (name, version, anyHost) => {
        const value = userAgent(createClientIdentity({ name: `x${name}`, version }, anyHost));
        expect([...Buffer.from(value)].every((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f))).toBe(true);
        expect(() => new Headers({ "user-agent": Buffer.from(value).toString("latin1") })).not.toThrow();
      }),
    );
  });
});
