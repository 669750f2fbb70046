import type { JsonObject } from "@switchboard/client";

import type { ToolOptions } from "./tool-options.js";

/** The search that the provider runs by itself, if it is wanted. */
export function webSearchDefinitions(webSearch: ToolOptions["webSearch"]): JsonObject[] {
  return webSearch === "disabled" ? [] : [{ type: "web_search", external_web_access: webSearch === "live" }];
}
