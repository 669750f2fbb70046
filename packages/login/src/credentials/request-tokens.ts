import { isLegalHeaderValue, messageOf, SwitchboardError } from "@switchboard/protocol";

import type { ClientIdentity } from "../client-identity.js";
import { Secret } from "./secret.js";
import { asRecord, asText } from "./token-claims.js";

/** Sends a JSON body and gives back the answer, of any status. It must not log the body or the answer. */
export type PostJson = (request: {
  readonly url: string;
  readonly body: string;
  /** Whose request made it necessary: it goes out in this name. */
  readonly owner: ClientIdentity;
}) => Promise<{ readonly status: number; readonly body: string }>;

/** Why tokens are refreshed, in the reference's words; it goes out with the request. */
export type RefreshReason = "forced" | "proactive_expiry" | "unauthorized_recovery";

/** What a refresh brought. What is missing stays as it was. */
export interface NewTokens {
  readonly accessToken: Secret;
  readonly idToken: Secret | undefined;
  readonly refreshToken: Secret | undefined;
}

/** The login cannot be used any more, and no waiting will change that: the user must sign in again. */
export class SignInRequiredError extends SwitchboardError {
  /** Whether another process may have used up the refresh token a moment ago. */
  readonly isReused: boolean;

  constructor(message: string, isReused = false) {
    super({ code: "sign_in_required", message });
    this.name = "SignInRequiredError";
    this.isReused = isReused;
  }
}

/** Codex's public client at the token endpoint, for which the tokens in the file were issued. */
const clientId = "app_EMoamEEZ73f0CkXaXp7hrann";

const lastWords: Readonly<Record<string, string>> = {
  refresh_token_expired: " because your refresh token has expired",
  refresh_token_reused: " because your refresh token was already used",
  refresh_token_invalidated: " because your refresh token was revoked",
};

/** That there are tokens which cannot be renewed, worded as the reference words it. */
export function signInAgain(reason = ""): SignInRequiredError {
  return new SignInRequiredError(
    `Your access token could not be refreshed${lastWords[reason] ?? ""}. Please log out and sign in again.`,
    reason === "refresh_token_reused",
  );
}

/**
 * Trades a refresh token for new tokens.
 *
 * @throws {@link SignInRequiredError} when it is no good any more; {@link SwitchboardError}
 *   `token_refresh_failed`, retryable, for everything else. Neither quotes the request or the answer.
 */
export async function requestTokens(
  { post, url }: { readonly post: PostJson; readonly url: string },
  refreshToken: Secret,
  reason: RefreshReason,
  owner: ClientIdentity,
): Promise<NewTokens> {
  const body = JSON.stringify({
    client_id: clientId,
    grant_type: "refresh_token",
    refresh_reason: reason,
    refresh_token: refreshToken.reveal(),
  });
  const answer = await post({ url, body, owner }).catch((error: unknown) => {
    throw failed(messageOf(error), error);
  });
  const { status } = answer;
  const value = parsed(answer.body);
  if (status < 200 || status > 299) throw refusal(status, value["error"]);
  const accessToken = asText(value["access_token"]);
  if (accessToken === undefined || !isLegalHeaderValue(accessToken)) throw failed("the answer holds no access token");
  return {
    accessToken: new Secret(accessToken),
    idToken: asSecret(value["id_token"]),
    refreshToken: asSecret(value["refresh_token"]),
  };
}

function refusal(status: number, error: unknown): SwitchboardError {
  const code = asText(asRecord(error)["code"]) ?? asText(error) ?? "";
  const isFinal = Object.hasOwn(lastWords, code) || code === "invalid_grant";
  return status === 401 || (status === 400 && isFinal) ? signInAgain(code) : failed(`status ${status}`);
}

function failed(why: string, cause?: unknown): SwitchboardError {
  return new SwitchboardError({
    code: "token_refresh_failed",
    message: `Failed to refresh token: ${why}`,
    isRetryable: true,
    cause,
  });
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return {};
  }
}

function asSecret(value: unknown): Secret | undefined {
  const text = asText(value);
  return text === undefined ? undefined : new Secret(text);
}
