import type { JsonObject } from "@switchboard/client";

import { ToolArguments } from "./arguments.js";
import type { Tool } from "./tool.js";
import type { ToolParts } from "./tool-parts.js";

const statuses = { pending: "pending", in_progress: "inProgress", completed: "completed" } as const;

/** Shows clients the steps that the model means to take. */
export function updatePlan({ emit, threadId, turnId }: ToolParts): Tool {
  return {
    name: "update_plan",
    isParallel: false,
    call: async (call) => {
      const args = ToolArguments.of(call);
      const plan = args.objects("plan").map((step) => ({
        step: step.string("step"),
        status: statuses[step.optionalOneOf("status", ["pending", "in_progress", "completed"]) ?? "pending"],
      }));
      emit("turn/plan/updated", { threadId, turnId, explanation: args.optionalString("explanation") ?? null, plan });
      return "Plan updated";
    },
  };
}

export const updatePlanDefinition: JsonObject = {
  type: "function",
  name: "update_plan",
  description: "Shows the user the steps of the task and how far each is. One step at most is in progress.",
  strict: false,
  parameters: {
    type: "object",
    properties: {
      explanation: { type: "string", description: "Why the plan changed, if it needs a word." },
      plan: {
        type: "array",
        description: "All steps, in order.",
        items: {
          type: "object",
          properties: {
            step: { type: "string", description: "What is to be done." },
            status: { type: "string", description: "How far it is.", enum: ["pending", "in_progress", "completed"] },
          },
          required: ["step", "status"],
          additionalProperties: false,
        },
      },
    },
    required: ["plan"],
    additionalProperties: false,
  },
};
