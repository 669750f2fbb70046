/** A part of a message as the Responses API has it. */
export type ContentPart =
  | { readonly type: "input_text"; readonly text: string }
  | { readonly type: "input_image"; readonly image_url: string; readonly detail?: string }
  | { readonly type: "output_text"; readonly text: string; readonly annotations?: readonly unknown[] };

/** A message of the conversation, in either direction. */
export interface MessageItem {
  readonly type: "message";
  readonly id?: string;
  readonly role: "developer" | "user" | "assistant";
  readonly content: readonly ContentPart[];
  /** Which part of an answer this is, for models that say so: `commentary` or `final_answer`. */
  readonly phase?: string;
}

/** The model's reasoning; `encrypted_content` goes back to the model with the next request. */
export interface ReasoningItem {
  readonly type: "reasoning";
  readonly id?: string;
  readonly summary: ReadonlyArray<{ readonly type: "summary_text"; readonly text: string }>;
  readonly content: ReadonlyArray<{ readonly type: "reasoning_text"; readonly text: string }> | null;
  readonly encrypted_content?: string;
}

/** The model asks for a tool. `arguments` is JSON as the model wrote it, which may be broken. */
export interface FunctionCallItem {
  readonly type: "function_call";
  readonly id?: string;
  readonly name: string;
  /** The namespace of a tool that has one; goes back to the model as it came. */
  readonly namespace?: string;
  readonly arguments: string;
  readonly call_id: string;
}

/** The model asks for a free-form tool: its input is text of the tool's own grammar, not JSON. */
export interface CustomToolCallItem {
  readonly type: "custom_tool_call";
  readonly id?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly input: string;
  readonly call_id: string;
}

/** What a tool answered: text, or text and pictures. */
export interface ToolOutputItem {
  readonly type: "function_call_output" | "custom_tool_call_output";
  readonly id?: string;
  readonly call_id: string;
  readonly output: string | readonly ContentPart[];
}

/** A search of the web that the provider ran by itself. `action` goes back to the model as it came. */
export interface WebSearchCallItem {
  readonly type: "web_search_call";
  readonly id?: string;
  readonly status?: string;
  readonly action?: JsonObject;
}

/** What comes back as the output of a response. */
export type OutputItem = MessageItem | ReasoningItem | FunctionCallItem | CustomToolCallItem | WebSearchCallItem;

/** One entry of a conversation: what is sent as `input`, and what comes back as output. */
export type ResponseItem = OutputItem | ToolOutputItem;

/** Any JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value is a JSON object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An output item of a model's answer, or undefined for one that is broken or of a kind we do not know. */
export function asOutputItem(value: unknown): OutputItem | undefined {
  if (!isJsonObject(value)) return undefined;
  const id = typeof value["id"] === "string" && value["id"] !== "" ? { id: value["id"] } : {};
  switch (value["type"]) {
    case "message": {
      if (value["role"] !== "assistant" || !Array.isArray(value["content"])) return undefined;
      const phase = typeof value["phase"] === "string" ? { phase: value["phase"] } : {};
      return { type: "message", ...id, role: "assistant", content: value["content"].flatMap(asOutputPart), ...phase };
    }
    case "reasoning": {
      const encrypted = value["encrypted_content"];
      const content = texts(value["content"], "reasoning_text");
      return {
        type: "reasoning",
        ...id,
        summary: texts(value["summary"], "summary_text"),
        content: content.length === 0 ? null : content,
        ...(typeof encrypted === "string" ? { encrypted_content: encrypted } : {}),
      };
    }
    case "function_call": {
      const { name, arguments: args, call_id: callId, namespace } = value;
      if (typeof name !== "string" || typeof args !== "string" || typeof callId !== "string") return undefined;
      const place = typeof namespace === "string" ? { namespace } : {};
      return { type: "function_call", ...id, name, ...place, arguments: args, call_id: callId };
    }
    case "custom_tool_call": {
      const { name, input, call_id: callId, namespace } = value;
      if (typeof name !== "string" || typeof input !== "string" || typeof callId !== "string") return undefined;
      const place = typeof namespace === "string" ? { namespace } : {};
      return { type: "custom_tool_call", ...id, name, ...place, input, call_id: callId };
    }
    case "web_search_call": {
      const { status, action } = value;
      return {
        type: "web_search_call",
        ...id,
        ...(typeof status === "string" ? { status } : {}),
        ...(isJsonObject(action) ? { action } : {}),
      };
    }
    default:
      return undefined;
  }
}

function asOutputPart(part: unknown): ContentPart[] {
  if (!isJsonObject(part) || part["type"] !== "output_text" || typeof part["text"] !== "string") return [];
  return [
    {
      type: "output_text",
      text: part["text"],
      annotations: Array.isArray(part["annotations"]) ? part["annotations"] : [],
    },
  ];
}

function texts<T extends string>(parts: unknown, type: T): Array<{ type: T; text: string }> {
  if (!Array.isArray(parts)) return [];
  return parts.flatMap((part: unknown) =>
    isJsonObject(part) && part["type"] === type && typeof part["text"] === "string"
      ? [{ type, text: part["text"] }]
      : [],
  );
}
