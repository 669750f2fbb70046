// packages/protocol/src/generated/method-maps.ts: the type of every message by its method.

import { GENERATED_NOTICE } from "./generate-types.mjs";

/** @typedef {import("./schema-model.d.ts").Manifest} Manifest */
/** @typedef {import("./schema-model.d.ts").RequestEntry} RequestEntry */
/** @typedef {import("./schema-model.d.ts").NotificationEntry} NotificationEntry */

/**
 * @param {Manifest} manifest
 * @returns {string}
 */
export function generateMethodMaps(manifest) {
  const requests = [...manifest.clientRequests, ...manifest.serverRequests];
  const notifications = [...manifest.serverNotifications, ...manifest.clientNotifications];
  const names = [
    ...requests.flatMap(({ params, response }) => [params, response]),
    ...notifications.map(({ params }) => params),
  ];
  const imports = [...new Set(names)].filter((name) => name !== null).sort();
  return `${GENERATED_NOTICE}

import type {
${imports.map((name) => `  ${name},`).join("\n")}
} from "./types.js";

/** Version of the reference protocol everything here was generated from. */
export const PROTOCOL_VERSION = ${JSON.stringify(manifest.version)};

/** Requests a client sends: params as decoded (absent and null params are undefined) and result. */
export interface ClientRequests {
${manifest.clientRequests.map(requestMember).join("\n")}
}

/** Requests the server sends to a client. */
export interface ServerRequests {
${manifest.serverRequests.map(requestMember).join("\n")}
}

/** Params of the notifications the server sends. */
export interface ServerNotifications {
${manifest.serverNotifications.map(notificationMember).join("\n")}
}

/** Params of the notifications a client sends. */
export interface ClientNotifications {
${manifest.clientNotifications.map(notificationMember).join("\n")}
}

/** Method of a request a client sends. */
export type ClientMethod = keyof ClientRequests;

/** Method of a request the server sends. */
export type ServerMethod = keyof ServerRequests;

/** Method of a notification the server sends. */
export type ServerNotificationMethod = keyof ServerNotifications;

/** Method of a notification a client sends. */
export type ClientNotificationMethod = keyof ClientNotifications;
`;
}

/** @param {RequestEntry} entry */
function requestMember({ method, params, nullable, response }) {
  const type = params === null ? "undefined" : nullable ? `${params} | undefined` : params;
  return `  ${JSON.stringify(method)}: { params: ${type}; result: ${response} };`;
}

/** @param {NotificationEntry} entry */
function notificationMember({ method, params }) {
  return `  ${JSON.stringify(method)}: ${params ?? "undefined"};`;
}
