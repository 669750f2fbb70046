// Puts together what is committed: the flat definitions and one manifest of all messages.

import { annotateMembers } from "./annotate-members.mjs";
import { experimentalFields, gatedMembers } from "./experimental.mjs";
import { EXPERIMENTAL_NOTIFICATIONS } from "./experimental-notifications.mjs";
import { mergeDefinitions } from "./merge-definitions.mjs";
import { readMessages } from "./read-manifest.mjs";
import { Declarations } from "./read-typescript.mjs";
import { reconcile } from "./reconcile.mjs";
import { pairResponses } from "./response-types.mjs";
import {
  supplementedDefinitions,
  supplementedNotifications,
  supplementedRequests,
  withUnpublished,
} from "./supplement.mjs";

/** @typedef {import("./schema-model.d.ts").RequestEntry} RequestEntry */
/** @typedef {import("./schema-model.d.ts").NotificationEntry} NotificationEntry */
/** @typedef {import("./schema-model.d.ts").Definitions} Definitions */
/** @typedef {import("./read-manifest.mjs").Message} Message */

/**
 * @param {string} version
 * @param {import("./run-reference.mjs").Generated} generated
 * @returns {import("./schema-model.d.ts").CommittedSchema}
 */
export function buildManifest(version, generated) {
  const declarations = new Declarations(generated.typescript);
  const experimental = mergeDefinitions(generated.experimental);
  const stable = mergeDefinitions(generated.stable);
  const definitions = sortByKey(
    withUnpublished(annotateMembers({ ...experimental.definitions, ...supplementedDefinitions }, declarations)),
  );
  const names = new Set(Object.keys(definitions));

  const order = declarations.methods("ClientRequest");
  const clientRequests = inOrder(order, [
    ...readMessages(experimental.envelopes, "ClientRequest"),
    ...supplementedRequests.map(({ method, params }) => ({ method, params, nullable: false })),
  ]);
  const serverRequests = readMessages(experimental.envelopes, "ServerRequest");
  const notifications = readMessages(experimental.envelopes, "ServerNotification");

  reconcile(
    "client requests",
    order,
    methodsOf(readMessages(experimental.envelopes, "ClientRequest")),
    methodsOf(supplementedRequests),
  );
  reconcile("server requests", declarations.methods("ServerRequest"), methodsOf(serverRequests), []);
  reconcile(
    "server notifications",
    declarations.methods("ServerNotification"),
    methodsOf(notifications),
    methodsOf(supplementedNotifications),
  );

  const responses = pairResponses([...clientRequests, ...serverRequests], names);
  const stableRequests = new Set([
    ...methodsOf(readMessages(stable.envelopes, "ClientRequest")),
    ...methodsOf(readMessages(stable.envelopes, "ServerRequest")),
    ...methodsOf(supplementedRequests),
  ]);

  /** @param {Message} message */
  const toRequest = ({ method, params, nullable }) => requestEntry(method, params, nullable, responses, stableRequests);

  return {
    definitions,
    manifest: {
      version,
      clientRequests: clientRequests.map((message) => withGate(toRequest(message), definitions, stable.definitions)),
      serverRequests: serverRequests.map((message) => withGate(toRequest(message), definitions, stable.definitions)),
      serverNotifications: inOrder(declarations.methods("ServerNotification"), [
        ...notifications,
        ...supplementedNotifications,
      ]).map(({ method, params }) => ({
        method,
        params,
        stability: EXPERIMENTAL_NOTIFICATIONS.has(method) ? "experimental" : "stable",
      })),
      clientNotifications: readMessages(experimental.envelopes, "ClientNotification").map(({ method, params }) => ({
        method,
        params,
        stability: "stable",
      })),
    },
  };
}

/**
 * @param {string} method
 * @param {string | null} params
 * @param {boolean} nullable
 * @param {Map<string, string>} responses
 * @param {Set<string>} stableRequests
 * @returns {RequestEntry}
 */
function requestEntry(method, params, nullable, responses, stableRequests) {
  return {
    method,
    params,
    ...(nullable ? { nullable: true } : {}),
    response: responses.get(method) ?? "",
    stability: stableRequests.has(method) ? "stable" : "experimental",
  };
}

/**
 * @param {RequestEntry} entry
 * @param {Definitions} definitions
 * @param {Definitions} stable
 * @returns {RequestEntry}
 */
function withGate(entry, definitions, stable) {
  if (entry.params === null || entry.stability === "experimental") return entry;
  const fields = experimentalFields(entry.params, definitions, stable);
  const gated = gatedMembers(entry.params, definitions);
  return {
    ...entry,
    ...(fields.length > 0 ? { experimentalFields: fields } : {}),
    ...(Object.keys(gated).length > 0 ? { gatedVariants: gated } : {}),
  };
}

/** @param {ReadonlyArray<{ method: string }>} messages */
function methodsOf(messages) {
  return messages.map(({ method }) => method);
}

/**
 * @template {{ method: string }} T
 * @param {string[]} order
 * @param {T[]} messages
 */
function inOrder(order, messages) {
  return [...messages].sort((a, b) => order.indexOf(a.method) - order.indexOf(b.method));
}

/**
 * @template T
 * @param {Record<string, T>} object
 * @returns {Record<string, T>}
 */
function sortByKey(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
