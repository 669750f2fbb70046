import { createHash, timingSafeEqual } from "node:crypto";

/** What a listener thinks of an upgrade request: admitted, or the text of its 401 answer. */
export type AuthVerdict = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/**
 * Decides on an upgrade request by its `Authorization` header, which must be `Bearer TOKEN`. Tokens in
 * the URL are not accepted: URLs end up in logs.
 */
export interface WebSocketAuth {
  check(authorization: string | undefined): AuthVerdict | Promise<AuthVerdict>;
}

/** The rules of a signed token, besides its HS256 signature and expiry. */
export interface SignedTokenRules {
  /** At least 32 bytes. */
  readonly sharedSecret: Uint8Array;
  /** Required `iss`, if any. */
  readonly issuer?: string;
  /** Required `aud`, if any. */
  readonly audience?: string;
  /** Seconds that `exp` and `nbf` may be off. Default: 30. */
  readonly maxClockSkewSeconds?: number;
}

const refused = (reason: string): AuthVerdict => ({ ok: false, reason });

/** Admits whoever has the token with this SHA-256 digest. The token itself need not be in memory. */
export function capabilityTokenAuth(tokenSha256: Uint8Array): WebSocketAuth {
  return {
    check(authorization) {
      const bearer = readBearer(authorization);
      if (!bearer.ok) return bearer;
      const digest = createHash("sha256").update(bearer.token).digest();
      const matches = digest.length === tokenSha256.length && timingSafeEqual(digest, tokenSha256);
      return matches ? { ok: true } : refused("invalid websocket bearer token");
    },
  };
}

/** Admits whoever has an HS256 JSON Web Token (RFC 7519) signed with the shared secret and not expired. */
export function signedTokenAuth(rules: SignedTokenRules): WebSocketAuth {
  const { sharedSecret, issuer, audience, maxClockSkewSeconds = 30 } = rules;
  return {
    async check(authorization) {
      const bearer = readBearer(authorization);
      if (!bearer.ok) return bearer;
      const { errors, jwtVerify } = await import("jose");
      try {
        await jwtVerify(bearer.token, sharedSecret, {
          algorithms: ["HS256"],
          requiredClaims: ["exp"],
          clockTolerance: maxClockSkewSeconds,
          ...(issuer === undefined ? {} : { issuer }),
          ...(audience === undefined ? {} : { audience }),
        });
        return { ok: true };
      } catch (error) {
        if (error instanceof errors.JWTExpired) return refused("expired websocket jwt");
        if (error instanceof errors.JWTClaimValidationFailed)
          return refused(claimReasons[error.claim] ?? "invalid websocket jwt");
        return refused("invalid websocket jwt");
      }
    },
  };
}

const claimReasons: Readonly<Record<string, string>> = {
  nbf: "websocket jwt is not valid yet",
  iss: "websocket jwt issuer mismatch",
  aud: "websocket jwt audience mismatch",
};

type Bearer = { readonly ok: true; readonly token: string } | { readonly ok: false; readonly reason: string };

/** The token of a `Bearer` header (RFC 6750, section 2.1). */
function readBearer(authorization: string | undefined): Bearer {
  if (authorization === undefined) return { ok: false, reason: "missing websocket bearer token" };
  const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
  return token === undefined ? { ok: false, reason: "invalid authorization header" } : { ok: true, token };
}
