import type { Server } from "./server.js";

/** Whether the configured provider wants the server's OpenAI login. */
export async function requiresOpenaiAuth({ config, options }: Server): Promise<boolean> {
  const { settings } = await config.load(options.cwd);
  return settings.providers.get(settings.modelProvider)?.requiresOpenaiAuth ?? false;
}
