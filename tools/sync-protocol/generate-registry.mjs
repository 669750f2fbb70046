// packages/protocol/src/generated/registry-table.ts: all messages in a form that costs next to nothing to load.
// One line per message; packages/protocol/src/registry reads a line when the message is asked for.

import { GATED_VARIANTS } from "./gated-variants.mjs";
import { GENERATED_NOTICE } from "./generate-types.mjs";
import { referenceName } from "./reachability.mjs";

/** @typedef {import("./schema-model.d.ts").CommittedSchema} CommittedSchema */
/** @typedef {import("./schema-model.d.ts").Definitions} Definitions */
/** @typedef {import("./schema-model.d.ts").RequestEntry} RequestEntry */
/** @typedef {import("./schema-model.d.ts").NotificationEntry} NotificationEntry */
/** @typedef {import("./schema-model.d.ts").Schema} Schema */

/**
 * Members for which the reference reads an empty string as absent, so that it needs no capability.
 * Seen on the binary; nothing in the generated schema tells.
 */
const EMPTY_IS_ABSENT = new Set(["thread/resume path", "thread/fork path"]);

/**
 * @param {CommittedSchema} schema
 * @returns {string}
 */
export function generateRegistryTable({ definitions, manifest }) {
  const request = (/** @type {RequestEntry} */ entry) => requestLine(entry, definitions);
  return `${GENERATED_NOTICE}
//
// A request: method, params (- for none, ? after the name when they may be absent), response, s(table) or
// e(xperimental), then what needs the experimental capability in the order the reference checks it:
// name (any value but null), name! (only true), name~ (any value but null and ""), name=Type (a gated variant).
// A notification: method, params, s or e.

/** Requests a client sends. */
export const clientRequestTable: string = \`
${manifest.clientRequests.map(request).join("\n")}
\`;

/** Requests the server sends. */
export const serverRequestTable: string = \`
${manifest.serverRequests.map(request).join("\n")}
\`;

/** Notifications the server sends. */
export const serverNotificationTable: string = \`
${manifest.serverNotifications.map(notificationLine).join("\n")}
\`;

/** Notifications a client sends. */
export const clientNotificationTable: string = \`
${manifest.clientNotifications.map(notificationLine).join("\n")}
\`;

/** Enum variants that need the experimental capability: by enum, variant name to the reference's reason. */
export const gatedVariants: Readonly<Record<string, Readonly<Record<string, string>>>> = ${JSON.stringify(GATED_VARIANTS, null, 2)};
`;
}

/**
 * @param {RequestEntry} entry
 * @param {Definitions} definitions
 */
function requestLine(entry, definitions) {
  const params = entry.params === null ? "-" : `${entry.params}${entry.nullable ? "?" : ""}`;
  return [entry.method, params, entry.response, entry.stability.charAt(0), ...gates(entry, definitions)].join(" ");
}

/** @param {NotificationEntry} entry */
function notificationLine({ method, params, stability }) {
  return [method, params ?? "-", stability.charAt(0)].join(" ");
}

/**
 * @param {RequestEntry} entry
 * @param {Definitions} definitions
 * @returns {string[]}
 */
function gates(entry, definitions) {
  const { params } = entry;
  if (params === null) return [];
  const declared = Object.keys(propertiesOf(definitions[params]));
  const fields = (entry.experimentalFields ?? []).map((field) => ({
    field,
    text: fieldGate(entry.method, field, params, definitions),
  }));
  const variants = Object.entries(entry.gatedVariants ?? {}).map(([field, type]) => ({
    field,
    text: `${field}=${type}`,
  }));
  const position = (/** @type {string} */ field) => declared.indexOf(field.split(".")[0] ?? field);
  return [...fields, ...variants].sort((a, b) => position(a.field) - position(b.field)).map(({ text }) => text);
}

/**
 * @param {string} method
 * @param {string} field
 * @param {string} params
 * @param {Definitions} definitions
 */
function fieldGate(method, field, params, definitions) {
  if (EMPTY_IS_ABSENT.has(`${method} ${field}`)) return `${field}~`;
  const schema = memberSchema(field.split("."), definitions[params] ?? true, definitions);
  return typeof schema === "object" && schema.type === "boolean" ? `${field}!` : field;
}

/**
 * @param {string[]} path
 * @param {Schema} schema
 * @param {Definitions} definitions
 * @returns {Schema}
 */
function memberSchema([name, ...rest], schema, definitions) {
  if (name === undefined) return schema;
  const member = propertiesOf(schema)[name] ?? true;
  return memberSchema(rest, rest.length === 0 ? member : dereference(member, definitions), definitions);
}

/**
 * @param {Schema} schema
 * @param {Definitions} definitions
 * @returns {Schema}
 */
function dereference(schema, definitions) {
  if (typeof schema === "boolean") return schema;
  if (schema.$ref !== undefined) return definitions[referenceName(schema.$ref)] ?? true;
  const branch = (schema.anyOf ?? schema.allOf ?? []).find(
    (candidate) => typeof candidate === "object" && candidate.$ref !== undefined,
  );
  return branch === undefined ? schema : dereference(branch, definitions);
}

/**
 * @param {Schema | undefined} schema
 * @returns {Record<string, Schema>}
 */
function propertiesOf(schema) {
  return typeof schema === "object" ? (schema.properties ?? {}) : {};
}
