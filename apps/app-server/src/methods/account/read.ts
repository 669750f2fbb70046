import { openaiApiKey } from "@switchboard/login";
import { messageOf } from "@switchboard/protocol";

import type { Handler } from "../../server/context.js";

/** `account/read`: whether the configured provider wants the server's OpenAI login, and which one there is. */
export const readAccount: Handler<"account/read"> = async (_params, { server }) => {
  const { codexHome, cwd, environment, log } = server.options;
  const { settings } = await server.config.load(cwd);
  const requiresOpenaiAuth = settings.providers.get(settings.modelProvider)?.requiresOpenaiAuth ?? false;
  const key = requiresOpenaiAuth
    ? await openaiApiKey({ codexHome, environment }).catch((error: unknown) => {
        log.warn(messageOf(error));
        return undefined;
      })
    : undefined;
  return {
    account: key === undefined ? null : { type: "apiKey" },
    userId: null,
    requiresOpenaiAuth,
    workspaceRouting: null,
  };
};
