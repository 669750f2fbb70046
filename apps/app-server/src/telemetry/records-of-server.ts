import type { Clock, Thread } from "@switchboard/agent";
import type { RequestClient } from "@switchboard/client";
import type { ClientIdentity, OpenaiCredentials } from "@switchboard/login";
import type { AuthMode } from "@switchboard/protocol";

import type { Analytics } from "../analytics/analytics.js";
import type { Settings } from "../config/settings.js";
import type { Telemetry } from "./telemetry.js";
import { TurnAccounts } from "./turn-accounts.js";

/** Who keeps records of what a server does; each is undefined when nobody asked for it. */
export interface ServerRecords {
  /** What is told to the operator's collector. */
  readonly telemetry: Telemetry | undefined;
  /** What ChatGPT's back end is told. */
  readonly analytics: Analytics | undefined;
  /** What the metrics and the analytics are told of turns. */
  readonly accounts: TurnAccounts | undefined;
}

/** What {@link openRecords} needs of a server. */
export interface RecordParts {
  readonly client: RequestClient;
  readonly credentials: OpenaiCredentials;
  readonly clock: Clock;
  readonly warn: (text: string) => void;
  readonly defaultIdentity: ClientIdentity;
  readonly residency: string | undefined;
  /** Whether there are analytics when the configuration says nothing. */
  readonly analyticsDefaultEnabled: boolean;
  readonly threadOf: (threadId: string) => Thread | undefined;
  readonly authMode: () => AuthMode | null;
}

/** Nobody keeps records. */
export const noRecords: ServerRecords = { telemetry: undefined, analytics: undefined, accounts: undefined };

/** Opens what the configuration asks for, and loads nothing else. */
export async function openRecords(settings: Settings, parts: RecordParts): Promise<ServerRecords> {
  const { client, credentials, clock, warn, residency, defaultIdentity, authMode } = parts;
  const { telemetry: otel, analytics: told } = settings;
  for (const key of otel.unsupported) warn(`\`${key}\` is not supported and is ignored`);
  const hasAnalytics = told.enabled ?? parts.analyticsDefaultEnabled;
  const hasTelemetry = otel.logs !== undefined || otel.traces !== undefined || otel.metrics !== undefined;
  if (!hasAnalytics && !hasTelemetry) return noRecords;
  const accounts = new TurnAccounts(parts.threadOf, clock);
  let analytics: Analytics | undefined;
  if (hasAnalytics) {
    const { Analytics: Opened } = await import("../analytics/analytics.js");
    analytics = new Opened({ url: told.url, client, credentials, residency, clock, warn });
  }
  let telemetry: Telemetry | undefined;
  if (hasTelemetry) {
    const { Telemetry: Opened } = await import("./telemetry.js");
    telemetry = new Opened({ settings: otel, client, clock, warn, process: defaultIdentity, authMode, accounts });
  }
  const isAccounted = hasAnalytics || otel.metrics !== undefined;
  return { telemetry, analytics, accounts: isAccounted ? accounts : undefined };
}
