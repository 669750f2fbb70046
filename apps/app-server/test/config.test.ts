import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { createAppServer } from "../src/app-server.js";
import { mockProviderToml, temporaryFolder, temporaryHome } from "./support/temporary-home.js";
import { testServer } from "./support/test-server.js";
import type { Json } from "./support/wire-client.js";

describe("config/read", () => {
  it("shows every known key, where each value comes from, and the layers, the strongest first", async () => {
    const { client } = await testServer({
      top: 'model_reasoning_effort = "high"',
      options: { config: ["model=flagged", "model_providers.mock.request_max_retries=0"] },
    });
    const connection = await client("codex_vscode");
    const { config, origins, layers } = await connection.request("config/read", { includeLayers: true });
    expect(Object.keys(config).length).toBeGreaterThan(100);
    expect(config).toMatchObject({
      model: "flagged",
      model_provider: "mock",
      model_reasoning_effort: "high",
      review_model: null,
      project_doc_max_bytes: 32768,
    });
    expect(config.model_providers.mock).toMatchObject({
      request_max_retries: 0,
      stream_max_retries: null,
      wire_api: "responses",
    });
    expect(layers.map((layer: Json) => layer.name.type)).toEqual(["sessionFlags", "user", "system"]);
    expect(layers[0].config).toEqual({ model: "flagged", model_providers: { mock: { request_max_retries: 0 } } });
    // The reference gives this version to an empty layer.
    expect(layers[2].version).toBe("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    expect(origins.model.name).toEqual({ type: "sessionFlags" });
    expect(origins["model_providers.mock.base_url"].name).toMatchObject({ type: "user", profile: null });
    expect((await connection.request("config/read", {})).layers ?? null).toBeNull();
  });

  it("uses a project's configuration only when the project is trusted", async () => {
    const project = await temporaryFolder();
    await mkdir(join(project, ".codex"));
    await mkdir(join(project, ".git"));
    await writeFile(join(project, ".codex", "config.toml"), 'model = "project-model"\napproval_policy = "never"\n');
    const trust = `[projects."${project}"]\ntrust_level = "trusted"\n`;
    const trusting = await testServer({ provider: trust });
    const wary = await testServer({ options: { cwd: project } });
    const opened = await (await trusting.client("a")).request("thread/start", { cwd: project });
    expect([opened.model, opened.approvalPolicy, opened.sandbox.type]).toEqual([
      "project-model",
      "never",
      "workspaceWrite",
    ]);
    const untrusted = await wary.client("b");
    const refused = await untrusted.request("thread/start", { cwd: project });
    expect([refused.model, refused.sandbox.type]).toEqual(["mock-model", "readOnly"]);
    const { layers } = await untrusted.request("config/read", { cwd: project, includeLayers: true });
    expect(layers[0]).toMatchObject({
      name: { type: "project" },
      disabledReason: expect.stringContaining("trusted project"),
    });
    expect((await untrusted.notification("configWarning")).params.summary).toContain(join(project, ".codex"));
  });

  it("takes up an edited file without a restart", async () => {
    const codexHome = await temporaryHome('model = "one"\n');
    const { client } = await testServer({ options: { codexHome } });
    const connection = await client("codex_vscode");
    expect((await connection.request("thread/start", {})).model).toBe("one");
    await writeFile(join(codexHome, "config.toml"), 'model = "number two"\n');
    expect((await connection.request("thread/start", {})).model).toBe("number two");
  });

  it("warns each client of keys that the reference does not know, and only of those", async () => {
    const { client } = await testServer({ top: "zzz_unknown = 1\nhide_agent_reasoning = true", provider: "zzz = 2" });
    const { params } = await (await client("codex_vscode")).notification("configWarning");
    expect(params.summary).toContain("`zzz_unknown` is ignored");
    expect(params.summary).toContain("`model_providers.mock.zzz` is ignored");
    expect(params.summary).not.toContain("hide_agent_reasoning");
    const clean = await testServer();
    const other = await clean.client("codex_vscode");
    await other.notification("remoteControl/status/changed");
    expect(other.notifications("configWarning")).toEqual([]);
  });

  it("lets a client's own config go over the files, with dotted keys", async () => {
    const { client } = await testServer();
    const answer = await (
      await client("codex_vscode")
    ).request("thread/start", {
      config: { model: "mine", model_reasoning_effort: "low", sandbox_mode: "workspace-write" },
    });
    expect([answer.model, answer.reasoningEffort, answer.sandbox.type]).toEqual(["mine", "low", "workspaceWrite"]);
  });
});

describe("a configuration that cannot be used", () => {
  it.each([
    ["no TOML", 'model = "x"\nfoo\n', /config\.toml:2:\d+: /],
    ["a wrong type", "model = 5\n", /config\.toml:1:9: invalid type: integer `5`, expected a string$/],
    [
      "a wrong type deep down",
      '[model_providers.p]\nname = "p"\nenv_key = 5\n',
      /config\.toml:3:11: invalid type: integer `5`, expected a string$/,
    ],
    [
      "a word that is not one of those",
      'approval_policy = "zzz"\n',
      /config\.toml:1:19: unknown variant `zzz`, expected one of `untrusted`/,
    ],
    [
      "another API",
      '[model_providers.p]\nname = "p"\nwire_api = "chat"\n',
      /config\.toml:3:12: `wire_api = "chat"` is not supported/,
    ],
    ["an unknown provider", 'model_provider = "nope"\n', /^Model provider `nope` not found$/],
    [
      "the built-in provider redefined",
      '[model_providers.openai]\nname = "x"\n',
      /reserved built-in provider IDs: `openai`/,
    ],
    [
      "negative retries",
      '[model_providers.p]\nname = "p"\nrequest_max_retries = -1\n',
      /config\.toml:3:23: invalid value: integer `-1`, expected u64$/,
    ],
  ])("%s: says file, line and reason", async (_what, toml, message) => {
    const server = await createAppServer({ codexHome: await temporaryHome(toml) });
    await expect(server.configWarnings()).rejects.toMatchObject({
      code: "invalid_config",
      message: expect.stringMatching(message),
    });
    await server.close();
  });

  it("is told to clients that start a thread while the server runs on", async () => {
    const codexHome = await temporaryHome(mockProviderToml("http://127.0.0.1:9/v1"));
    const { client } = await testServer({ options: { codexHome } });
    const connection = await client("codex_vscode");
    await writeFile(join(codexHome, "config.toml"), "model = [\n");
    expect((await connection.call("thread/start", {})).error).toMatchObject({
      code: -32600,
      message: expect.stringMatching(/^failed to load configuration: .*config\.toml:/),
    });
    expect((await connection.call("config/read", {})).error).toMatchObject({
      code: -32603,
      message: expect.stringMatching(/^failed to read configuration layers: /),
    });
  });
});

describe("account/read and model/list", () => {
  const openai = 'model_provider = "openai"\n';

  it.each([
    ["a provider of one's own", mockProviderToml("http://127.0.0.1:9/v1"), undefined, {}, null, false],
    ["no login", openai, undefined, {}, null, true],
    ["a key in auth.json", openai, '{"OPENAI_API_KEY":"sk-x"}', {}, { type: "apiKey" }, true],
    ["a key in the environment", openai, undefined, { OPENAI_API_KEY: "sk-y" }, { type: "apiKey" }, true],
    ["a broken auth.json", openai, "{", {}, null, true],
  ])("with %s", async (_what, toml, auth, environment, account, requiresOpenaiAuth) => {
    const codexHome = await temporaryHome(toml);
    if (auth !== undefined) await writeFile(join(codexHome, "auth.json"), auth);
    const { client } = await testServer({ options: { codexHome, environment } });
    const answer = await (await client("codex_vscode")).request("account/read", {});
    expect(answer).toEqual({ account, userId: null, requiresOpenaiAuth, workspaceRouting: null });
  });

  it("pages through the models, hidden ones only if asked for", async () => {
    const { client } = await testServer();
    const connection = await client("codex_vscode");
    const all = await connection.request("model/list", { includeHidden: true });
    const shown = await connection.request("model/list", {});
    expect([all.data.length, shown.data.length, shown.nextCursor]).toEqual([12, 9, null]);
    expect(shown.data.filter((model: Json) => model.isDefault).map((model: Json) => model.id)).toEqual(["gpt-6.1-sol"]);
    expect(shown.data.some((model: Json) => model.hidden)).toBe(false);
    const page = await connection.request("model/list", { limit: 2, cursor: "1" });
    expect([page.data.map((model: Json) => model.id), page.nextCursor]).toEqual([["gpt-6-astra", "gpt-6-sol"], "3"]);
  });

  it("has nobody's requirements above the configuration", async () => {
    const { client } = await testServer();
    const connection = await client("codex_vscode");
    expect(await connection.request("configRequirements/read")).toEqual({
      supportsIndependentSpeedModes: true,
      requirements: null,
    });
  });
});
