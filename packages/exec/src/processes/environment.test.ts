import { expect, test } from "vitest";

import { childEnvironment } from "./environment.js";
import type { EnvironmentPolicy } from "./messages.js";

const inherited = {
  PATH: "/bin",
  Home: "/home/a",
  LC_CTYPE: "C",
  TERM: "xterm",
  FOO: "1",
  API_KEY: "k",
  monkey: "m",
  MY_SECRET: "s",
  MY_TOKEN: "t",
  GONE: undefined,
};
const everything: EnvironmentPolicy = {
  inherit: "all",
  ignoreDefaultExcludes: true,
  exclude: [],
  set: {},
  includeOnly: [],
};

const cases: ReadonlyArray<[string, Partial<EnvironmentPolicy>, Record<string, string>, string]> = [
  ["all", {}, {}, "API_KEY FOO Home LC_CTYPE MY_SECRET MY_TOKEN PATH TERM monkey"],
  ["the default excludes, without case", { ignoreDefaultExcludes: false }, {}, "FOO Home LC_CTYPE PATH TERM"],
  ["core, without case", { inherit: "core" }, {}, "Home LC_CTYPE PATH"],
  ["none", { inherit: "none" }, { A: "b" }, "A"],
  ["exclude", { exclude: ["foo*", "*_?OKEN"] }, {}, "API_KEY Home LC_CTYPE MY_SECRET PATH TERM monkey"],
  [
    "set comes after every exclusion",
    { inherit: "none", ignoreDefaultExcludes: false, exclude: ["SET*"], set: { SETME: "1", X_TOKEN: "2" } },
    {},
    "SETME X_TOKEN",
  ],
  ["includeOnly also holds for set", { set: { SETME: "1", X_A: "2" }, includeOnly: ["PATH", "x_*"] }, {}, "PATH X_A"],
  ["env is laid over everything", { set: { A: "set" }, includeOnly: ["NOTHING"] }, { A: "env", B_KEY: "1" }, "A B_KEY"],
  ["brackets and braces are no patterns", { includeOnly: ["?OO", "[A-Z]ERM", "{PATH,TERM}"] }, {}, "FOO"],
  ["dots are no wildcards", { includeOnly: ["F.O"] }, {}, ""],
];

test.each(cases)("%s", (_name, policy, env, names) => {
  const result = childEnvironment(inherited, { ...everything, ...policy }, env);
  expect(Object.keys(result).sort().join(" ")).toBe(names);
  expect(result).toMatchObject(env);
});

test("without a policy a child has env and nothing else", () => {
  expect(childEnvironment(inherited, undefined, { A: "b" })).toEqual({ A: "b" });
  expect(childEnvironment(inherited, null, {})).toEqual({});
});

test("a pattern of many stars is matched at once", () => {
  const exclude = [`${"*a".repeat(200)}*b`, "*".repeat(5000)];
  expect(childEnvironment({ ["a".repeat(300)]: "1" }, { ...everything, exclude }, {})).toEqual({});
});
