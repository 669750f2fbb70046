import { isJsonObject, type JsonObject } from "@switchboard/client";
import type {
  McpServerInfo,
  McpServerToolCallResponse,
  Resource,
  ResourceContent,
  ResourceTemplate,
  Tool,
} from "@switchboard/protocol";

import { McpError } from "./mcp-error.js";

/** The largest schema of a tool, as JSON; a tool with a larger one is left out. */
const maxSchemaLength = 64 * 1024;
/** The longest texts that a server may put before the model. */
const maxDescriptionLength = 8 * 1024;
const maxNameLength = 256;

/** A tool as its server describes it, or undefined for one that cannot be offered to a model. */
export function asTool(value: unknown): Tool | undefined {
  if (!isJsonObject(value)) return undefined;
  const { name, title, description, inputSchema, outputSchema, annotations, icons, _meta } = value;
  if (typeof name !== "string" || name === "" || name.length > maxNameLength) return undefined;
  if (!isJsonObject(inputSchema) || (inputSchema["type"] ?? "object") !== "object") return undefined;
  if (JSON.stringify(inputSchema).length > maxSchemaLength) return undefined;
  return {
    name,
    ...(typeof title === "string" ? { title: title.slice(0, maxNameLength) } : {}),
    ...(typeof description === "string" ? { description: description.slice(0, maxDescriptionLength) } : {}),
    inputSchema,
    ...(isJsonObject(outputSchema) && JSON.stringify(outputSchema).length <= maxSchemaLength ? { outputSchema } : {}),
    ...(isJsonObject(annotations) ? { annotations } : {}),
    ...(Array.isArray(icons) ? { icons } : {}),
    ...(isJsonObject(_meta) ? { _meta } : {}),
  };
}

/** Whether the server says that a tool changes nothing; null when it does not say. */
export function readOnlyHint(tool: Tool | undefined): boolean | null {
  const hint = annotation(tool, "readOnlyHint");
  return hint ?? null;
}

/** One of a tool's hints, if it is there. */
export function annotation(
  tool: Tool | undefined,
  name: "readOnlyHint" | "destructiveHint" | "openWorldHint",
): boolean | undefined {
  const hint = isJsonObject(tool?.annotations) ? tool.annotations[name] : undefined;
  return typeof hint === "boolean" ? hint : undefined;
}

/** A resource as its server lists it. */
export function asResource(value: unknown): Resource | undefined {
  if (!isJsonObject(value)) return undefined;
  const { uri, name, title, description, mimeType, size, annotations, icons, _meta } = value;
  if (typeof uri !== "string" || typeof name !== "string") return undefined;
  return {
    uri,
    name,
    ...texts({ title, description, mimeType }),
    ...(Number.isSafeInteger(size) ? { size: Number(size) } : {}),
    ...(isJsonObject(annotations) ? { annotations } : {}),
    ...(Array.isArray(icons) ? { icons } : {}),
    ...(isJsonObject(_meta) ? { _meta } : {}),
  };
}

/** A template of resources as its server lists it. */
export function asResourceTemplate(value: unknown): ResourceTemplate | undefined {
  if (!isJsonObject(value)) return undefined;
  const { uriTemplate, name, title, description, mimeType, annotations } = value;
  if (typeof uriTemplate !== "string" || typeof name !== "string") return undefined;
  return {
    uriTemplate,
    name,
    ...texts({ title, description, mimeType }),
    ...(isJsonObject(annotations) ? { annotations } : {}),
  };
}

/** What a resource holds. */
export function asResourceContent(value: unknown): ResourceContent | undefined {
  if (!isJsonObject(value)) return undefined;
  const { uri, mimeType, text, blob, _meta } = value;
  if (typeof uri !== "string") return undefined;
  const more = { ...texts({ mimeType }), ...(isJsonObject(_meta) ? { _meta } : {}) };
  if (typeof text === "string") return { uri, ...more, text };
  return typeof blob === "string" ? { uri, ...more, blob } : undefined;
}

/** What a tool answered. @throws {@link McpError} `mcp_unexpected_answer` */
export function asCallResult(result: JsonObject): McpServerToolCallResponse {
  const { content, structuredContent, isError, _meta } = result;
  if (content !== undefined && !Array.isArray(content))
    throw new McpError("mcp_unexpected_answer", "Unexpected response type");
  return {
    content: content ?? [],
    ...(structuredContent === undefined || structuredContent === null ? {} : { structuredContent }),
    ...(typeof isError === "boolean" ? { isError } : {}),
    ...(isJsonObject(_meta) ? { _meta } : {}),
  };
}

/** Who the server says it is. */
export function asServerInfo(value: unknown): McpServerInfo | null {
  if (!isJsonObject(value)) return null;
  const { name, title, version, description, icons, websiteUrl } = value;
  if (typeof name !== "string" || typeof version !== "string") return null;
  const text = (member: unknown) => (typeof member === "string" ? member : null);
  return {
    name,
    title: text(title),
    version,
    description: text(description),
    icons: Array.isArray(icons) ? icons : null,
    websiteUrl: text(websiteUrl),
  };
}

function texts<K extends string>(members: Record<K, unknown>): Partial<Record<K, string>> {
  const kept: Partial<Record<K, string>> = {};
  for (const name of Object.keys(members).filter((key): key is K => key in members)) {
    const value = members[name];
    if (typeof value === "string") kept[name] = value;
  }
  return kept;
}
