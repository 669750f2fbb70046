import { RpcError, rpcCodes } from "@switchboard/protocol";

import { asksForSandbox } from "../decode/sandbox.js";
import type { ProcessStartParams } from "./messages.js";

/**
 * Refuses what this server cannot do for a process yet. A child is never run without a protection that was asked
 * for; what asks for nothing (null, false, an empty list, a permission profile that is `disabled`) passes.
 *
 * @throws {@link RpcError} -32602
 */
export function refuseUnsupported(params: ProcessStartParams): void {
  if (asksForSandbox(params.sandbox)) throw unsupported("sandbox");
  if (params.enforceManagedNetwork === true) throw unsupported("enforceManagedNetwork");
  if (asks(params.managedNetwork)) throw unsupported("managedNetwork");
  if (asks(params.networkProxy)) throw unsupported("networkProxy");
  if (asks(params.credentialProviders) && !isEmpty(params.credentialProviders)) {
    throw unsupported("credentialProviders");
  }
  if (asks(params.shellSnapshot)) throw unsupported("shellSnapshot");
}

function unsupported(field: string): RpcError {
  return new RpcError(
    rpcCodes.invalidParams,
    `${field} is not supported by this exec-server; the process was not started. Leave ${field} out to run without it`,
  );
}

function asks(value: unknown): boolean {
  return value !== null && value !== undefined;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
