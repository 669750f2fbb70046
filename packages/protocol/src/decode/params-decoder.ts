import type { ClientMethod, ClientRequests } from "../generated/method-maps.js";
import { validatorModules } from "../generated/validator-modules.js";
import { registry } from "../registry/registry.js";
import { noParamsDecoder, optionalParamsDecoder, requiredParamsDecoder } from "./absent-params.js";
import type { Decoder } from "./decoder.js";
import { validatedDecoder } from "./validated-decoder.js";

/** Params of a client method after decoding. Undefined when there are none. */
export type ClientParams<Method extends ClientMethod> = ClientRequests[Method]["params"];

// Written under the method's own key only, which is what isLoaded relies on.
const loaded = new Map<ClientMethod, Decoder<unknown>>();

/**
 * The decoder of a method's params if its validator is loaded already: the hot path, which never awaits. Undefined
 * means: await {@link loadDecoder} once.
 */
export function decoderIfLoaded<Method extends ClientMethod>(
  method: Method,
): Decoder<ClientParams<Method>> | undefined {
  const decoder = loaded.get(method);
  return isLoaded<Method>(decoder) ? decoder : undefined;
}

/**
 * The decoder of a method's params. The first call for a family of methods loads its validators; later ones answer
 * from memory.
 */
export async function loadDecoder<Method extends ClientMethod>(method: Method): Promise<Decoder<ClientParams<Method>>> {
  const known = decoderIfLoaded(method);
  if (known !== undefined) return known;
  const decoder = await makeDecoder(method);
  loaded.set(method, decoder);
  return decoder;
}

function isLoaded<Method extends ClientMethod>(
  decoder: Decoder<unknown> | undefined,
): decoder is Decoder<ClientParams<Method>> {
  return decoder !== undefined;
}

async function makeDecoder<Method extends ClientMethod>(method: Method): Promise<Decoder<ClientParams<Method>>> {
  const definition = registry.clientRequests.get(method);
  if (definition?.params === undefined) return noParamsDecoder();
  const load = validatorModules[method] ?? validatorModules[familyOf(method)];
  if (load === undefined) throw new Error(`no validators were generated for ${method}`);
  const decode = validatedDecoder<ClientParams<Method>>(method, await load());
  return definition.paramsOptional ? optionalParamsDecoder(decode) : requiredParamsDecoder(decode);
}

function familyOf(method: string): string {
  const slash = method.indexOf("/");
  return slash < 0 ? method : method.slice(0, slash);
}
