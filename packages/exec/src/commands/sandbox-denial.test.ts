import { expect, test } from "vitest";

import type { Sandbox } from "../sandbox/sandbox.js";
import { isSandboxDenial } from "./sandbox-denial.js";

const offline: Sandbox = { kind: "restricted", writableRoots: [], network: false, unreadable: [] };
const online: Sandbox = { ...offline, network: true };

test.each<[string, number, string, Sandbox, boolean]>([
  ["success", 0, "Permission denied", offline, false],
  ["no sandbox", 1, "Permission denied", { kind: "none" }, false],
  ["a read-only disk", 2, "sh: 1: cannot create /x: Read-only file system", offline, true],
  ["node", 1, "Error: EROFS: read-only file system, open '/x'", offline, true],
  ["a refused call", 1, "mount: Operation not permitted", online, true],
  ["no name", 6, "curl: (6) Could not resolve host: example.com", offline, true],
  ["no name, but a network", 6, "curl: (6) Could not resolve host: example.com", online, false],
  ["a killed call", 159, "", offline, true],
  ["an ordinary failure", 1, "2 tests failed", offline, false],
  ["a program that is not there", 127, "sh: foo: not found", offline, false],
  ["a reason long ago", 1, `Permission denied${"x".repeat(70_000)}`, offline, false],
])("%s", (_name, exitCode, output, sandbox, wanted) => {
  expect(isSandboxDenial(sandbox, exitCode, output)).toBe(wanted);
});
