import { tmpdir } from "node:os";
import { pathToFileURL } from "node:url";

import { describe, expect, test } from "vitest";

import { testServer } from "./support/exec-server.js";

const families = [
  ["process/terminate", { processId: "p" }, "exec"],
  ["fs/readFile", { path: "file:///x" }, "filesystem"],
  ["http/request", { method: "GET", url: "http://127.0.0.1:1", requestId: "1" }, "http"],
  ["environment/info", {}, "environment info"],
  ["environment/status", undefined, "environment status"],
] as const;

describe("the handshake", () => {
  test("gives a session and describes the machine", async () => {
    const { open } = await testServer({ cwd: "/", environment: { HOME: "/home/somebody", TMPDIR: "/var/tmp" } });
    const client = await open();
    const { sessionId, environmentInfo } = await client.request("initialize", { clientName: "" });
    expect(sessionId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(environmentInfo).toMatchObject({
      shell: { name: expect.stringMatching(/^\w+$/), path: expect.stringMatching(/^\//) },
      executorVersion: "0.169.0",
      providerId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      cwd: "file:///",
      userHomeDir: "file:///home/somebody",
      platformOs: process.platform === "darwin" ? "macos" : process.platform,
      prependPathDirs: [],
      temporaryDirectories: ["file:///var/tmp"],
      tempDir: "file:///var/tmp",
    });
    client.send({ method: "initialized", params: { any: "thing" } });
    expect(await client.request("environment/info")).toEqual(environmentInfo);
    expect(await client.request("environment/status", {})).toEqual({ status: "ready" });
  });

  test("promises only what there is", async () => {
    const { open } = await testServer({ environment: {} });
    const client = await open();
    const { environmentInfo } = await client.request("initialize", { clientName: "x" });
    const { capabilities, tempDir, temporaryDirectories } = environmentInfo;
    expect(Object.keys(capabilities)).toHaveLength(15);
    expect(Object.keys(capabilities).filter((name) => capabilities[name])).toEqual([
      "fsWatchMissing",
      "httpHeaderEnvVars",
      "fileWriteStreaming",
    ]);
    expect([temporaryDirectories, tempDir]).toEqual([[], pathToFileURL(tmpdir()).href]);
  });

  test.each(families)("%s waits for both steps", async (method, params, family) => {
    const { open } = await testServer();
    const client = await open();
    expect(await client.refusal(method, params)).toEqual([
      -32600,
      `client must call initialize before using ${family} methods`,
    ]);
    await client.request("initialize", { clientName: "x" });
    expect(await client.refusal(method, params)).toEqual([
      -32600,
      `client must send initialized before using ${family} methods`,
    ]);
    client.send({ method: "initialized" });
    const answer = await client.call(method, params);
    expect(answer.error?.message ?? "").not.toContain("client must");
  });

  test("looks at method and params first", async () => {
    const { open } = await testServer();
    const client = await open();
    expect(await client.refusal("fs/readFile", {})).toEqual([-32602, "missing field `path`"]);
    expect(await client.refusal("nope")).toEqual([-32601, "exec-server stub does not implement `nope` yet"]);
  });

  test("initialize is sent once, but a refused one again", async () => {
    const { open } = await testServer();
    const client = await open();
    expect(await client.refusal("initialize", {})).toEqual([-32602, "missing field `clientName`"]);
    expect(await client.refusal("initialize", { clientName: "x", resumeSessionId: "s" })).toEqual([
      -32600,
      "unknown session id s",
    ]);
    await client.request("initialize", { clientName: "x", resumeSessionId: null });
    expect(await client.refusal("initialize", { clientName: "x" })).toEqual([
      -32600,
      "initialize may only be sent once per connection",
    ]);
  });

  test.each([
    [undefined, "invalid type: null, expected struct InitializeParams"],
    [[1], "invalid type: sequence, expected struct InitializeParams"],
    ["x", 'invalid type: string "x", expected struct InitializeParams'],
    [{ clientName: 5 }, "invalid type: number, expected a string"],
    [{ clientName: "x", resumeSessionId: true }, "invalid type: boolean `true`, expected a string"],
  ])("refuses %j", async (params, message) => {
    const { open } = await testServer();
    expect(await (await open()).refusal("initialize", params)).toEqual([-32602, message]);
  });

  test.each(["environment/info", "environment/status"])("%s takes nothing", async (method) => {
    const { ready } = await testServer();
    const client = await ready();
    for (const params of [undefined, null, {}]) expect((await client.call(method, params)).error).toBeUndefined();
    expect(await client.refusal(method, { a: 1 })).toEqual([-32602, "invalid type: map, expected unit"]);
    expect(await client.refusal(method, [])).toEqual([-32602, "invalid type: sequence, expected unit"]);
  });

  test.each([
    "environmentConfig/read",
    "capabilityRoots/discoverV1",
    "capabilities/discoverV2",
    "network/policyRequest",
    "fs/join",
    "fs/parent",
    "initialized",
  ])("%s is not built and says so", async (method) => {
    const { ready } = await testServer();
    expect(await (await ready()).refusal(method, { cwd: "file:///" })).toEqual([
      -32601,
      `exec-server stub does not implement \`${method}\` yet`,
    ]);
  });
});
