// node tools/sync-protocol/generate.mjs [--check]
//
// Writes everything that follows from the committed schema: no network, no reference binary. With --check nothing
// is written; files that differ are named and the exit code is 1.

import { DOCS_FILE, GENERATED_FOLDER, readCommittedSchema } from "./committed-files.mjs";
import { generateDocs } from "./generate-docs.mjs";
import { generateMethodMaps } from "./generate-method-maps.mjs";
import { GENERATED_NOTICE, generateTypes } from "./generate-types.mjs";
import { generateRegistryTable } from "./generate-registry.mjs";
import { generateValidators } from "./generate-validators.mjs";
import { differingFiles, writeFiles } from "./output.mjs";
import { readImplemented } from "./read-status.mjs";

/**
 * The files that should exist, by path from the root of the repository.
 * @returns {Promise<Map<string, string>>}
 */
async function render() {
  const schema = readCommittedSchema();
  const { manifest } = schema;
  const index = `${GENERATED_NOTICE}\n\nexport * from "./method-maps.js";\nexport type * from "./types.js";\n`;
  const generated = new Map([
    ["index.ts", index],
    ["types.ts", generateTypes(schema)],
    ["method-maps.ts", generateMethodMaps(manifest)],
    ["registry-table.ts", generateRegistryTable(schema)],
    ...generateValidators(schema),
  ]);
  const files = new Map([...generated].map(([file, content]) => [`${GENERATED_FOLDER}/${file}`, content]));
  return files.set(DOCS_FILE, generateDocs(manifest, await readImplemented()));
}

/** Regenerates every file. */
export async function generate() {
  writeFiles(await render());
}

/**
 * @returns {Promise<string[]>} files that do not match the committed schema
 */
export async function check() {
  return differingFiles(await render());
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv.includes("--check")) {
    const stale = await check();
    for (const file of stale) console.error(`does not match packages/protocol/schema: ${file}`);
    if (stale.length > 0) process.exitCode = 1;
  } else {
    await generate();
  }
}
