import { expect, test } from "vitest";

import { defaultEnvironmentPolicy, shellEnvironment, toolVariables } from "./shell-environment.js";

const inherited = {
  PATH: "/bin",
  FOO_TOKEN: "t",
  API_KEY: "k",
  MY_SECRET: "s",
  TERM: "xterm",
  LANG: "de",
  GONE: undefined,
};

test("by default everything is inherited but what looks like a secret", () => {
  expect(shellEnvironment(inherited, defaultEnvironmentPolicy)).toEqual({ PATH: "/bin", TERM: "xterm", LANG: "de" });
});

test("what is added wins, whatever the policy", () => {
  const policy = { ...defaultEnvironmentPolicy, includeOnly: ["PATH"] };
  expect(shellEnvironment(inherited, policy, toolVariables)).toEqual({ PATH: "/bin", ...toolVariables });
  expect(toolVariables).toMatchObject({ TERM: "dumb", LANG: "C.UTF-8" });
});
