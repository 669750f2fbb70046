import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { encodeError, encodeNotification, encodeRequest, encodeResult, parseMessage } from "./envelope.js";

describe("parseMessage", () => {
  test.each([
    ["a request", '{"id":1,"method":"m","params":{"a":1}}', { kind: "request", id: 1, method: "m", params: { a: 1 } }],
    ["a request without params", '{"method":"m","id":"x"}', { kind: "request", id: "x", method: "m" }],
    ["a request with null params", '{"id":0,"method":"m","params":null}', { kind: "request", id: 0, params: null }],
    ["a request with list params", '{"id":-1,"method":"m","params":[1]}', { kind: "request", id: -1, params: [1] }],
    ["an empty string as id", '{"id":"","method":"m"}', { kind: "request", id: "" }],
    ["an empty method", '{"id":1,"method":""}', { kind: "request", method: "" }],
    ["an integer written as a float", '{"id":1.0,"method":"m"}', { kind: "request", id: 1 }],
    ["the largest id", '{"id":9007199254740991,"method":"m"}', { kind: "request", id: Number.MAX_SAFE_INTEGER }],
    ["the smallest id", '{"id":-9007199254740991,"method":"m"}', { kind: "request", id: Number.MIN_SAFE_INTEGER }],
    ["a notification", '{"method":"m","params":{}}', { kind: "notification", method: "m", params: {} }],
    ["a time stamp", '{"method":"m","emittedAtMs":5}', { kind: "notification", method: "m", params: undefined }],
    ["a result", '{"id":1,"result":{"a":1}}', { kind: "result", id: 1, result: { a: 1 } }],
    ["a null result", '{"id":"a","result":null}', { kind: "result", id: "a", result: null }],
    ["a null error beside a result", '{"id":1,"result":1,"error":null}', { kind: "result", id: 1, result: 1 }],
    ["an error", '{"error":{"code":-1,"message":"m"},"id":1}', { kind: "error", error: { code: -1, message: "m" } }],
    [
      "an error with data",
      '{"id":1,"error":{"code":-1,"message":"m","data":[1]}}',
      { kind: "error", id: 1, error: { code: -1, message: "m", data: [1] } },
    ],
    ["a jsonrpc member", '{"jsonrpc":"2.0","id":1,"method":"m"}', { kind: "request", id: 1, method: "m" }],
    ["a wrong jsonrpc member", '{"jsonrpc":1,"id":1,"result":2}', { kind: "result", id: 1, result: 2 }],
    ["unknown members", '{"id":1,"method":"m","trace":{},"x":1}', { kind: "request", id: 1, method: "m" }],
    ["a method beside a result", '{"id":1,"method":"m","result":1}', { kind: "request", id: 1, method: "m" }],
    ["white space", ' \t{ "method" : "m" }\r\n', { kind: "notification", method: "m" }],
    ["a repeated member", '{"id":1,"id":2,"method":"m"}', { kind: "request", id: 2 }],
    ["an own __proto__", '{"__proto__":{"id":1},"method":"m"}', { kind: "notification", method: "m" }],
  ])("reads %s", (_, text, message) => {
    expect(parseMessage(text)).toMatchObject(message);
  });

  test.each([
    ["nothing", ""],
    ["a cut message", '{"id":1,"method":"m"'],
    ["two messages", '{"method":"a"}{"method":"b"}'],
    ["no JSON", "hello"],
    ["a batch", '[{"id":1,"method":"m"}]'],
    ["an empty batch", "[]"],
    ["a string", '"m"'],
    ["a number", "1"],
    ["true", "true"],
    ["null", "null"],
    ["an empty object", "{}"],
    ["an id alone", '{"id":1}'],
    ["params alone", '{"params":{}}'],
    ["a null id", '{"id":null,"method":"m"}'],
    ["a fractional id", '{"id":1.5,"method":"m"}'],
    ["a boolean id", '{"id":true,"method":"m"}'],
    ["an object as id", '{"id":{},"method":"m"}'],
    ["a list as id", '{"id":[1],"method":"m"}'],
    ["an id that is too large", '{"id":9007199254740993,"method":"m"}'],
    ["an id that is too small", '{"id":-9007199254740993,"method":"m"}'],
    ["an id beyond all numbers", '{"id":1e400,"method":"m"}'],
    ["a numeric method", '{"id":1,"method":5}'],
    ["a null method", '{"id":1,"method":null}'],
    ["a method that is an object", '{"method":{}}'],
    ["a null method beside a result", '{"id":1,"method":null,"result":1}'],
    ["a result without id", '{"result":1}'],
    ["a result with a null id", '{"id":null,"result":1}'],
    ["an error with a null id", '{"id":null,"error":{"code":1,"message":"m"}}'],
    ["an error that is text", '{"id":1,"error":"m"}'],
    ["an error without code", '{"id":1,"error":{"message":"m"}}'],
    ["an error without message", '{"id":1,"error":{"code":1}}'],
    ["an error that is a list", '{"id":1,"error":[1,"m"]}'],
    ["inherited members", '{"id":1,"__proto__":{"method":"m"}}'],
  ])("finds %s malformed", (_, text) => {
    const message = parseMessage(text);
    expect(message).toEqual({ kind: "malformed", reason: expect.stringMatching(/./) });
  });

  test("never throws", () => {
    const kinds = ["request", "notification", "result", "error", "malformed"];
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(kinds).toContain(parseMessage(text).kind);
      }),
    );
  });
});

describe("the encoders", () => {
  test.each([
    ["a request", encodeRequest(1, "m", { a: 1 }), '{"method":"m","id":1,"params":{"a":1}}'],
    ["a request without params", encodeRequest("x", "m", undefined), '{"method":"m","id":"x"}'],
    ["a result", encodeResult("x", [1]), '{"id":"x","result":[1]}'],
    ["a falsy result", encodeResult(0, false), '{"id":0,"result":false}'],
    ["an undefined result", encodeResult(1, undefined), '{"id":1,"result":{}}'],
    ["a null result", encodeResult(1, null), '{"id":1,"result":{}}'],
    ["an id that needs escapes", encodeResult('"\n', 1), '{"id":"\\"\\n","result":1}'],
    ["an error", encodeError(1, { code: -1, message: "m" }), '{"error":{"code":-1,"message":"m"},"id":1}'],
    ["a notification", encodeNotification("m", { a: 1 }), '{"method":"m","params":{"a":1}}'],
    ["a notification alone", encodeNotification("m", undefined), '{"method":"m"}'],
    ["a time stamp", encodeNotification("m", {}, 7), '{"method":"m","params":{},"emittedAtMs":7}'],
  ])("write %s", (_, frame, text) => {
    expect(frame.toString("utf8")).toBe(text);
  });

  test("never write a line end or a jsonrpc member, and parseMessage reads them back", () => {
    const id = fc.oneof(fc.string(), fc.maxSafeInteger());
    const object = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue({ stringUnit: "binary" }));
    fc.assert(
      fc.property(id, fc.string({ unit: "binary" }), object, (anyId, method, params) => {
        const frame = encodeRequest(anyId, method, params).toString("utf8");
        expect(frame).not.toContain("\n");
        expect(frame.startsWith('{"method":')).toBe(true);
        // `JSON.parse` keeps -0, `JSON.stringify` does not; both mean the same id.
        const expected = JSON.parse(JSON.stringify({ kind: "request", id: anyId, method, params }));
        expect(parseMessage(frame)).toEqual(expected);
      }),
    );
  });
});
