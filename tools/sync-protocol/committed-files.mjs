// Where the synchronised and generated files live.

import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");

export const SCHEMA_FOLDER = "packages/protocol/schema";
export const GENERATED_FOLDER = "packages/protocol/src/generated";
export const DOCS_FILE = "docs/protocol.md";
export const STATUS_FILE = "packages/protocol/src/registry/status.ts";

/**
 * @param {string} relative a path from the root of the repository
 * @returns {string}
 */
export function inRepository(relative) {
  return path.join(root, relative);
}

/** @returns {import("./schema-model.d.ts").CommittedSchema} */
export function readCommittedSchema() {
  const read = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(inRepository(`${SCHEMA_FOLDER}/${name}`), "utf8"));
  return { definitions: read("definitions.json").definitions, manifest: read("methods.json") };
}
