// The JSON Schema of the reference leaves out three legacy requests and two raw-event notifications that its
// TypeScript has. Their definitions are written here by hand; reconcile.mjs fails when that list changes.

/** @typedef {import("./schema-model.d.ts").Schema} Schema */
/** @typedef {import("./schema-model.d.ts").Definitions} Definitions */

const optionalString = { type: ["string", "null"] };
const optionalBoolean = { type: ["boolean", "null"] };

/** Requests of the original protocol; answered by 0.169.0 but absent from its JSON Schema. */
export const supplementedRequests = [
  {
    method: "getConversationSummary",
    params: "GetConversationSummaryParams",
    response: "GetConversationSummaryResponse",
  },
  { method: "gitDiffToRemote", params: "GitDiffToRemoteParams", response: "GitDiffToRemoteResponse" },
  { method: "getAuthStatus", params: "GetAuthStatusParams", response: "GetAuthStatusResponse" },
];

/** Internal notifications, sent only on threads started with `experimentalRawEvents`. */
export const supplementedNotifications = [
  { method: "rawResponseItem/completed", params: "RawResponseItemCompletedNotification" },
  { method: "rawResponse/completed", params: "RawResponseCompletedNotification" },
];

/**
 * Names the decoder of 0.169.0 takes although neither generated form lists them, in the order its messages list them.
 * @type {Readonly<Record<string, string[]>>}
 */
const unpublishedNames = {
  ModeKind: ["plan", "code", "custom", "default", "execute", "pair_programming"],
  MultiAgentMode: ["none", "custom", "explicitRequestOnly", "proactive"],
};

/** Enums that take an object with an unknown tag for their variant `other`. */
const openEnums = ["ResponseItem", "ResponsesApiWebSearchAction"];

/** @type {Definitions} */
export const supplementedDefinitions = {
  GetAuthStatusParams: object({ includeToken: optionalBoolean, refreshToken: optionalBoolean }),
  GetAuthStatusResponse: object({
    authMethod: nullable("AuthMode"),
    authToken: optionalString,
    requiresOpenaiAuth: optionalBoolean,
  }),
  GetConversationSummaryParams: {
    anyOf: [
      object({ rolloutPath: { type: "string" } }, ["rolloutPath"]),
      object({ conversationId: reference("ThreadId") }, ["conversationId"]),
    ],
  },
  GetConversationSummaryResponse: object({ summary: reference("ConversationSummary") }, ["summary"]),
  ConversationSummary: object(
    {
      conversationId: reference("ThreadId"),
      path: { type: "string" },
      preview: { type: "string" },
      timestamp: optionalString,
      updatedAt: optionalString,
      modelProvider: { type: "string" },
      cwd: { type: "string" },
      cliVersion: { type: "string" },
      source: reference("LegacySessionSource"),
      gitInfo: nullable("ConversationGitInfo"),
    },
    ["conversationId", "path", "preview", "modelProvider", "cwd", "cliVersion", "source"],
  ),
  ConversationGitInfo: object({ sha: optionalString, branch: optionalString, origin_url: optionalString }),
  // The v2 protocol has another type of the name SessionSource.
  LegacySessionSource: {
    oneOf: [
      { enum: ["cli", "vscode", "exec", "mcp"], type: "string" },
      tagged("custom", { type: "string" }),
      tagged("internal", { enum: ["memory_consolidation", "guardian"], type: "string" }),
      tagged("subagent", reference("SubAgentSource")),
      { enum: ["unknown"], type: "string" },
    ],
  },
  GitDiffToRemoteParams: object({ cwd: { type: "string" } }, ["cwd"]),
  GitDiffToRemoteResponse: object({ sha: { type: "string" }, diff: { type: "string" } }, ["sha", "diff"]),
  RawResponseItemCompletedNotification: object(
    { threadId: { type: "string" }, turnId: { type: "string" }, item: reference("ResponseItem") },
    ["threadId", "turnId", "item"],
  ),
  RawResponseCompletedNotification: object(
    {
      threadId: { type: "string" },
      turnId: { type: "string" },
      responseId: { type: "string" },
      usage: nullable("TokenUsageBreakdown"),
      usageMetadata: nullable("ResponseUsageMetadata"),
    },
    ["threadId", "turnId", "responseId"],
  ),
};

/**
 * The definitions with what the reference's decoder takes beyond its published schema.
 * @param {Definitions} definitions
 * @returns {Definitions}
 */
export function withUnpublished(definitions) {
  const extended = { ...definitions };
  for (const [name, names] of Object.entries(unpublishedNames)) {
    extended[name] = extendEnum(name, extended[name] ?? true, names);
  }
  for (const name of openEnums) {
    const published = extended[name];
    if (typeof published !== "object") throw new Error(`${name} is gone: remove it from openEnums`);
    extended[name] = { ...published, "x-open": true };
  }
  return extended;
}

/**
 * @param {string} name
 * @param {Schema} schema an enum of names, or one whose variants are names and objects with one key
 * @param {string[]} names all names, in order
 * @returns {Schema}
 */
function extendEnum(name, schema, names) {
  /** @type {Map<string, Schema>} */
  const published = new Map();
  for (const branch of typeof schema === "object" ? (schema.oneOf ?? [schema]) : []) {
    if (typeof branch === "boolean") continue;
    for (const plain of branch.enum ?? []) published.set(plain, { enum: [plain], type: "string" });
    for (const key of Object.keys(branch.properties ?? {})) published.set(key, branch);
  }
  if (published.size === 0 || [...published.keys()].some((known) => !names.includes(known))) {
    throw new Error(`${name} is no longer the enum that unpublishedNames extends`);
  }
  if ([...published.values()].every(isPlain)) return { enum: names, type: "string" };
  return { oneOf: names.map((variant) => published.get(variant) ?? { enum: [variant], type: "string" }) };
}

/** @param {Schema} branch */
function isPlain(branch) {
  return typeof branch === "object" && branch.enum !== undefined;
}

/** @param {string} name */
function reference(name) {
  return { $ref: `#/definitions/${name}` };
}

/** @param {string} name */
function nullable(name) {
  return { anyOf: [reference(name), { type: "null" }] };
}

/**
 * @param {Record<string, Schema>} properties
 * @param {string[]} [required]
 */
function object(properties, required = []) {
  return { properties, ...(required.length > 0 ? { required } : {}), type: "object" };
}

/**
 * @param {string} key
 * @param {Schema} schema
 */
function tagged(key, schema) {
  return { additionalProperties: false, properties: { [key]: schema }, required: [key], type: "object" };
}
