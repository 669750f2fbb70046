import type { ServerNotificationMethod, ServerNotifications } from "@switchboard/protocol";

/**
 * Tells clients what happens, in the protocol's own words. Calls are synchronous and in order; who
 * gets a notification, and how, is the business of whoever supplies the function.
 */
export type Emit = <M extends ServerNotificationMethod>(method: M, params: ServerNotifications[M]) => void;
