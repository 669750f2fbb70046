import { createHash } from "node:crypto";

/** The longest name the API takes. */
const maxNameLength = 64;
const hashLength = 12;

/** A tool of a server, by its own names. */
export interface NamedTool {
  readonly server: string;
  readonly tool: string;
}

/** The tools of one server as the model knows them. */
export interface Namespace<T> {
  readonly server: string;
  readonly tools: ReadonlyMap<string, T>;
}

/**
 * The namespace of each server, `mcp__SERVER`, with the names of its tools, in letters the API takes. Names
 * that come out the same, or too long, get a hash of what they stand for, as the reference gives it to
 * them: of the server where servers collide, of the tool where tools of one server do.
 */
export function modelNames<T extends NamedTool>(tools: readonly T[]): Map<string, Namespace<T>> {
  const servers = [...new Set(tools.map(({ server }) => server))];
  const namespaces = namespacesOf(new Set(servers));
  return new Map(
    servers.map((server) => [
      namespaces.get(server) ?? "",
      { server, tools: namesOf(tools.filter((tool) => tool.server === server)) },
    ]),
  );
}

function namesOf<T extends NamedTool>(tools: readonly T[]): Map<string, T> {
  const counts = new Map<string, number>();
  for (const { tool } of tools) counts.set(sanitize(tool), (counts.get(sanitize(tool)) ?? 0) + 1);
  const names = new Map<string, T>();
  for (const tool of tools) {
    const plain = sanitize(tool.tool);
    const isTaken = (counts.get(plain) ?? 0) > 1;
    const name = isTaken || plain.length > maxNameLength ? hashed(plain, toolIdentity(tool)) : plain;
    // What is the same even so is the same tool twice; the first counts.
    if (!names.has(name)) names.set(name, tool);
  }
  return names;
}

function namespacesOf(servers: ReadonlySet<string>): Map<string, string> {
  const taken = new Map<string, number>();
  for (const server of servers) taken.set(sanitize(server), (taken.get(sanitize(server)) ?? 0) + 1);
  return new Map(
    [...servers].map((server) => {
      const plain = sanitize(server);
      const suffix = (taken.get(plain) ?? 0) > 1 ? `_${hashOf(`${server}\0${server}\0`)}` : "";
      const name = `mcp__${plain}${suffix}`;
      return [server, name.length > maxNameLength ? hashed(name, `${server}\0${server}\0`) : name];
    }),
  );
}

function toolIdentity({ server, tool }: NamedTool): string {
  return `${server}\0${server}\0\0${tool}\0${tool}`;
}

function hashed(name: string, identity: string): string {
  return `${name.slice(0, maxNameLength - hashLength - 1)}_${hashOf(identity)}`;
}

/** SHA-1 as a name, not as a proof: the reference's choice. */
function hashOf(identity: string): string {
  return createHash("sha1").update(identity).digest("hex").slice(0, hashLength);
}

function sanitize(name: string): string {
  const clean = name.replaceAll(/[^a-zA-Z0-9_]/g, "_");
  return clean === "" ? "_" : clean;
}
