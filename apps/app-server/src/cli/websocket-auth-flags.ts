import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

import { messageOf, SwitchboardError } from "@switchboard/protocol";
import type { WebSocketAuth } from "@switchboard/protocol/listener";

import { UsageError } from "./failure.js";

/** The `--ws-…` flags as they were given. */
export interface WebSocketAuthFlags {
  readonly "ws-auth"?: string | undefined;
  readonly "ws-token-file"?: string | undefined;
  readonly "ws-token-sha256"?: string | undefined;
  readonly "ws-shared-secret-file"?: string | undefined;
  readonly "ws-issuer"?: string | undefined;
  readonly "ws-audience"?: string | undefined;
  readonly "ws-max-clock-skew-seconds"?: string | undefined;
}

/** Shorter secrets can be guessed from one token. */
const minSecretBytes = 32;

/**
 * The authentication that the flags ask for, if any.
 *
 * @throws {@link UsageError} for an unknown mode; {@link SwitchboardError} `invalid_ws_auth` for flags
 *   that do not go together or a file that cannot be used.
 */
export async function webSocketAuth(flags: WebSocketAuthFlags): Promise<WebSocketAuth | undefined> {
  const mode = flags["ws-auth"];
  const hasTokenFlags = flags["ws-token-file"] !== undefined || flags["ws-token-sha256"] !== undefined;
  const signedFlags = ["ws-shared-secret-file", "ws-issuer", "ws-audience", "ws-max-clock-skew-seconds"] as const;
  const hasSignedFlags = signedFlags.some((flag) => flags[flag] !== undefined);
  switch (mode) {
    case undefined:
      if (hasTokenFlags || hasSignedFlags) {
        throw refused("websocket auth flags require `--ws-auth capability-token` or `--ws-auth signed-bearer-token`");
      }
      return undefined;
    case "capability-token":
      if (hasSignedFlags) {
        throw refused(
          "`--ws-shared-secret-file`, `--ws-issuer`, `--ws-audience`, and `--ws-max-clock-skew-seconds` require `--ws-auth signed-bearer-token`",
        );
      }
      return capabilityToken(flags);
    case "signed-bearer-token":
      if (hasTokenFlags)
        throw refused(
          "`--ws-token-file` and `--ws-token-sha256` require `--ws-auth capability-token`, not `signed-bearer-token`",
        );
      return signedToken(flags);
    default:
      throw new UsageError(
        `invalid value '${mode}' for '--ws-auth <MODE>'\n  [possible values: capability-token, signed-bearer-token]`,
      );
  }
}

async function capabilityToken(flags: WebSocketAuthFlags): Promise<WebSocketAuth> {
  const { "ws-token-file": file, "ws-token-sha256": hex } = flags;
  if (file !== undefined && hex !== undefined)
    throw refused("`--ws-token-file` and `--ws-token-sha256` are mutually exclusive");
  const { capabilityTokenAuth } = await import("@switchboard/protocol/listener");
  if (file !== undefined)
    return capabilityTokenAuth(
      createHash("sha256")
        .update(await readSecret(file))
        .digest(),
    );
  if (hex === undefined)
    throw refused("`--ws-token-file` or `--ws-token-sha256` is required when `--ws-auth capability-token` is set");
  if (!/^[0-9a-f]{64}$/i.test(hex)) throw refused("--ws-token-sha256 must be a 64-character hex SHA-256 digest");
  return capabilityTokenAuth(Buffer.from(hex, "hex"));
}

async function signedToken(flags: WebSocketAuthFlags): Promise<WebSocketAuth> {
  const {
    "ws-shared-secret-file": file,
    "ws-issuer": issuer,
    "ws-audience": audience,
    "ws-max-clock-skew-seconds": skew,
  } = flags;
  if (file === undefined)
    throw refused("`--ws-shared-secret-file` is required when `--ws-auth signed-bearer-token` is set");
  if (skew !== undefined && !/^\d{1,9}$/.test(skew)) {
    throw new UsageError(
      `invalid value '${skew}' for '--ws-max-clock-skew-seconds <SECONDS>': not a number of seconds`,
    );
  }
  const sharedSecret = Buffer.from(await readSecret(file));
  if (sharedSecret.length < minSecretBytes)
    throw refused(`signed websocket bearer secret ${file} must be at least ${minSecretBytes} bytes`);
  const { signedTokenAuth } = await import("@switchboard/protocol/listener");
  return signedTokenAuth({
    sharedSecret,
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
    ...(skew === undefined ? {} : { maxClockSkewSeconds: Number(skew) }),
  });
}

async function readSecret(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw refused(`failed to read websocket auth secret ${file}: ${messageOf(error)}`);
  });
  if (text.trim() === "") throw refused(`websocket auth secret ${file} must not be empty`);
  return text.trim();
}

function refused(message: string): SwitchboardError {
  return new SwitchboardError({ code: "invalid_ws_auth", message });
}
