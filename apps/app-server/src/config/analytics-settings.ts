import { chatgptCodexUrl } from "./provider-settings.js";
import type { TableReader } from "./table-reader.js";

/** The table `analytics`. */
export interface AnalyticsSettings {
  /** Undefined when the configuration says nothing. */
  readonly enabled: boolean | undefined;
  /** Where events are posted to. */
  readonly url: string;
}

/** @throws {@link ConfigValueError} */
export function readAnalytics(reader: TableReader): AnalyticsSettings {
  return {
    enabled: reader.table("analytics")?.boolean("enabled"),
    url: `${chatgptCodexUrl(reader)}/analytics-events/events`,
  };
}
