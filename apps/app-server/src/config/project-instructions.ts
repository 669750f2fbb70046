import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { ProjectInstructions } from "@switchboard/agent";

import type { ProjectDocSettings } from "./settings.js";

/** Names by which instructions are found in a folder; the first that is there counts. */
const names = ["AGENTS.override.md", "AGENTS.md"];

/** Stands between what the user says for all projects and what the project says. As in the reference. */
const divider = "--- project-doc ---";

/**
 * What `AGENTS.md` says in the user's home and in each folder from the project's root down to `cwd`. No more of the
 * project's files is read than is told; the user's own file has the same limit.
 */
export async function loadProjectInstructions(
  cwd: string,
  codexHome: string,
  settings: ProjectDocSettings,
): Promise<ProjectInstructions> {
  const { maxBytes, fallbackNames, rootMarkers } = settings;
  const own = await firstOf(codexHome, names, Math.max(maxBytes, 32_768));
  const sources = own === undefined ? [] : [own.path];
  const texts: string[] = [];
  let left = maxBytes;
  for (const folder of await foldersFrom(cwd, rootMarkers)) {
    if (left <= 0) break;
    const found = await firstOf(folder, [...names, ...fallbackNames], left);
    if (found === undefined) continue;
    left -= found.bytes;
    sources.push(found.path);
    texts.push(found.text);
  }
  const project = texts.join("\n\n");
  const parts = [own?.text, project].filter((text) => text !== undefined && text !== "");
  return { sources, text: parts.join(`\n\n${divider}\n\n`) };
}

/** From the folder with a marker down to `cwd`; only `cwd` when there is none. */
async function foldersFrom(cwd: string, markers: readonly string[]): Promise<string[]> {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    folders.unshift(folder);
    const found = await Promise.all(markers.map((marker) => stat(join(folder, marker)).catch(() => undefined)));
    if (found.some((status) => status !== undefined)) return folders;
    if (dirname(folder) === folder) return [cwd];
  }
}

interface Found {
  readonly path: string;
  readonly text: string;
  readonly bytes: number;
}

/** The first file of these names that says something, cut off at a number of bytes. */
async function firstOf(folder: string, candidates: readonly string[], maxBytes: number): Promise<Found | undefined> {
  for (const name of candidates) {
    const path = join(folder, name);
    const bytes = await beginningOf(path, maxBytes).catch(() => undefined);
    // A character that was cut in the middle is left out.
    const text = bytes
      ?.toString("utf8")
      .replace(/\uFFFD+$/, "")
      .trim();
    if (bytes !== undefined && text !== undefined && text !== "") return { path, text, bytes: bytes.length };
  }
  return undefined;
}

async function beginningOf(path: string, maxBytes: number): Promise<Buffer | undefined> {
  // A pipe would keep us waiting for somebody who writes to it.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    if (!status.isFile()) return undefined;
    const bytes = Buffer.alloc(Math.min(status.size, maxBytes));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
