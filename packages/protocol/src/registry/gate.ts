import { gatedVariants } from "../generated/registry-table.js";
import { isObject } from "../json-object.js";

/** What in a request's params needs the experimental capability. */
export interface Gate {
  /** Member names from the params down; empty for the params themselves. */
  readonly path: readonly string[];
  /**
   * Which values count. `any`: all but null. `true`: only true, for a flag that is false by default. `filled`: all but
   * null and the empty string. Otherwise the enum some of whose variants count.
   */
  readonly counts: "any" | "true" | "filled" | { readonly variantsOf: string };
}

/** Reads one gate of a generated registry line; the line's own comment explains the marks. */
export function readGate(text: string): Gate {
  const equals = text.indexOf("=");
  if (equals >= 0) return { path: readPath(text.slice(0, equals)), counts: { variantsOf: text.slice(equals + 1) } };
  if (text.endsWith("!")) return { path: readPath(text.slice(0, -1)), counts: "true" };
  if (text.endsWith("~")) return { path: readPath(text.slice(0, -1)), counts: "filled" };
  return { path: readPath(text), counts: "any" };
}

function readPath(text: string): string[] {
  return text === "" ? [] : text.split(".");
}

/**
 * Why params need the experimental capability because of one gate, in the reference's words, or undefined.
 * The params are expected to have passed their decoder.
 */
export function gateReason(gate: Gate, method: string, params: unknown): string | undefined {
  const value = memberAt(gate.path, params);
  if (value === undefined || value === null) return undefined;
  if (typeof gate.counts === "object") return variantReason(gate.counts.variantsOf, value);
  if (gate.counts === "true" && value !== true) return undefined;
  if (gate.counts === "filled" && value === "") return undefined;
  return `${method}.${gate.path.join(".")}`;
}

function variantReason(type: string, value: unknown): string | undefined {
  const name = variantName(value);
  return name === undefined ? undefined : gatedVariants[type]?.[name];
}

/** A variant is a plain string, an object with a `type` tag or an object with the variant's name as its only key. */
function variantName(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!isObject(value)) return undefined;
  if (typeof value["type"] === "string") return value["type"];
  return Object.keys(value)[0];
}

function memberAt(path: readonly string[], params: unknown): unknown {
  let value = params;
  for (const name of path) {
    if (!isObject(value)) return undefined;
    value = value[name];
  }
  return value;
}
