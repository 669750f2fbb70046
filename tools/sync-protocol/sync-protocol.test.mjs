import { describe, expect, test } from "vitest";
import { toShape } from "./decode-shapes.mjs";
import { experimentalFields, gatedMembers } from "./experimental.mjs";
import { formatJson } from "./format-json.mjs";
import { check } from "./generate.mjs";
import { mergeDefinitions } from "./merge-definitions.mjs";
import { reconcile } from "./reconcile.mjs";
import { renderType } from "./render-type.mjs";
import { pairResponses } from "./response-types.mjs";
import { stripErrors } from "./strip-errors.mjs";
import { stripProse } from "./strip-prose.mjs";

test("the generated files match the committed schema", { timeout: 60_000 }, async () => {
  expect(await check()).toEqual([]);
});

test("prose goes, members that are called like prose stay", () => {
  const schema = {
    $schema: "x",
    title: "A thread",
    description: "Says something.",
    properties: { title: { description: "Its name.", type: "string" }, description: { type: "string", default: "d" } },
    anyOf: [{ $comment: "why", examples: [1], type: "object" }],
  };
  expect(stripProse(schema)).toEqual({
    properties: { title: { type: "string" }, description: { type: "string", default: "d" } },
    anyOf: [{ type: "object" }],
  });
});

describe("one namespace of definitions", () => {
  const v1 = { Same: { type: "string", title: "Same" } };

  test("takes equal definitions once and flattens references", () => {
    const merged = mergeDefinitions({
      definitions: { ...v1, v2: { Same: { type: "string" }, Other: { $ref: "#/definitions/v2/Same" } } },
    });
    expect(merged.definitions).toEqual({ Same: { type: "string" }, Other: { $ref: "#/definitions/Same" } });
  });

  test("refuses two definitions of one name", () => {
    expect(() => mergeDefinitions({ definitions: { ...v1, v2: { Same: { type: "integer" } } } })).toThrow(
      /Same differs/,
    );
  });
});

describe("reconciling the two generators", () => {
  test("accepts names that are supplemented", () => {
    expect(() => reconcile("requests", ["a", "b"], ["a"], ["b"])).not.toThrow();
  });

  test.each([
    [["a"], ["a", "b"], [], /only in the JSON Schema: b/],
    [["a", "b"], ["a"], [], /not supplemented: b/],
    [["a"], ["a"], ["a"], /no longer missing: a/],
  ])("fails for %j against %j with %j supplemented", (typescript, schema, supplemented, message) => {
    expect(() => reconcile("requests", typescript, schema, supplemented)).toThrow(message);
  });
});

describe("the experimental surface", () => {
  const stable = {
    Params: {
      properties: { a: { type: "string" }, nested: { anyOf: [{ $ref: "#/definitions/Nested" }, { type: "null" }] } },
    },
    Nested: { properties: {} },
  };
  const experimental = {
    Params: {
      properties: {
        ...stable.Params.properties,
        b: { type: "string" },
        approval: { $ref: "#/definitions/AskForApproval" },
      },
    },
    Nested: { properties: { deep: { type: "boolean" } } },
  };

  test("is what only the larger schema has, also in nested types", () => {
    expect(experimentalFields("Params", experimental, stable)).toEqual(["nested.deep", "b", "approval"]);
    expect(experimentalFields("Params", stable, stable)).toEqual([]);
  });

  test("includes members that may hold a gated variant", () => {
    expect(gatedMembers("Params", experimental)).toEqual({ approval: "AskForApproval" });
  });
});

describe("pairing requests with responses", () => {
  test("goes by the params' name, then by the method's", () => {
    const requests = [
      { method: "thread/name/set", params: "ThreadSetNameParams" },
      { method: "memory/reset", params: null },
    ];
    const pairs = pairResponses(requests, new Set(["ThreadSetNameResponse", "MemoryResetResponse"]));
    expect([...pairs]).toEqual([
      ["thread/name/set", "ThreadSetNameResponse"],
      ["memory/reset", "MemoryResetResponse"],
    ]);
  });

  test("fails for a request without a response and for a response without a request", () => {
    expect(() => pairResponses([{ method: "a/b", params: null }], new Set())).toThrow(
      /no response type found for a\/b/,
    );
    expect(() => pairResponses([], new Set(["StrayResponse"]))).toThrow(/StrayResponse/);
  });
});

describe("types", () => {
  const sent = { sent: true };
  const received = { sent: false };

  test.each([
    [{ type: ["string", "null"] }, "string | null"],
    [{ items: { type: ["integer", "null"], format: "int64" }, type: "array" }, "Array<number | null>"],
    [{ additionalProperties: { type: "boolean" }, type: "object" }, "Record<string, boolean>"],
    [{ type: "object" }, "Record<string, never>"],
    [true, "unknown"],
    [{ allOf: [{ $ref: "#/definitions/Thread" }] }, "Thread"],
  ])("%j is %s", (schema, type) => {
    expect(renderType(schema, received, "")).toBe(type);
  });

  test("what is always present is required only in what we send", () => {
    const schema = { properties: { a: { type: "string" } }, "x-present": ["a"], type: "object" };
    expect(renderType(schema, sent, "")).toBe("{\n  a: string;\n}");
    expect(renderType(schema, received, "")).toBe("{\n  a?: string;\n}");
  });

  test("members common to all variants are in each", () => {
    const variant = (/** @type {string} */ name) => ({
      properties: { type: { enum: [name], type: "string" } },
      required: ["type"],
      type: "object",
    });
    const schema = { oneOf: [variant("a"), variant("b")], properties: { at: { type: "integer" } } };
    expect(renderType(schema, received, "")).toBe(
      '{\n  type: "a";\n  at?: number;\n} | {\n  type: "b";\n  at?: number;\n}',
    );
  });

  test("an unknown form is an error, not unknown", () => {
    expect(() => renderType({ format: "date" }, received, "")).toThrow(/no type/);
  });
});

test("shapes keep serde's kinds of enum apart", () => {
  const struct = (/** @type {string} */ name) => ({
    properties: { type: { enum: [name], type: "string" } },
    type: "object",
  });
  expect(toShape({ enum: ["a"], type: "string" }, "E")).toMatchObject({ k: "external" });
  expect(toShape({ oneOf: [struct("a"), struct("b")] }, "E")).toMatchObject({ k: "internal", tag: "type" });
  expect(toShape({ anyOf: [{ type: "string" }, { type: "boolean" }] }, "E")).toMatchObject({
    k: "untagged",
    name: "E",
  });
  expect(toShape({ anyOf: [{ type: "string" }, { type: "null" }] }, "E")).toEqual({ k: "option", of: { k: "string" } });
});

test("error descriptions are emptied, calls between validators are kept", () => {
  const code =
    'v.errors = [{instancePath:p+"/{x",schemaPath:"#/type",params:{type:"a"}}];v2(d, {instancePath:p,parentData:d})';
  expect(stripErrors(code)).toBe("v.errors = [{}];v2(d, {instancePath:p,parentData:d})");
});

test("JSON breaks lines only where they are too long", () => {
  const long = { a: { b: 1 }, c: "x".repeat(110) };
  expect(formatJson({ a: 1 })).toBe('{"a":1}');
  expect(formatJson(long)).toBe(`{\n  "a": {"b":1},\n  "c": "${"x".repeat(110)}"\n}`);
  expect(JSON.parse(formatJson(long))).toEqual(long);
});
