import { expect, test } from "vitest";
import { appendRule, formatPrefixRule } from "./append-rule.js";
import { parseRules } from "./parse-rules.js";
import { mergeRules, mostSpecific, noRules, ruleMatches, type Rules, strictest, withAllowed } from "./rules.js";

function rules(text: string): Rules {
  const parsed = parseRules(text, "a.rules");
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.rules;
}

function decisions(text: string, words: string[]): string[] {
  return ruleMatches(rules(text), words).map(({ decision }) => decision);
}

test.each<[string, string[]]>([
  ['prefix_rule(pattern=["a"])', ["allow"]],
  ['prefix_rule(["a"], "prompt")', ["prompt"]],
  ['X=["a"]\nprefix_rule(pattern=X + ["b"])', ["allow"]],
  ['prefix_rule(pattern=["a" + "b"])', []],
  ["prefix_rule(pattern=['a', r'b'])", ["allow"]],
  ['prefix_rule(pattern=["""a"""])', ["allow"]],
  ['prefix_rule(pattern=[r"\\x61"])', []],
  ['prefix_rule(\n  pattern = ["\\x61"], # why\n  decision = "forbidden",\n)\n', ["forbidden"]],
  ['prefix_rule(pattern=["a", ["b", "c"]])', ["allow"]],
  ['prefix_rule(pattern=[["a", "b"], "c"])', []],
  ['prefix_rule(pattern=["a","b","c","d"])', []],
  ['prefix_rule(pattern=["a"]);prefix_rule(pattern=["a","b"], decision="prompt")', ["allow", "prompt"]],
  ['prefix_rule(pattern=["a"])\r\nprefix_rule(pattern=["b"])\r\n', ["allow"]],
  ['prefix_rule(pattern=["a"], match=["a b", ["a", "c"], "a \'b c\' | d"], not_match=["b a"])', ["allow"]],
  ['network_rule(host="A.b:80", protocol="https", decision="deny", justification="no")', []],
  ["# only a comment", []],
  ["", []],
])("%j says of `a b c`: %j", (text, expected) => {
  expect(decisions(text, ["a", "b", "c"])).toEqual(expected);
});

test.each<[string, string, number, number]>([
  ["prefix_rule()", "pattern cannot be empty", 1, 1],
  ["prefix_rule(pattern=[])", "pattern cannot be empty", 1, 1],
  ["prefix_rule(pattern=[[]])", "pattern alternatives cannot be empty", 1, 1],
  ['# x\n\nprefix_rule(pattern=["a"], decision="deny")', "invalid decision: deny", 3, 1],
  ['prefix_rule(pattern=["a"], justification=" ")', "justification cannot be empty", 1, 1],
  ['prefix_rule(pattern="a")', "pattern must be a list", 1, 1],
  ['prefix_rule(pattern=["a"], foo="b")', "prefix_rule has no parameter foo", 1, 1],
  ['prefix_rule(pattern=["a"], pattern=["b"])', "pattern is given twice", 1, 28],
  ['prefix_rule(pattern=["a"], match=["b"])', 'example "b" does not match, but must', 1, 1],
  ['prefix_rule(pattern=["a"], not_match=["a"])', 'example "a" matches, but must not', 1, 1],
  ['prefix_rule(pattern=["a"], match=[""])', "an example must be a line of words", 1, 1],
  ['prefix_rule(pattern=["a"]\n', 'Parse error: expected "," or ")", met the end', 2, 1],
  ['prefix_rule(pattern=["a)\n', "unterminated string", 1, 22],
  ['prefix_rule(pattern=["a" "b"])', 'Parse error: expected "," or "]", met a string', 1, 26],
  ["prefix_rule(pattern=[1])", 'unexpected character "1"', 1, 22],
  ["foo()", "Variable `foo` not found", 1, 1],
  ["prefix_rule(pattern=foo)", "Variable `foo` not found", 1, 21],
  ["def f(): pass", 'unexpected character ":"', 1, 8],
  ['network_rule(host="*.b", protocol="http", decision="allow")', "network_rule host must be a host name", 1, 1],
  [
    'network_rule(host="b", protocol="ftp", decision="allow")',
    "network_rule protocol must be http, https, socks5_tcp or socks5_udp (got ftp)",
    1,
    1,
  ],
  ['host_executable(name="a", paths=["/x/b"])', "host_executable path /x/b must end in a", 1, 1],
  ['host_executable(name="a", paths=["a"])', "host_executable path must be absolute (got a)", 1, 1],
])("%j is refused: %s", (text, message, line, column) => {
  const parsed = parseRules(text, "a.rules");
  expect(parsed).toMatchObject({
    ok: false,
    message: `a.rules:${line}: ${message}`,
    range: { start: { line, column } },
  });
});

test("nesting and size of a file are no way to break the parser", () => {
  expect(parseRules(`X = ${"[".repeat(100_000)}`, "a.rules").ok).toBe(false);
  expect(parseRules(`# ${"x".repeat(1_000_000)}`, "a.rules").ok).toBe(true);
});

test("network rules and host executables are kept", () => {
  const parsed = rules(
    'network_rule(host="A.b:80", protocol="https", decision="deny")\nhost_executable(name="git", paths=["/usr/bin/git"])',
  );
  expect(parsed.networkRules).toEqual([
    { host: "a.b", protocol: "https", decision: "forbidden", justification: undefined },
  ]);
  expect([...parsed.hostExecutables]).toEqual([["git", ["/usr/bin/git"]]]);
});

test("an absolute path stands for its name unless other paths are listed", () => {
  const text = 'prefix_rule(pattern=["echo"], decision="prompt")';
  expect(decisions(text, ["/bin/echo", "a"])).toEqual(["prompt"]);
  expect(decisions(text, ["./echo", "a"])).toEqual([]);
  const listed = `${text}\nhost_executable(name="echo", paths=["/bin/echo"])`;
  expect(decisions(listed, ["/bin/echo", "a"])).toEqual(["prompt"]);
  expect(decisions(listed, ["/usr/bin/echo", "a"])).toEqual([]);
  const exact = `${text}\nprefix_rule(pattern=["/bin/echo"], decision="allow")`;
  expect(decisions(exact, ["/bin/echo", "a"])).toEqual(["allow"]);
});

test("the strictest decision counts, and of its rules the longest", () => {
  const matches = ruleMatches(
    mergeRules([
      rules('prefix_rule(pattern=["a"], decision="prompt", justification="short")'),
      rules('prefix_rule(pattern=["a", "b"], decision="prompt", justification="long")'),
      rules('prefix_rule(pattern=["a", "b", "c"])'),
    ]),
    ["a", "b", "c"],
  );
  expect(strictest(matches.map(({ decision }) => decision))).toBe("prompt");
  expect(mostSpecific(matches, "prompt")?.justification).toBe("long");
  expect(strictest([])).toBeUndefined();
});

test("an added rule allows what begins with it", () => {
  expect(ruleMatches(withAllowed(noRules, ["a", "b"]), ["a", "b", "c"])).toHaveLength(1);
  expect(ruleMatches(withAllowed(noRules, ["a", "b"]), ["a"])).toHaveLength(0);
  expect(ruleMatches(withAllowed(noRules, []), ["a"])).toHaveLength(0);
});

/** The lines that the reference (0.169.0) wrote for these prefixes. */
test.each<[string[], string]>([
  [["touch", "/var/shq"], 'prefix_rule(pattern=["touch", "/var/shq"], decision="allow")'],
  [
    ["/bin/bash", "-lc", 'echo "q\\"uo" \'it\\n\' é'],
    'prefix_rule(pattern=["/bin/bash", "-lc", "echo \\"q\\\\\\"uo\\" \'it\\\\n\' é"], decision="allow")',
  ],
  [["cat", "a\nb\tc"], 'prefix_rule(pattern=["cat", "a\\nb\\tc"], decision="allow")'],
])("%j is written as %s, and read again", (prefix, line) => {
  expect(formatPrefixRule(prefix)).toBe(line);
  expect(ruleMatches(rules(line), [...prefix, "more"])).toEqual([
    { decision: "allow", matched: prefix, justification: undefined },
  ]);
});

test("a rule is added as a line of its own, once", () => {
  const line = 'prefix_rule(pattern=["rm", "-f"], decision="allow")';
  expect(appendRule("", ["rm", "-f"])).toBe(`${line}\n`);
  expect(appendRule("# mine", ["rm", "-f"])).toBe(`# mine\n${line}\n`);
  expect(appendRule("foo(1)\n", ["rm", "-f"])).toBe(`foo(1)\n${line}\n`);
  expect(appendRule(`${line}\n# end\n`, ["rm", "-f"])).toBe(`${line}\n# end\n`);
  expect(() => appendRule("", [])).toThrow(RangeError);
});
