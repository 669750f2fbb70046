import { resolve } from "node:path";

import type { JsonObject } from "@switchboard/client";
import type { AskForApproval, PermissionsRequestApprovalResponse } from "@switchboard/protocol";

import type { Grants } from "../permissions/grants.js";
import { isWithin } from "../permissions/sandbox-for.js";
import { ToolArguments } from "./arguments.js";
import type { ToolParts } from "./tool-parts.js";
import { ToolRefusal, type Tool } from "./tool.js";

/** Asks the user to widen the sandbox. What is granted holds for later commands of the turn, or of the session. */
export function requestPermissions(parts: ToolParts): Tool {
  return {
    name: "request_permissions",
    isParallel: false,
    call: async (call, { signal }) => {
      const { threadId, turnId, questions, settings, approvals, clock } = parts;
      const { approvalPolicy, cwd } = settings();
      if (!mayAsk(approvalPolicy)) {
        throw new ToolRefusal(
          "request_permissions was rejected: the approval policy does not let permissions be asked for",
        );
      }
      const args = ToolArguments.of(call);
      const wanted = wantedOf(args.optionalObject("permissions"), cwd);
      if (!wanted.network && wanted.writable.length === 0 && wanted.readable.length === 0) {
        throw new ToolRefusal("request_permissions requires at least one permission");
      }
      const answer = await questions.ask(
        "item/permissions/requestApproval",
        {
          threadId,
          turnId,
          itemId: call.call_id,
          environmentId: "local",
          startedAtMs: clock(),
          cwd,
          reason: args.optionalString("reason") ?? null,
          permissions: describe(wanted),
        },
        signal,
      );
      const granted = grantedOf(answer, wanted);
      const scope = answer?.scope ?? "turn";
      approvals.grant(granted, scope === "session" ? undefined : turnId);
      return JSON.stringify({
        permissions: {
          ...(granted.network ? { network: { enabled: true } } : {}),
          ...(granted.writable.length === 0 ? {} : { file_system: { write: granted.writable } }),
        },
        scope,
      });
    },
  };
}

interface Wanted extends Grants {
  readonly readable: readonly string[];
}

function wantedOf(permissions: ToolArguments | undefined, cwd: string): Wanted {
  const files = permissions?.optionalObject("file_system");
  const absolute = (paths: readonly string[] | undefined) => (paths ?? []).map((path) => resolve(cwd, path));
  return {
    network: permissions?.optionalObject("network")?.optionalBoolean("enabled") ?? false,
    writable: absolute(files?.optionalStrings("write")),
    readable: absolute(files?.optionalStrings("read")),
  };
}

function describe({ network, writable, readable }: Wanted) {
  const entries = [
    ...readable.map((path) => ({ path: { type: "path" as const, path }, access: "read" as const })),
    ...writable.map((path) => ({ path: { type: "path" as const, path }, access: "write" as const })),
  ];
  return {
    network: network ? { enabled: true } : null,
    fileSystem:
      entries.length === 0
        ? null
        : {
            read: readable.length === 0 ? null : [...readable],
            write: writable.length === 0 ? null : [...writable],
            entries,
          },
  };
}

/** No more than was asked for, whatever the answer says. */
function grantedOf(answer: PermissionsRequestApprovalResponse | undefined, wanted: Wanted): Grants {
  const { network, fileSystem } = answer?.permissions ?? {};
  const paths = [
    ...(fileSystem?.write ?? []),
    ...(fileSystem?.entries ?? []).flatMap(({ path, access }) =>
      access === "write" && path.type === "path" ? [path.path] : [],
    ),
  ];
  return {
    network: wanted.network && network?.enabled === true,
    writable: [...new Set(paths)].filter((path) => wanted.writable.some((folder) => isWithin(folder, path))),
  };
}

function mayAsk(policy: AskForApproval): boolean {
  return typeof policy === "string" ? policy !== "never" : policy.granular.request_permissions === true;
}

export const requestPermissionsDefinition: JsonObject = {
  type: "function",
  name: "request_permissions",
  description:
    "Asks the user to let commands write to more places or use the network, and waits for the answer. What is granted holds for later commands of this turn, or of the session if the user says so.",
  strict: false,
  parameters: {
    type: "object",
    properties: {
      permissions: {
        type: "object",
        properties: {
          network: {
            type: "object",
            properties: { enabled: { type: "boolean", description: "Whether the network is needed." } },
            additionalProperties: false,
          },
          file_system: {
            type: "object",
            properties: {
              read: { type: "array", description: "Absolute paths to read.", items: { type: "string" } },
              write: { type: "array", description: "Absolute paths to write to.", items: { type: "string" } },
            },
            additionalProperties: false,
          },
        },
        additionalProperties: false,
      },
      reason: { type: "string", description: "Why, for the user." },
    },
    required: ["permissions"],
    additionalProperties: false,
  },
};
