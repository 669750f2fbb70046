import { isHttpToken, isLegalHeaderValue, RpcError, rpcCodes } from "@switchboard/protocol";

import type { HttpHeader } from "./messages.js";

/** Credentials of this server itself, which no client may send anywhere. Compared without case. */
const protectedVariables = new Set(["OPENAI_API_KEY", "CODEX_API_KEY", "CODEX_ACCESS_TOKEN"]);

/**
 * The headers of a request as they are sent: names in lower case, variables filled in, and `accept` where the
 * client has none. No text of an error holds a value.
 *
 * @throws {@link RpcError} -32602
 */
export function requestHeaders(
  headers: readonly HttpHeader[],
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlyArray<readonly [name: string, value: string]> {
  const list = headers.map((header) => {
    const { name } = header;
    if (!isHttpToken(name)) throw invalid("http/request header name is invalid: invalid HTTP header name");
    const value = header.value + fromEnvironment(header, environment);
    if (!isLegalHeaderValue(value)) {
      throw invalid(`http/request header value is invalid for ${name}: failed to parse header value`);
    }
    return [name.toLowerCase(), value] as const;
  });
  return list.some(([name]) => name === "accept") ? list : [...list, ["accept", "*/*"]];
}

/** -32602 with the given text. */
export function invalid(message: string): RpcError {
  return new RpcError(rpcCodes.invalidParams, message);
}

function fromEnvironment(
  { name, valueEnvVar }: HttpHeader,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  if (valueEnvVar === null || valueEnvVar === undefined) return "";
  if (protectedVariables.has(valueEnvVar.toUpperCase())) {
    throw invalid(`http/request header ${name} cannot use executor environment variable ${valueEnvVar}`);
  }
  const value = Object.hasOwn(environment, valueEnvVar) ? environment[valueEnvVar] : undefined;
  if (value === undefined) {
    throw invalid(`http/request header ${name} requires executor environment variable ${valueEnvVar}`);
  }
  if (value === "") {
    throw invalid(`http/request header ${name} requires a non-empty executor environment variable ${valueEnvVar}`);
  }
  return value;
}
