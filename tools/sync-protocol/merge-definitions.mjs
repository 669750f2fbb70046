// generate-json-schema keeps two namespaces, `definitions` and `definitions.v2`. Ours is flat.

import { isDeepStrictEqual } from "node:util";
import { stripProse } from "./strip-prose.mjs";

// Message envelopes: the manifest says the same, and our own envelope types are written by hand.
const ENVELOPES = /^(JSONRPC.*|(Client|Server)(Request|Notification))$/;

// Root schemas of params that may be null; the manifest records `nullable` instead.
const NULLABLE_WRAPPER = /^Nullable[A-Z]/;

/**
 * All definitions of one generated schema in a single namespace, without prose.
 * @param {any} generated
 * @returns {{ definitions: Record<string, any>, envelopes: Record<string, any> }}
 */
export function mergeDefinitions(generated) {
  const { v2, ...v1 } = generated.definitions;
  /** @type {Record<string, any>} */
  const definitions = {};
  /** @type {Record<string, any>} */
  const envelopes = {};
  for (const [name, schema] of [...Object.entries(v1), ...Object.entries(v2)]) {
    const flat = flattenReferences(stripProse(schema));
    if (ENVELOPES.test(name)) {
      envelopes[name] = flat;
      continue;
    }
    if (NULLABLE_WRAPPER.test(name)) continue;
    if (name in definitions && !isDeepStrictEqual(definitions[name], flat)) {
      throw new Error(`definition ${name} differs between v1 and v2: a flat namespace no longer works`);
    }
    definitions[name] = flat;
  }
  return { definitions, envelopes };
}

/**
 * @param {any} schema
 * @returns {any}
 */
function flattenReferences(schema) {
  if (Array.isArray(schema)) return schema.map(flattenReferences);
  if (typeof schema !== "object" || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) =>
      key === "$ref" && typeof value === "string"
        ? [key, value.replace("#/definitions/v2/", "#/definitions/")]
        : [key, flattenReferences(value)],
    ),
  );
}
