import type { PlanType } from "@switchboard/protocol";

/** What the tokens of a ChatGPT login say of it, narrowed. Nobody has checked a signature: it is for display and for timing. */
export interface TokenClaims {
  readonly email: string | null;
  readonly planType: PlanType;
  readonly userId: string | null;
  readonly accountId: string | undefined;
  /** When the token ends, in milliseconds since 1970. */
  readonly expiresAtMs: number | undefined;
}

const planTypes: Readonly<Record<PlanType, true>> = {
  free: true,
  go: true,
  plus: true,
  pro: true,
  prolite: true,
  promax: true,
  team: true,
  self_serve_business_prolite: true,
  self_serve_business_usage_based: true,
  business: true,
  ent26: true,
  enterprise_cbp_automation: true,
  enterprise_cbp_usage_based: true,
  enterprise: true,
  edu: true,
  edu_plus: true,
  edu_pro: true,
  sci: true,
  sci_plus: true,
  unknown: true,
};

/** Reads the claims of a JSON Web Token, of which every one may be missing. A token of another shape claims nothing. */
export function tokenClaims(token: string): TokenClaims {
  const claims = payloadOf(token);
  const auth = asRecord(claims["https://api.openai.com/auth"]);
  const profile = asRecord(claims["https://api.openai.com/profile"]);
  const seconds = claims["exp"];
  return {
    email: asText(claims["email"]) ?? asText(profile["email"]) ?? null,
    planType: asPlanType(auth["chatgpt_plan_type"]),
    userId: asText(auth["chatgpt_user_id"]) ?? asText(auth["user_id"]) ?? null,
    accountId: asText(auth["chatgpt_account_id"]),
    expiresAtMs: typeof seconds === "number" ? seconds * 1000 : undefined,
  };
}

type JsonRecord = Readonly<Record<string, unknown>>;

function payloadOf(token: string): JsonRecord {
  const [, payload = ""] = token.split(".");
  try {
    return asRecord(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
  } catch {
    return {};
  }
}

/** A JSON object, or an empty one for anything else. */
export function asRecord(value: unknown): JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** A text that is not blank. */
export function asText(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function asPlanType(value: unknown): PlanType {
  return isPlanType(value) ? value : "unknown";
}

function isPlanType(value: unknown): value is PlanType {
  return typeof value === "string" && Object.hasOwn(planTypes, value);
}
