import { json } from "@switchboard/simulator";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { accessToken, authJson, chatgptWorld, idToken } from "./support/chatgpt.js";
import { mockProviderToml } from "./support/temporary-home.js";
import { host, namesOn } from "./support/test-server.js";

const fresh = accessToken("fresh", 7_200);
const tokens = json({ id_token: idToken("user@example.com"), access_token: fresh, refresh_token: "refresh-2" });

/** Nobody's request caused it. */
const processDefault = {
  originator: "switchboard",
  userAgent: `switchboard/0.169.0 (${host.os} ${host.osVersion}; ${host.arch}) ${host.terminal} switchboard/${host.switchboardVersion}`,
};

describe("a login that is about to end while nobody asks for anything", () => {
  // Only regular looks are under the test's clock; the network is not.
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(() => void vi.useRealTimers());

  it("is refreshed in the process's own name, once, whoever is connected", async () => {
    const world = await chatgptWorld({
      auth: authJson(accessToken("old", 200), "refresh-1"),
      takes: () => true,
      tokens: [tokens],
    });
    const client = await world.client("codex_vscode");
    await world.client("codex_ios");
    // Handlers of both were in work; what a timer does is still nobody's.
    await client.request("account/read", {});
    vi.advanceTimersByTime(60_000);
    await expect.poll(async () => (await world.readAuth()).tokens.access_token).toBe(fresh);
    expect(world.refreshes().map(namesOn)).toEqual([processDefault]);
    expect(world.refreshes()[0]?.body).toMatchObject({ refresh_reason: "proactive_expiry" });
    vi.advanceTimersByTime(600_000);
    await client.runTurn(await client.startThread(), "hi");
    expect(world.refreshes()).toHaveLength(1);
    expect(world.modelRequests()[0]?.header("authorization")).toBe(`Bearer ${fresh}`);
    const { entries } = await client.request("switchboard/ledger/read", {});
    expect(entries[0]).toMatchObject({
      path: "oauth-token",
      connection: null,
      client: null,
      originator: "switchboard",
    });
  });

  it("is left alone as long as it is good for more than five minutes", async () => {
    const world = await chatgptWorld({ auth: authJson(accessToken("old", 1_000), "refresh-1"), takes: () => true });
    const client = await world.client("codex_vscode");
    vi.advanceTimersByTime(60_000);
    await client.runTurn(await client.startThread(), "hi");
    expect(world.refreshes()).toEqual([]);
  });

  it("is left to those who use it when the provider wants another key", async () => {
    const world = await chatgptWorld({
      auth: authJson(accessToken("old", 200), "refresh-1"),
      takes: () => true,
      config: (url) => mockProviderToml(`${url}/v1`),
      environment: { MOCK_KEY: "k" },
    });
    const client = await world.client("codex_vscode");
    vi.advanceTimersByTime(60_000);
    await client.runTurn(await client.startThread(), "hi");
    expect(world.refreshes()).toEqual([]);
  });

  it("is not looked at any more when the server has ended", async () => {
    const world = await chatgptWorld({ auth: authJson(accessToken("old", 200), "refresh-1"), takes: () => true });
    await world.client("codex_vscode");
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    await world.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});
