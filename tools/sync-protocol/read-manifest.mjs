// Reads requests and notifications out of the envelopes of a generated JSON Schema.

/** @typedef {import("./schema-model.d.ts").SchemaObject} SchemaObject */
/** @typedef {{ method: string, params: string | null, nullable: boolean }} Message */

/**
 * @param {Record<string, any>} envelopes
 * @param {"ClientRequest" | "ServerRequest" | "ClientNotification" | "ServerNotification"} name
 * @returns {Message[]}
 */
export function readMessages(envelopes, name) {
  return envelopes[name].oneOf.map((/** @type {any} */ variant) => {
    const [method] = variant.properties.method.enum;
    return { method, ...readParams(variant.properties.params) };
  });
}

/**
 * @param {any} schema
 * @returns {{ params: string | null, nullable: boolean }}
 */
function readParams(schema) {
  if (schema === undefined || schema.type === "null") return { params: null, nullable: false };
  if (schema.$ref !== undefined) return { params: definitionName(schema.$ref), nullable: false };
  const [branch, nothing] = schema.anyOf ?? [];
  if (branch?.$ref === undefined || nothing?.type !== "null") {
    throw new Error(`params of an unknown form: ${JSON.stringify(schema)}`);
  }
  return { params: definitionName(branch.$ref), nullable: true };
}

/** @param {string} reference */
function definitionName(reference) {
  return reference.slice(reference.lastIndexOf("/") + 1);
}
