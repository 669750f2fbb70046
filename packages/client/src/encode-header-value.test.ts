import * as fc from "fast-check";
import { expect, it } from "vitest";

import { encodeHeaderValue } from "./encode-header-value.js";

it("leaves ASCII alone", () => {
  expect(encodeHeaderValue("codex_vscode/1 (a; b)\t~")).toBe("codex_vscode/1 (a; b)\t~");
  expect(encodeHeaderValue("")).toBe("");
});

it("has one character per byte of the UTF-8 text", () => {
  expect(encodeHeaderValue("é")).toBe("\u00c3\u00a9");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(Buffer.from(encodeHeaderValue(text), "latin1")).toEqual(Buffer.from(text, "utf8"));
    }),
  );
});
