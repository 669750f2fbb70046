// Which members of stable methods need `capabilities.experimentalApi`: the difference between the schema generated
// with --experimental and the one without.

import { GATED_VARIANTS } from "./gated-variants.mjs";
import { referenceName } from "./reachability.mjs";

/** @typedef {import("./schema-model.d.ts").Definitions} Definitions */
/** @typedef {import("./schema-model.d.ts").Schema} Schema */

/**
 * Paths of the members of a params type that exist only with the experimental surface, in declared order. Members
 * of a nested type are dotted: `deferOutput.commandExecution`.
 * @param {string} name
 * @param {Definitions} experimental annotated definitions
 * @param {Definitions} stable
 * @returns {string[]}
 */
export function experimentalFields(name, experimental, stable) {
  const before = stable[name];
  if (before === undefined) return [];
  const known = propertiesOf(before);
  return Object.entries(propertiesOf(experimental[name] ?? true)).flatMap(([property, schema]) => {
    if (!(property in known)) return [property];
    const target = referencedName(schema);
    if (target === undefined || target === name) return [];
    return experimentalFields(target, experimental, stable).map((inner) => `${property}.${inner}`);
  });
}

/**
 * Members of a params type whose value may be a gated enum variant: `{ approvalPolicy: "AskForApproval" }`.
 * The empty name stands for the params themselves.
 * @param {string} name
 * @param {Definitions} definitions
 * @returns {Record<string, string>}
 */
export function gatedMembers(name, definitions) {
  /** @type {Record<string, string>} */
  const members = {};
  if (name in GATED_VARIANTS) members[""] = name;
  for (const [property, schema] of Object.entries(propertiesOf(definitions[name] ?? true))) {
    const target = referencedName(schema);
    if (target !== undefined && target in GATED_VARIANTS) members[property] = target;
  }
  return members;
}

/**
 * @param {Schema} schema
 * @returns {Record<string, Schema>}
 */
function propertiesOf(schema) {
  return typeof schema === "object" ? (schema.properties ?? {}) : {};
}

/**
 * The definition a member refers to, looking through `null`.
 * @param {Schema} schema
 * @returns {string | undefined}
 */
function referencedName(schema) {
  if (typeof schema === "boolean") return undefined;
  if (schema.$ref !== undefined) return referenceName(schema.$ref);
  return [...(schema.anyOf ?? []), ...(schema.allOf ?? [])].map(referencedName).find((name) => name !== undefined);
}
