import { currentIdentity } from "@switchboard/login";
import { messageOf } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";
import { requiresOpenaiAuth } from "../../server/requires-openai-auth.js";

/**
 * `getAuthStatus`: how the server is signed in, and with which key or access token if the client asks for it. Older
 * than `account/read`; real clients still call it. A login that can no longer be refreshed shows no token, as in the reference.
 */
export const getAuthStatus: Handler<"getAuthStatus"> = async ({ includeToken, refreshToken }, { server }) => {
  const owner = currentIdentity();
  const { credentials, options } = server;
  if (!(await requiresOpenaiAuth(server))) return { authMethod: null, authToken: null, requiresOpenaiAuth: false };
  const none = { authMethod: null, authToken: null, requiresOpenaiAuth: true };
  try {
    if (refreshToken === true) await credentials.refresh(owner);
  } catch (error) {
    options.log.warn(messageOf(error));
  }
  try {
    const { authMode, mustSignInAgain } = await credentials.signedIn();
    const credential = includeToken === true && !mustSignInAgain ? await credentials.peek() : undefined;
    const secret = credential?.type === "key" ? credential.key : credential?.accessToken;
    return { ...none, authMethod: authMode, authToken: secret?.reveal() ?? null };
  } catch (error) {
    options.log.warn(messageOf(error));
    return none;
  }
};
