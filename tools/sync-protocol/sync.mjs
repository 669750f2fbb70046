// node tools/sync-protocol/sync.mjs [--version 0.169.0] [--binary PATH]
//
// Run by hand when the protocol version moves. Needs the network; everything else works from what this writes.

import { mkdirSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { buildManifest } from "./build-manifest.mjs";
import { inRepository, SCHEMA_FOLDER } from "./committed-files.mjs";
import { formatJson } from "./format-json.mjs";
import { generate } from "./generate.mjs";
import { withReference } from "./run-reference.mjs";

const { values } = parseArgs({
  options: { version: { type: "string", default: "0.169.0" }, binary: { type: "string" } },
});

const { definitions, manifest } = withReference({ version: values.version, binary: values.binary }, (generated) =>
  buildManifest(values.version, generated),
);

mkdirSync(inRepository(SCHEMA_FOLDER), { recursive: true });
writeFileSync(inRepository(`${SCHEMA_FOLDER}/definitions.json`), `${formatJson({ definitions })}\n`);
writeFileSync(inRepository(`${SCHEMA_FOLDER}/methods.json`), `${formatJson(manifest)}\n`);
await generate();
console.log(
  `schema of ${manifest.version}: ${Object.keys(definitions).length} definitions, ${manifest.clientRequests.length} client requests`,
);
