import type {
  ClientMethod,
  ClientNotificationMethod,
  ServerMethod,
  ServerNotificationMethod,
} from "../generated/method-maps.js";
import {
  clientNotificationTable,
  clientRequestTable,
  serverNotificationTable,
  serverRequestTable,
} from "../generated/registry-table.js";
import { readGate, type Gate } from "./gate.js";
import { MessageTable, type Stability } from "./message-table.js";
import { implemented, type MessageKind, type Status } from "./status.js";

/** A request in either direction. */
export interface RequestDefinition<Method extends string> {
  readonly method: Method;
  /** Name of the params type; undefined when the method takes none. */
  readonly params: string | undefined;
  /** Params may be left out: because there are none, or because the reference declares them optional. */
  readonly paramsOptional: boolean;
  /** Name of the result type. */
  readonly response: string;
  readonly stability: Stability;
  readonly status: Status;
  /** Members of the params that need the experimental capability, in the order the reference checks them. */
  readonly gates: readonly Gate[];
}

/** A notification in either direction. */
export interface NotificationDefinition<Method extends string> {
  readonly method: Method;
  /** Name of the params type; undefined when the notification has none. */
  readonly params: string | undefined;
  readonly stability: Stability;
  readonly status: Status;
}

function request<Method extends string>(kind: MessageKind) {
  return (method: Method, fields: readonly string[]): RequestDefinition<Method> => {
    const [params = "-", response = "", stability, ...gates] = fields;
    const isNullable = params.endsWith("?");
    return {
      method,
      params: params === "-" ? undefined : isNullable ? params.slice(0, -1) : params,
      paramsOptional: params === "-" || isNullable,
      response,
      stability: readStability(stability),
      status: statusOf(kind, method),
      gates: gates.map(readGate),
    };
  };
}

function notification<Method extends string>(kind: MessageKind) {
  return (method: Method, fields: readonly string[]): NotificationDefinition<Method> => {
    const [params = "-", stability] = fields;
    return {
      method,
      params: params === "-" ? undefined : params,
      stability: readStability(stability),
      status: statusOf(kind, method),
    };
  };
}

function readStability(mark: string | undefined): Stability {
  return mark === "e" ? "experimental" : "stable";
}

function statusOf(kind: MessageKind, method: string): Status {
  return implemented[kind].has(method) ? "implemented" : "planned";
}

/**
 * Every message of the protocol. A method that is not here does not exist: routing, validation, the documentation and
 * the tests are driven from it.
 */
export const registry = {
  clientRequests: new MessageTable<ClientMethod, RequestDefinition<ClientMethod>>(
    clientRequestTable,
    request("clientRequest"),
  ),
  serverRequests: new MessageTable<ServerMethod, RequestDefinition<ServerMethod>>(
    serverRequestTable,
    request("serverRequest"),
  ),
  serverNotifications: new MessageTable<ServerNotificationMethod, NotificationDefinition<ServerNotificationMethod>>(
    serverNotificationTable,
    notification("serverNotification"),
  ),
  clientNotifications: new MessageTable<ClientNotificationMethod, NotificationDefinition<ClientNotificationMethod>>(
    clientNotificationTable,
    notification("clientNotification"),
  ),
} as const;

/**
 * The reference's words for a method it does not know; it lists every method it does. Goes out behind
 * `Invalid request: `.
 */
export function unknownMethodMessage(method: string): string {
  const known = registry.clientRequests.methods().map((name) => `\`${name}\``);
  return `unknown variant \`${method}\`, expected one of ${known.join(", ")}`;
}
