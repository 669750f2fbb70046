import { gateReason } from "./gate.js";
import { registry } from "./registry.js";

/**
 * What in a client request needs `capabilities.experimentalApi`, worded as the reference names it: the method itself
 * (`thread/queue/list`), a member (`thread/start.mockExperimentalField`) or an enum variant
 * (`askForApproval.granular`). The first one in the reference's order; undefined when nothing does.
 *
 * Call it after decoding and only for connections without the capability. The error text is
 * `<reason> requires experimentalApi capability`.
 */
export function experimentalUse(method: string, params: unknown): string | undefined {
  const definition = registry.clientRequests.get(method);
  if (definition === undefined) return undefined;
  if (definition.stability === "experimental") return method;
  for (const gate of definition.gates) {
    const reason = gateReason(gate, method, params);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
