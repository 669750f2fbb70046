import { currentIdentity, SignInRequiredError, type SignedIn } from "@switchboard/login";
import { messageOf, type Account } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { requiresOpenaiAuth } from "../../server/requires-openai-auth.js";

/** `account/read`: whether the configured provider wants the server's OpenAI login, and which one there is. */
export const readAccount: Handler<"account/read"> = async ({ refreshToken = false }, { server }) => {
  const owner = currentIdentity();
  const { log } = server.options;
  const isRequired = await requiresOpenaiAuth(server);
  const none = { account: null, userId: null, requiresOpenaiAuth: isRequired, workspaceRouting: null };
  if (!isRequired) return none;
  try {
    if (refreshToken) await server.credentials.refresh(owner);
  } catch (error) {
    log.warn(messageOf(error));
    if (error instanceof SignInRequiredError) return none;
  }
  try {
    const signedIn = await server.credentials.signedIn();
    // As in the reference: a login that can no longer be refreshed is none.
    if (signedIn.mustSignInAgain) return none;
    return { ...none, account: accountOf(signedIn), userId: signedIn.userId };
  } catch (error) {
    log.warn(messageOf(error));
    return none;
  }
};

function accountOf({ authMode, email, planType }: SignedIn): Account | null {
  switch (authMode) {
    case "chatgpt":
      return { type: "chatgpt", email, planType: planType ?? "unknown", workspaceName: null };
    case "apikey":
      return { type: "apiKey" };
    default:
      return null;
  }
}
