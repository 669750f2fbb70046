import { nextId } from "../ids.js";
import { part, type Part } from "../reply.js";

/** A free-form call: its input is text, not JSON (`apply_patch` is one). */
export interface CustomToolCallOptions {
  readonly name: string;
  readonly input: string;
  /** A new `call_…` unless given. */
  readonly callId?: string;
  /** Item id; a new `ctc_…` unless given. */
  readonly id?: string;
}

/** A custom tool call, its input in one delta. */
export function customToolCall(options: CustomToolCallOptions): Part {
  return part((draft) => {
    const id = options.id ?? nextId("ctc");
    const base = {
      id,
      type: "custom_tool_call",
      call_id: options.callId ?? nextId("call"),
      name: options.name,
    };
    const place = { item_id: id, output_index: draft.outputIndex };
    draft.openItem({ ...base, status: "in_progress", input: "" });
    draft.event("response.custom_tool_call_input.delta", { ...place, delta: options.input });
    draft.event("response.custom_tool_call_input.done", { ...place, input: options.input });
    draft.closeItem({ ...base, status: "completed", input: options.input });
  });
}
