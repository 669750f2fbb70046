import type { Handler } from "../../server/context.js";

/** `configRequirements/read`: nobody manages this server's configuration from above. */
export const readConfigRequirements: Handler<"configRequirements/read"> = () => ({
  supportsIndependentSpeedModes: true,
  requirements: null,
});
