import type { Handler } from "../../server/context.js";

/** `collaborationMode/list`: the ways in which a user and the model work together. */
export const listCollaborationModes: Handler<"collaborationMode/list"> = () => ({
  data: [
    { name: "Plan", mode: "plan", model: null, reasoning_effort: "medium" },
    { name: "Default", mode: "default", model: null, reasoning_effort: null },
  ],
});
