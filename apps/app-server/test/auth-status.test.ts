import { httpError, json } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { accessToken, authJson, chatgptWorld, idToken, type ChatgptOptions } from "./support/chatgpt.js";
import { namesOf, namesOn, testServer } from "./support/test-server.js";

const first = accessToken("first");
const second = accessToken("second");
const tokens = json({ id_token: idToken("new@example.com"), access_token: second, refresh_token: "refresh-2" });
const expired = httpError(400, { body: { error: { code: "refresh_token_expired" } } });

/** A client of a server whose login is this one. */
async function clientOf(options: Partial<ChatgptOptions>) {
  const world = await chatgptWorld({ takes: () => true, ...options });
  await world.client("alpha");
  return { world, client: await world.client("beta") };
}

const status = (authMethod: string | null, authToken: string | null = null) => ({
  authMethod,
  authToken,
  requiresOpenaiAuth: true,
});

describe("getAuthStatus", () => {
  it("says that nobody is signed in", async () => {
    const { client } = await clientOf({});
    for (const params of [{}, { includeToken: true }, { includeToken: true, refreshToken: true }]) {
      expect(await client.request("getAuthStatus", params)).toEqual(status(null));
    }
  });

  it("says so of a key, and shows it to those who ask", async () => {
    const { client, world } = await clientOf({ auth: { auth_mode: "apikey", OPENAI_API_KEY: "sk-file" } });
    expect(await client.request("getAuthStatus", {})).toEqual(status("apikey"));
    expect(await client.request("getAuthStatus", { includeToken: false, refreshToken: null })).toEqual(
      status("apikey"),
    );
    const asked = { includeToken: true, refreshToken: true };
    expect(await client.request("getAuthStatus", asked)).toEqual(status("apikey", "sk-file"));
    expect(world.refreshes()).toEqual([]);
  });

  it("says so of a ChatGPT login, and refreshes it in the name of the one who wants that", async () => {
    const { client, world } = await clientOf({ auth: authJson(first, "refresh-1"), tokens: [tokens] });
    expect(await client.request("getAuthStatus", {})).toEqual(status("chatgpt"));
    expect(await client.request("getAuthStatus", { includeToken: true })).toEqual(status("chatgpt", first));
    expect(world.refreshes()).toEqual([]);
    const asked = { includeToken: true, refreshToken: true };
    expect(await client.request("getAuthStatus", asked)).toEqual(status("chatgpt", second));
    expect(world.refreshes().map(namesOn)).toEqual([namesOf("beta")]);
  });

  it("shows no token of a login that can no longer be refreshed, which account/read takes for none", async () => {
    const { client, world } = await clientOf({ auth: authJson(first, "refresh-1"), tokens: [expired] });
    expect(await client.request("account/read", {})).toMatchObject({ account: { type: "chatgpt" } });
    const asked = { includeToken: true, refreshToken: true };
    expect(await client.request("getAuthStatus", asked)).toEqual(status("chatgpt"));
    expect(await client.request("getAuthStatus", { includeToken: true })).toEqual(status("chatgpt"));
    expect(await client.request("account/read", {})).toMatchObject({ account: null, userId: null });
    expect(world.refreshes()).toHaveLength(1);
    await world.replaceAuth(authJson(second, "refresh-9"));
    expect(await client.request("getAuthStatus", { includeToken: true })).toEqual(status("chatgpt", second));
    expect(await client.request("account/read", {})).toMatchObject({ account: { type: "chatgpt" } });
  });

  it("shows the token that there is when a refresh fails for now", async () => {
    const { client } = await clientOf({ auth: authJson(first, "refresh-1"), tokens: [httpError(500, {})] });
    const asked = { includeToken: true, refreshToken: true };
    expect(await client.request("getAuthStatus", asked)).toEqual(status("chatgpt", first));
  });

  it("says nothing of a login that the provider does not want", async () => {
    const { client } = await testServer({ options: { environment: { MOCK_KEY: "k", OPENAI_API_KEY: "sk-env" } } });
    expect(await (await client("alpha")).request("getAuthStatus", { includeToken: true })).toEqual({
      authMethod: null,
      authToken: null,
      requiresOpenaiAuth: false,
    });
  });

  it("says that nobody is signed in when the file is broken, and refuses params that are none", async () => {
    const { client, world } = await clientOf({ auth: "{" });
    expect(await client.request("getAuthStatus", { includeToken: true })).toEqual(status(null));
    expect(world.lines.some((line) => line.includes("is not the JSON object it should be"))).toBe(true);
    expect((await client.call("getAuthStatus", { includeToken: "x" })).error).toMatchObject({
      code: -32600,
      message: 'Invalid request: invalid type: string "x", expected a boolean',
    });
  });
});
