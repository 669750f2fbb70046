import { resolve } from "node:path";

import { messageOf, RpcError, rpcCodes } from "@switchboard/protocol";

import { effectiveConfig } from "../../config/effective-config.js";
import { describeLayers, originsOf } from "../../config/layers.js";
import type { Handler } from "../../server/context.js";

/** `config/read`: the configuration as it holds for a folder, with where each value comes from. */
export const readConfig: Handler<"config/read"> = async ({ cwd, includeLayers }, { server }) => {
  const folder = cwd === undefined || cwd === null ? undefined : resolve(server.options.cwd, cwd);
  const { layers, merged } = await server.config.load(folder).catch((error: unknown) => {
    throw new RpcError(rpcCodes.internal, `failed to read configuration layers: ${messageOf(error)}`);
  });
  return {
    config: effectiveConfig(merged),
    origins: originsOf(layers),
    layers: includeLayers === true ? describeLayers(layers) : null,
  };
};
