import assert from "node:assert/strict";

/** The version of Codex whose wire the server speaks. */
const CODEX = "0.169.0";

/**
 * Asserts that a model request went out under a client's name: the originator, and the User-Agent's beginning and end.
 *
 * @param {{ header: (name: string) => string | undefined }} request
 * @param {{ name: string, version: string } | undefined} clientInfo of the connection that started the turn
 */
export function assertIdentity(request, clientInfo) {
  assert.ok(clientInfo, "no connection asked for this turn");
  const { name, version } = clientInfo;
  const userAgent = request.header("user-agent") ?? "";
  const originator = request.header("originator");
  assert.ok(originator === name, `originator of ${name}: ${originator}`);
  assert.ok(userAgent.startsWith(`${name}/${CODEX} (`), `User-Agent of ${name}: ${userAgent}`);
  assert.ok(userAgent.endsWith(`(${name}; ${version})`), `User-Agent of ${name} ${version}: ${userAgent}`);
}
