import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { isLegalHeaderValue } from "@switchboard/protocol";
import { describeHost } from "./host-info.js";

describe("describeHost", () => {
  it.each([
    ["nothing", {}, "unknown"],
    ["TERM alone", { TERM: "xterm" }, "xterm"],
    ["TERM_PROGRAM over TERM", { TERM_PROGRAM: "iTerm.app", TERM: "xterm" }, "iTerm.app"],
    ["TERM_PROGRAM with its version", { TERM_PROGRAM: "vscode", TERM_PROGRAM_VERSION: "1.2.3" }, "vscode/1.2.3"],
    ["a version without a program", { TERM_PROGRAM_VERSION: "1.2.3", TERM: "screen-256color" }, "screen-256color"],
    ["empty variables", { TERM_PROGRAM: "", TERM_PROGRAM_VERSION: "", TERM: "" }, "unknown"],
    ["an empty version", { TERM_PROGRAM: "vscode", TERM_PROGRAM_VERSION: "" }, "vscode"],
    ["blank variables", { TERM_PROGRAM: " ", TERM: "\t" }, "unknown"],
    ["unset variables", { TERM_PROGRAM: undefined, TERM: undefined }, "unknown"],
    ["what would read as a client", { TERM_PROGRAM: "vscode (evil; 1)" }, "vscode__evil__1_"],
    ["line ends and characters outside ASCII", { TERM: "x\r\ny: é🛎" }, "x__y____"],
  ])("tells the terminal from %s", (_, environment, terminal) => {
    expect(describeHost(environment, "0.1.0").terminal).toBe(terminal);
  });

  it("describes this machine in the shape servers expect", () => {
    const host = describeHost({}, "1.2.3");
    expect(host.switchboardVersion).toBe("1.2.3");
    expect(host.os).toMatch(/^\S/);
    expect(host.osVersion).toMatch(/^\d+\.\d+\.\d+/);
    expect(host.arch).not.toBe("x64");
    expect(host.arch).toMatch(/^\w+$/);
  });

  it("is legal in a header whatever the environment says", () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\r\n", "\u0000", undefined));
    fc.assert(
      fc.property(value, value, value, (program, version, term) => {
        const host = describeHost({ TERM_PROGRAM: program, TERM_PROGRAM_VERSION: version, TERM: term }, "0.1.0");
        expect(Object.values(host).every((part: string) => part !== "" && isLegalHeaderValue(part))).toBe(true);
        expect(host.terminal).toMatch(/^[\w./-]+$/);
      }),
      { numRuns: 30 },
    );
  });
});
