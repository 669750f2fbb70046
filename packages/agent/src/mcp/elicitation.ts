import type { McpServerElicitationRequestParams, McpServerElicitationRequestResponse } from "@switchboard/protocol";
import type { ElicitRequest, ElicitResult } from "@modelcontextprotocol/client";

/** What a server wants to know, without who is asked. */
export type Elicitation =
  | Omit<Extract<McpServerElicitationRequestParams, { mode: "form" }>, "threadId" | "turnId" | "serverName">
  | Omit<Extract<McpServerElicitationRequestParams, { mode: "url" }>, "threadId" | "turnId" | "serverName">;

/** Asks the clients of a thread. Undefined when nobody answers. */
export type Elicit = (
  elicitation: Elicitation,
  signal: AbortSignal,
) => Promise<McpServerElicitationRequestResponse | undefined>;

/** A server's question in our protocol's words, or undefined for one that clients could not show. */
export function asElicitation({ params }: ElicitRequest): Elicitation | undefined {
  const { message, _meta: meta = null } = params;
  if (params.mode === "url") {
    const { url, elicitationId } = params;
    // Clients open it: nothing but the web.
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) return undefined;
    return { mode: "url", _meta: meta, message, url, elicitationId };
  }
  const properties: Array<[string, FormProperty]> = [];
  for (const [name, property] of Object.entries(params.requestedSchema.properties)) {
    if (!isFormProperty(property)) return undefined;
    properties.push([name, property]);
  }
  const { required } = params.requestedSchema;
  return {
    mode: "form",
    _meta: meta,
    message,
    requestedSchema: {
      type: "object",
      properties: Object.fromEntries(properties),
      ...(required === undefined ? {} : { required }),
    },
  };
}

type FormSchema = Extract<McpServerElicitationRequestParams, { mode: "form" }>["requestedSchema"];
type FormProperty = FormSchema["properties"][string];

/** The library has checked the schema by the grammar of the protocol, which is the one of our types. */
function isFormProperty(property: object): property is FormProperty {
  if (!("type" in property)) return false;
  return ["string", "number", "integer", "boolean", "array"].some((type) => type === property.type);
}

/** The clients' answer in the words of the protocol of the server. Whatever is not a clear answer declines. */
export function asElicitResult(answer: McpServerElicitationRequestResponse | undefined): ElicitResult {
  if (answer === undefined) return { action: "decline" };
  if (answer.action !== "accept") return { action: answer.action };
  const content = asContent(answer.content);
  if (content === undefined) return { action: "decline" };
  return { action: "accept", ...(content === null ? {} : { content }) };
}

type Content = NonNullable<ElicitResult["content"]>;

/** Form values as the protocol allows them; null for none, undefined for anything else. */
function asContent(value: unknown): Content | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  const content: Content = {};
  for (const [name, member] of Object.entries(value)) {
    if (typeof member === "string" || typeof member === "number" || typeof member === "boolean") content[name] = member;
    else if (Array.isArray(member) && member.every((each) => typeof each === "string")) content[name] = member;
    else return undefined;
  }
  return content;
}
