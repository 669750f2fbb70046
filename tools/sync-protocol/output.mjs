// Writes or compares the generated files. Files left over in a folder that is wholly generated count as different.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync, existsSync } from "node:fs";
import path from "node:path";
import { GENERATED_FOLDER, inRepository } from "./committed-files.mjs";

/** @param {ReadonlyMap<string, string>} files content by path from the root of the repository */
export function writeFiles(files) {
  for (const file of leftovers(files)) rmSync(inRepository(file));
  for (const [file, content] of files) {
    mkdirSync(path.dirname(inRepository(file)), { recursive: true });
    writeFileSync(inRepository(file), content);
  }
}

/**
 * @param {ReadonlyMap<string, string>} files
 * @returns {string[]}
 */
export function differingFiles(files) {
  const changed = [...files].filter(([file, content]) => read(file) !== content).map(([file]) => file);
  return [...changed, ...leftovers(files)];
}

/** @param {string} file */
function read(file) {
  return existsSync(inRepository(file)) ? readFileSync(inRepository(file), "utf8") : undefined;
}

/** @param {ReadonlyMap<string, string>} files */
function leftovers(files) {
  const folder = inRepository(GENERATED_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(
      (entry) =>
        `${GENERATED_FOLDER}/${path.relative(folder, path.join(entry.parentPath, entry.name)).replaceAll("\\", "/")}`,
    )
    .filter((file) => !files.has(file));
}
