import { describe, expect, it } from "vitest";

import { namesOf, testServer } from "./support/test-server.js";

const clientInfo = { name: "codex_vscode", title: null, version: "1.0.0" };

describe("initialize", () => {
  it("answers who the connection is and where the server lives", async () => {
    const { open } = await testServer();
    const client = await open();
    expect(await client.request("initialize", { clientInfo })).toEqual({
      userAgent: namesOf("codex_vscode").userAgent,
      codexHome: expect.stringMatching(/switchboard-test-/),
      platformFamily: "unix",
      platformOs: "linux",
    });
    const { params } = await client.notification("remoteControl/status/changed");
    expect(params).toEqual({
      status: "disabled",
      serverName: expect.any(String),
      installationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      environmentId: null,
    });
  });

  it("is needed once: nothing else is answered before it, and a second one is refused", async () => {
    const { open } = await testServer();
    const client = await open();
    const notInitialized = { code: -32600, message: "Not initialized" };
    expect((await client.call("model/list", {})).error).toEqual(notInitialized);
    expect((await client.call("thread/fork", { threadId: "x" })).error).toEqual(notInitialized);
    client.sendRaw(JSON.stringify({ method: "initialized" }));
    expect((await client.call("model/list", {})).error).toEqual(notInitialized);
    await client.request("initialize", { clientInfo });
    expect((await client.call("initialize", { clientInfo: { ...clientInfo, name: "other\n" } })).error).toEqual({
      code: -32600,
      message: "Already initialized",
    });
    expect((await client.request("thread/loaded/list", {})).data).toEqual([]);
  });

  it("needs no `initialized`", async () => {
    const { client } = await testServer();
    const connection = await client("acpx");
    expect((await connection.runTurn(await connection.startThread(), "hi")).status).toBe("completed");
  });

  it.each([
    ["a line end", "a\nb"],
    ["NUL", "a\0b"],
    ["DEL", "a\u007fb"],
    ["nothing", ""],
    ["white space", " \t "],
    ["257 bytes", "é".repeat(128) + "x"],
  ])("refuses a name of %s, and the connection stays usable", async (_what, name) => {
    const { open } = await testServer();
    const client = await open();
    const { error } = await client.call("initialize", { clientInfo: { ...clientInfo, name } });
    expect(error.code).toBe(-32600);
    expect(error.message).toMatch(/^Invalid clientInfo\.name: '[^]*'\. Must be a valid HTTP header value\.$/);
    expect(error.message).toContain(name.slice(0, 5));
    expect((await client.call("model/list", {})).error.message).toBe("Not initialized");
    expect((await client.initialize("codex_vscode")).userAgent).toBe(namesOf("codex_vscode").userAgent);
  });

  it.each(["a\tb", "naïve ☎", "T3 Code", "Claude Code", "é".repeat(128)])("takes the name %j", async (name) => {
    const { open } = await testServer();
    expect((await (await open()).initialize(name)).userAgent).toBe(namesOf(name).userAgent);
  });

  it("cleans a User-Agent that the version would make illegal", async () => {
    const { open } = await testServer();
    const { userAgent } = await (await open()).initialize("okname", "1\n2 ☎");
    expect(userAgent).toBe("okname/0.169.0 (Testix 1.2.3; x86_64) term/1 switchboard/9.9.9 (okname; 1_2 _)");
  });

  it("changes nothing for others: all headers of a turn are the same before and after", async () => {
    const { client, requestsOf } = await testServer();
    const a = await client("codex_vscode");
    const before = await a.runTurn(await a.startThread(), "hi");
    for (const name of ["codex_ios", "codex-backend", "codex_app_server_daemon"]) await client(name, "9.9.9");
    const after = await a.runTurn(await a.startThread(), "hi");
    const [one, other] = [before, after].map(({ id }) =>
      requestsOf(id)[0]?.headers.filter(
        ([name]) => !/^(x-codex-|x-client-request-id|session-id|thread-id|content-length)/.test(name),
      ),
    );
    expect(one?.length).toBeGreaterThan(5);
    expect(other).toEqual(one);
  });
});

describe("requests that cannot be answered", () => {
  const cases: ReadonlyArray<readonly [string, unknown, number, unknown]> = [
    [
      "foo/bar",
      {},
      -32600,
      expect.stringMatching(
        /^Invalid request: unknown variant `foo\/bar`, expected one of `initialize`, `server\/diagnostics`, /,
      ),
    ],
    ["initialize", undefined, -32600, "Invalid request: missing field `params`"],
    ["initialize", {}, -32600, "Invalid request: missing field `clientInfo`"],
    ["turn/start", undefined, -32600, "Invalid request: missing field `params`"],
    ["turn/start", { threadId: 5, input: [] }, -32600, "Invalid request: invalid type: integer `5`, expected a string"],
    ["turn/start", { threadId: "x" }, -32600, "Invalid request: missing field `input`"],
    ["thread/start", { sandbox: "zzz" }, -32600, expect.stringMatching(/^Invalid request: unknown variant `zzz`/)],
    [
      "thread/start",
      { approvalPolicy: "zzz" },
      -32600,
      expect.stringMatching(/^Invalid request: unknown variant `zzz`/),
    ],
    [
      "turn/start",
      { threadId: "nope", input: [] },
      -32600,
      "invalid thread id: invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-], found `n` at 1",
    ],
    [
      "turn/start",
      { threadId: "", input: [] },
      -32600,
      "invalid thread id: invalid length: expected length 32 for simple format, found 0",
    ],
    [
      "turn/start",
      { threadId: "01900000-0000-7000-8000-000000000000", input: [] },
      -32600,
      "thread not found: 01900000-0000-7000-8000-000000000000",
    ],
    [
      "thread/read",
      { threadId: "01900000-0000-7000-8000-000000000000" },
      -32600,
      "thread not loaded: 01900000-0000-7000-8000-000000000000",
    ],
    ["thread/resume", { threadId: "nope" }, -32600, expect.stringMatching(/^invalid session id: invalid character/)],
    [
      "thread/resume",
      { threadId: "01900000-0000-7000-8000-000000000000" },
      -32600,
      "no rollout found for thread id 01900000-0000-7000-8000-000000000000",
    ],
    [
      "turn/interrupt",
      { threadId: "01900000-0000-7000-8000-000000000000", turnId: "x" },
      -32600,
      "thread not found: 01900000-0000-7000-8000-000000000000",
    ],
    [
      "thread/start",
      { modelProvider: "nope" },
      -32600,
      "failed to load configuration: Model provider `nope` not found",
    ],
    [
      "thread/start",
      { config: { model: 5 } },
      -32600,
      "failed to load configuration: invalid type: integer `5`, expected a string\nin `model`",
    ],
    ["thread/fork", { threadId: "x" }, -32601, "thread/fork is not supported by this server yet"],
    ["skills/list", {}, -32601, "skills/list is not supported by this server yet"],
    ["model/list", { cursor: "zz" }, -32600, "invalid cursor: zz"],
    ["model/list", { cursor: "99" }, -32600, "cursor 99 exceeds total models 9"],
    ["thread/loaded/list", { cursor: "zz" }, -32600, "invalid cursor: zz"],
  ];

  it.each(cases)("%s %j", async (method, params, code, message) => {
    const { client } = await testServer();
    const connection = await client("codex_vscode");
    const { error } = await connection.call(method, params);
    expect(error).toEqual({ code, message });
    expect((await connection.request("thread/loaded/list", {})).nextCursor).toBeNull();
  });

  it("need the experimental capability, per connection", async () => {
    const { client } = await testServer();
    const plain = await client("plain", "1", {});
    const experimental = await client("experimental", "1", { experimentalApi: true });
    const refused = async (method: string, params: unknown) => (await plain.call(method, params)).error?.message;
    expect(await refused("thread/start", { mockExperimentalField: "a" })).toBe(
      "thread/start.mockExperimentalField requires experimentalApi capability",
    );
    expect(await refused("thread/start", { mockExperimentalField: null })).toBeUndefined();
    const granular = { granular: { sandbox_approval: true, rules: true, mcp_elicitations: true } };
    expect(await refused("thread/start", { approvalPolicy: granular })).toBe(
      "askForApproval.granular requires experimentalApi capability",
    );
    expect(await refused("mock/experimentalMethod", {})).toBe(
      "mock/experimentalMethod requires experimentalApi capability",
    );
    expect((await experimental.call("mock/experimentalMethod", {})).error.code).toBe(-32601);
    expect((await experimental.request("thread/start", { approvalPolicy: granular })).approvalPolicy).toEqual(granular);
  });
});
