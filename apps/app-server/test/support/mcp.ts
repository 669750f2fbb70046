import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { functionCall, text, type RecordedRequest, type Reply } from "@switchboard/simulator";

import { temporaryFolder } from "./temporary-home.js";
import type { Json } from "./wire-client.js";

const script = fileURLToPath(new URL("scripted-mcp-server.mjs", import.meta.url));

/** Configuration before the provider's table: turns wait for servers however busy the machine is. */
export const patient = "mcp_optional_startup_grace_ms = 20000";

/** What a scripted MCP server noted. */
export interface Note {
  readonly what: string;
  readonly pid: number;
  readonly [more: string]: Json;
}

/** A record of scripted servers, and the configuration that makes them write to it. */
export interface McpLog {
  /** The table of a server; `more` goes into it. */
  readonly server: (name: string, mode?: string, more?: string) => string;
  readonly notes: (what?: string) => Note[];
  /** Waits until that many notes of a kind are there. */
  readonly noted: (what: string, count?: number) => Promise<Note[]>;
}

/** Makes one in a folder of its own. */
export async function mcpLog(): Promise<McpLog> {
  const file = join(await temporaryFolder(), "log");
  await writeFile(file, "");
  const notes = (what?: string): Note[] =>
    readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line))
      .filter((note: Note) => what === undefined || note.what === what);
  return {
    server: (name, mode = "", more = "") => `
[mcp_servers.${name}]
command = ${JSON.stringify(process.execPath)}
args = ${JSON.stringify([script, mode])}
env = { MCP_LOG = ${JSON.stringify(file)} }
${more}
`,
    notes,
    noted: async (what, count = 1) => {
      for (;;) {
        const found = notes(what);
        if (found.length >= count) return found;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
  };
}

/** Whether a process is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until a process has gone. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A model that calls one tool, given as `mcp__SERVER__TOOL`, and then says that it is done. */
export function calls(name: string, args: Json = {}, callId = "call_1"): Reply[] {
  const [, namespace = "", tool = ""] = /^(mcp__[a-z]+)__(.*)$/.exec(name) ?? [];
  return [functionCall({ namespace, name: tool, arguments: args, callId }), text("done")];
}

/** The groups of MCP tools that a model request offers. */
export function namespaces(request: RecordedRequest | undefined): Json[] {
  const tools: Json = request?.at("tools") ?? [];
  return tools.filter(({ type }: Json) => type === "namespace");
}

/** The names of the MCP tools that a model request offers. */
export function toolNames(request: RecordedRequest | undefined): string[] {
  return namespaces(request).flatMap(({ name, tools }) => tools.map((tool: Json) => `${name}__${tool.name}`));
}
