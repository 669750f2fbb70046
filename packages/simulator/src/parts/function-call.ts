import { nextId } from "../ids.js";
import { part, type Part } from "../reply.js";

/** A call the model makes. */
export interface FunctionCallOptions {
  readonly name: string;
  /** Sent as JSON; a string goes as it is, which is how to send malformed arguments. */
  readonly arguments: unknown;
  /** A new `call_…` unless given. */
  readonly callId?: string;
  /** The tool's namespace, for tools that have one. */
  readonly namespace?: string;
  /** Item id; a new `fc_…` unless given. */
  readonly id?: string;
}

/** A function call, its arguments in one delta. */
export function functionCall(options: FunctionCallOptions): Part {
  return part((draft) => {
    const id = options.id ?? nextId("fc");
    const json = typeof options.arguments === "string" ? options.arguments : JSON.stringify(options.arguments);
    const base = {
      id,
      type: "function_call",
      call_id: options.callId ?? nextId("call"),
      name: options.name,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    };
    const place = { item_id: id, output_index: draft.outputIndex };
    draft.openItem({ ...base, status: "in_progress", arguments: "" });
    draft.event("response.function_call_arguments.delta", { ...place, delta: json });
    draft.event("response.function_call_arguments.done", { ...place, arguments: json });
    draft.closeItem({ ...base, status: "completed", arguments: json });
  });
}
