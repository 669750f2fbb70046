import { mkdir, readdir, readlink, rm, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

import { httpError, json, neverAnswer, type RecordedRequest } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { accessToken, authJson, chatgptWorld, idToken, type ChatgptWorld } from "./support/chatgpt.js";
import { temporaryFolder } from "./support/temporary-home.js";
import { namesOf, namesOn } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

const first = accessToken("first");
const second = accessToken("second");
const tokens = json({ id_token: idToken("new@example.com"), access_token: second, refresh_token: "refresh-2" });
const takesSecond = (each: string) => each === second;
const signInAgain = "Please log out and sign in again.";

async function runTurn(client: WireClient): Promise<Json> {
  return client.runTurn(await client.startThread(), "hi");
}

function bearer(request: RecordedRequest | undefined): string | undefined {
  return request?.header("authorization")?.replace("Bearer ", "");
}

/** The files of the home that have to do with the login. */
async function authFiles({ codexHome }: ChatgptWorld): Promise<string[]> {
  return (await readdir(codexHome)).filter((name) => name.includes("auth")).sort();
}

describe("a ChatGPT login in auth.json", () => {
  it("goes out with a request as the reference sends it", async () => {
    const world = await chatgptWorld({ auth: authJson(first, "refresh-1"), takes: () => true });
    expect(await runTurn(await world.client("alpha"))).toMatchObject({ status: "completed" });
    const [request] = world.modelRequests();
    expect(bearer(request)).toBe(first);
    expect(request?.header("chatgpt-account-id")).toBe("account-1");
    expect(request?.header("x-codex-routing-hint")).toBeUndefined();
    expect(world.refreshes()).toHaveLength(0);
  });

  it.each([
    ["chatgpt_base_url", (url: string) => `chatgpt_base_url = "${url}/back/"`, "/back/codex/responses"],
    [
      "openai_base_url first",
      (url: string) => `openai_base_url = "${url}/open"\nchatgpt_base_url = "${url}/back/"`,
      "/open/responses",
    ],
  ])("goes to ChatGPT's back end with the built-in provider: %s", async (_, config, path) => {
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1"),
      takes: () => true,
      config: (url) => `model = "gpt-5.5"\n${config(url)}`,
    });
    expect(await runTurn(await world.client("alpha"))).toMatchObject({ status: "completed" });
    const [request] = world.modelRequests();
    expect(request?.path).toBe(path);
    expect(request?.header("x-codex-routing-hint")).toBe("model=gpt-5.5");
    expect(request?.header("version")).toBe("0.169.0");
  });

  it("gives way to a key in the file, and wins over the environment's", async () => {
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1", { auth_mode: null, OPENAI_API_KEY: "sk-file" }),
      takes: () => true,
      environment: { OPENAI_API_KEY: "sk-env" },
    });
    const client = await world.client("alpha");
    await runTurn(client);
    expect(await client.request("account/read", {})).toMatchObject({ account: { type: "apiKey" } });
    await world.replaceAuth(authJson(first, "refresh-1"));
    await runTurn(client);
    expect(world.modelRequests().map(bearer)).toEqual(["sk-file", first]);
    expect(world.modelRequests()[0]?.header("chatgpt-account-id")).toBeUndefined();
  });

  it("is not sent where a project wants it, even a trusted one", async () => {
    const project = await temporaryFolder();
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1"),
      takes: () => true,
      config: (url) =>
        `model = "gpt-5.5"\nopenai_base_url = "${url}/open"\n[projects."${project}"]\ntrust_level = "trusted"\n`,
    });
    const elsewhere = `http://127.0.0.1:${world.simulator.port}/elsewhere`;
    await mkdir(join(project, ".codex"));
    await writeFile(
      join(project, ".codex", "config.toml"),
      `model = "project-model"\nopenai_base_url = "${elsewhere}"\nchatgpt_base_url = "${elsewhere}"\nmodel_provider = "theirs"
[model_providers.theirs]\nname = "theirs"\nbase_url = "${elsewhere}"\nrequires_openai_auth = true\n`,
    );
    const client = await world.client("alpha");
    await client.runTurn(await client.startThread({ cwd: project }), "hi");
    expect(world.modelRequests().map(({ path }) => path)).toEqual(["/open/responses"]);
    expect(world.modelRequests()[0]?.at("model")).toBe("project-model");
  });

  it("is shown by account/read", async () => {
    const world = await chatgptWorld({ auth: authJson(first, "refresh-1"), takes: () => true });
    expect(await (await world.client("alpha")).request("account/read", {})).toEqual({
      account: { type: "chatgpt", email: "user@example.com", planType: "pro", workspaceName: null },
      userId: "user-1",
      requiresOpenaiAuth: true,
      workspaceRouting: null,
    });
  });

  it("is refreshed by account/read on demand, in the name of the one who asks", async () => {
    const world = await chatgptWorld({ auth: authJson(first, "refresh-1"), takes: takesSecond, tokens: [tokens] });
    await world.client("alpha");
    const beta = await world.client("beta");
    const { account } = await beta.request("account/read", { refreshToken: true });
    expect(account.email).toBe("new@example.com");
    expect(world.refreshes().map(namesOn)).toEqual([namesOf("beta")]);
    expect(world.refreshes()[0]?.body).toMatchObject({ refresh_reason: "forced" });
  });
});

describe("a refresh", () => {
  it("comes before the token ends, and is written back without losing anything", async () => {
    const auth = authJson(accessToken("ending", 240), "refresh-1");
    const world = await chatgptWorld({ auth, takes: takesSecond, tokens: [tokens], fileMode: 0o644 });
    expect(await runTurn(await world.client("alpha"))).toMatchObject({ status: "completed" });
    const [refresh, ...more] = world.refreshes();
    expect(more).toEqual([]);
    expect(refresh?.body).toEqual({
      client_id: "app_EMoamEEZ73f0CkXaXp7hrann",
      grant_type: "refresh_token",
      refresh_reason: "proactive_expiry",
      refresh_token: "refresh-1",
    });
    expect(refresh?.header("content-type")).toBe("application/json");
    expect(refresh?.header("authorization")).toBeUndefined();
    expect(namesOn(refresh)).toEqual(namesOf("alpha"));
    expect(world.modelRequests().map(bearer)).toEqual([second]);
    expect(await world.readAuth()).toEqual({
      ...auth,
      tokens: {
        ...auth.tokens,
        id_token: idToken("new@example.com"),
        access_token: second,
        refresh_token: "refresh-2",
      },
      last_refresh: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(await world.mode()).toBe(0o600);
    expect(await authFiles(world)).toEqual(["auth.json"]);
  });

  it("does not come while the token is good for longer than five minutes", async () => {
    const world = await chatgptWorld({ auth: authJson(accessToken("good", 330), "refresh-1"), takes: () => true });
    await runTurn(await world.client("alpha"));
    expect(world.refreshes()).toEqual([]);
  });

  it("does not come for every request when tokens live shorter than that", async () => {
    const [stale, short] = [accessToken("stale", 60), accessToken("short", 120)];
    const world = await chatgptWorld({
      auth: authJson(stale, "refresh-1"),
      takes: (given) => given === short,
      tokens: () => json({ access_token: short, refresh_token: "refresh-2" }),
    });
    const client = await world.client("alpha");
    for (let turn = 0; turn < 4; turn += 1) await runTurn(client);
    expect([world.refreshes().length, world.modelRequests().length]).toEqual([1, 4]);
  });

  it("happens once for twenty turns of three clients that are refused, in the name of one", async () => {
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1"),
      takes: takesSecond,
      tokens: async () => {
        await answered;
        return tokens;
      },
    });
    // The endpoint answers when every turn has been refused.
    const answered = world.simulator.waitForRequest(21);
    const clients = await Promise.all(["alpha", "beta", "gamma"].map((name) => world.client(name)));
    const turns = Array.from({ length: 20 }, (_, index) => runTurn(clients[index % 3] as WireClient));
    const statuses = (await Promise.all(turns)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set(["completed"]));
    expect(world.refreshes()).toHaveLength(1);
    const named = namesOn(world.refreshes()[0]);
    expect(["alpha", "beta", "gamma"].map((name) => namesOf(name))).toContainEqual(named);
    expect(world.modelRequests().filter((each) => bearer(each) === first)).toHaveLength(20);
    expect(world.modelRequests().filter((each) => bearer(each) === second)).toHaveLength(20);
    // Waiting for the same refresh renames nobody.
    const perClient = (name: string) => world.modelRequests().filter((each) => each.header("originator") === name);
    expect(["alpha", "beta", "gamma"].map((name) => perClient(name).length)).toEqual([14, 14, 12]);
  });

  it("keeps the name of the client that caused it, and goes on, when that client has gone", async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1"),
      takes: takesSecond,
      tokens: async () => {
        await gate;
        return tokens;
      },
    });
    const [alpha, beta] = [await world.client("alpha"), await world.client("beta")];
    await alpha.startTurn(await alpha.startThread(), "hi");
    await world.simulator.waitForRequest(({ path }) => path === "/oauth/token");
    const turn = runTurn(beta);
    await world.simulator.waitForRequest((each) => each.header("originator") === "beta");
    await alpha.close();
    release();
    expect(await turn).toMatchObject({ status: "completed" });
    expect(world.refreshes().map(namesOn)).toEqual([namesOf("alpha")]);
  });

  it("that brings another refused token is not repeated for the same request", async () => {
    const world = await chatgptWorld({ auth: authJson(first, "refresh-1"), takes: () => false, tokens: [tokens] });
    const turn = await runTurn(await world.client("alpha"));
    expect(turn.error).toMatchObject({
      message: expect.stringContaining("unexpected status 401 Unauthorized"),
      codexErrorInfo: { httpConnectionFailed: { httpStatusCode: 401 } },
    });
    expect(world.modelRequests().map(bearer)).toEqual([first, second]);
    expect(world.refreshes()).toHaveLength(1);
  });

  it("does not hold up an interrupt", async () => {
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1"),
      takes: takesSecond,
      tokens: () => neverAnswer(),
    });
    const client = await world.client("alpha");
    const threadId = await client.startThread();
    const turnId = await client.startTurn(threadId, "hi");
    await world.simulator.waitForRequest(({ path }) => path === "/oauth/token");
    await client.request("turn/interrupt", { threadId, turnId });
    const ended = await client.notification("turn/completed");
    expect(ended.params.turn.status).toBe("interrupted");
  });
});

describe("a refresh that fails", () => {
  it.each([
    [401, { error: { code: "refresh_token_expired" } }, " because your refresh token has expired"],
    [400, { error: { code: "refresh_token_reused" } }, " because your refresh token was already used"],
    [401, { error: { code: "refresh_token_invalidated" } }, " because your refresh token was revoked"],
    [400, { error: "invalid_grant" }, ""],
    [401, "<html>", ""],
  ])("for good (%s %j) says so and is not tried again until the file changes", async (status, body, why) => {
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1"),
      takes: takesSecond,
      tokens: (request) => (request.at("refresh_token") === "refresh-9" ? tokens : httpError(status, { body })),
    });
    const client = await world.client("alpha");
    const error = {
      message: `Your access token could not be refreshed${why}. ${signInAgain}`,
      codexErrorInfo: "unauthorized",
    };
    expect(await runTurn(client)).toMatchObject({ status: "failed", error });
    expect(await runTurn(client)).toMatchObject({ status: "failed", error });
    expect(world.refreshes()).toHaveLength(1);
    expect(await client.request("account/read", { refreshToken: true })).toMatchObject({ account: null });
    expect(world.refreshes()).toHaveLength(1);
    await world.replaceAuth(authJson(first, "refresh-9"));
    expect(await runTurn(client)).toMatchObject({ status: "completed" });
    expect(world.refreshes()).toHaveLength(2);
  });

  it("is one failure for all who wait for it", async () => {
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1"),
      takes: takesSecond,
      tokens: async () => {
        await refused;
        return httpError(500);
      },
    });
    // Five turns and the refresh.
    const refused = world.simulator.waitForRequest(6);
    const client = await world.client("alpha");
    const turns = await Promise.all(Array.from({ length: 5 }, () => runTurn(client)));
    expect(turns.map(({ status }) => status)).toEqual(Array.from({ length: 5 }, () => "failed"));
    expect(world.refreshes()).toHaveLength(1);
  });

  it("for now is an error of this turn, and the next one tries again", async () => {
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1"),
      takes: takesSecond,
      tokens: [httpError(500), json({}), tokens],
    });
    const client = await world.client("alpha");
    const message = expect.stringMatching(/^Failed to refresh token: /);
    expect(await runTurn(client)).toMatchObject({ status: "failed", error: { message, codexErrorInfo: "other" } });
    expect(await runTurn(client)).toMatchObject({ status: "failed", error: { message } });
    expect(await runTurn(client)).toMatchObject({ status: "completed" });
    expect((await world.readAuth()).tokens.refresh_token).toBe("refresh-2");
  });

  it("before the token's end leaves the token in use, and is not tried by every request", async () => {
    const ending = accessToken("ending", 120);
    const world = await chatgptWorld({
      auth: authJson(ending, "refresh-1"),
      takes: () => true,
      tokens: () => httpError(500),
    });
    const client = await world.client("alpha");
    await runTurn(client);
    await runTurn(client);
    expect(world.modelRequests().map(bearer)).toEqual([ending, ending]);
    expect(world.refreshes()).toHaveLength(1);
  });

  it("shows no token in errors, logs and frames", async () => {
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1-secret"),
      takes: takesSecond,
      tokens: [httpError(500, { body: `echo refresh-1-secret ${first}` }), tokens],
    });
    const client = await world.client("alpha");
    await runTurn(client);
    await runTurn(client);
    const all = JSON.stringify([client.frames, world.lines]);
    for (const secret of [first, second, "refresh-1-secret", "refresh-2"]) expect(all).not.toContain(secret);
  });
});

describe("a file that others use too", () => {
  it("is read again before a refresh: a new token in it is used instead", async () => {
    const world = await chatgptWorld({ auth: authJson(first, "refresh-1"), takes: takesSecond, tokens: [tokens] });
    const client = await world.client("alpha");
    const threadId = await client.startThread();
    // No lock is needed for that; this one would be held for the whole test.
    const held = JSON.stringify({ pid: process.ppid, host: hostname(), id: "other" });
    await writeFile(`${world.authPath}.switchboard-lock`, held);
    world.simulator.use((request) => {
      const isSecond = bearer(request) === second;
      return isSecond
        ? neverAnswer()
        : world.replaceAuth(authJson(second, "refresh-9")).then(() => httpError(401, { body: {} }));
    });
    await client.startTurn(threadId, "hi");
    await world.simulator.waitForRequest((each) => bearer(each) === second);
    expect(world.refreshes()).toEqual([]);
  });

  it("is read again after a refresh token turned out to be used up: the one who was faster has written it", async () => {
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1"),
      takes: takesSecond,
      tokens: async () => {
        // It gets its answer before us and writes it a little later.
        setTimeout(() => void world.replaceAuth(authJson(second, "refresh-9")), 50);
        return httpError(401, { body: { error: { code: "refresh_token_reused" } } });
      },
    });
    expect(await runTurn(await world.client("alpha"))).toMatchObject({ status: "completed" });
    expect(world.refreshes()).toHaveLength(1);
    expect((await world.readAuth()).tokens.refresh_token).toBe("refresh-9");
  });

  it("is not overwritten when somebody signed in anew meanwhile", async () => {
    const other = accessToken("other");
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1"),
      takes: (each) => each === other,
      tokens: async () => {
        await world.replaceAuth(authJson(other, "refresh-other", {}, { account_id: "account-2" }));
        return tokens;
      },
    });
    expect(await runTurn(await world.client("alpha"))).toMatchObject({ status: "completed" });
    expect(world.modelRequests().at(-1)?.header("chatgpt-account-id")).toBe("account-2");
    expect((await world.readAuth()).tokens.refresh_token).toBe("refresh-other");
  });

  it("is not made again when somebody signed out meanwhile", async () => {
    const world = await chatgptWorld({
      auth: authJson(first, "refresh-1"),
      takes: takesSecond,
      tokens: async () => {
        await rm(world.authPath);
        return tokens;
      },
    });
    const turn = await runTurn(await world.client("alpha"));
    expect(turn.error).toMatchObject({
      codexErrorInfo: "unauthorized",
      message: expect.stringContaining("logged out"),
    });
    expect(await authFiles(world)).toEqual([]);
  });

  it("is refreshed once by two servers that are refused at the same time", async () => {
    const world = await chatgptWorld({ auth: authJson(first, "refresh-1"), takes: takesSecond, tokens: [tokens] });
    const other = await world.another();
    const clients = [await world.client("alpha"), await other.client("beta")];
    const turns = await Promise.all(clients.map(runTurn));
    expect(turns.map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect(world.refreshes()).toHaveLength(1);
  });

  it("waits for the lock of another process, and then finds its work done", async () => {
    const world = await chatgptWorld({ auth: authJson(first, "refresh-1"), takes: takesSecond, tokens: [tokens] });
    const lock = `${world.authPath}.switchboard-lock`;
    // The parent of this process lives as long as the test.
    await writeFile(lock, JSON.stringify({ pid: process.ppid, host: hostname(), id: "other" }));
    const turn = runTurn(await world.client("alpha"));
    await world.simulator.waitForRequest((each) => bearer(each) === first);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(world.refreshes()).toEqual([]);
    await world.replaceAuth(authJson(second, "refresh-9"));
    await rm(lock);
    expect(await turn).toMatchObject({ status: "completed" });
    expect(world.refreshes()).toEqual([]);
    expect(await authFiles(world)).toEqual(["auth.json"]);
  });

  it.each([
    ["a process that has died", JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), id: "dead" })],
    ["an earlier process with our number", JSON.stringify({ pid: process.pid, host: hostname(), id: "namesake" })],
  ])("does not wait for a lock that was left by %s, nor mind its draft", async (_, text) => {
    const world = await chatgptWorld({ auth: authJson(first, "refresh-1"), takes: takesSecond, tokens: [tokens] });
    await writeFile(`${world.authPath}.switchboard-lock`, text);
    await writeFile(join(world.codexHome, ".auth-left-behind"), "{");
    expect(await runTurn(await world.client("alpha"))).toMatchObject({ status: "completed" });
    expect((await world.readAuth()).tokens.refresh_token).toBe("refresh-2");
    expect(await authFiles(world)).toEqual([".auth-left-behind", "auth.json"]);
  });

  it("may be a link, which stays one", async () => {
    const folder = await temporaryFolder();
    const world = await chatgptWorld({ takes: takesSecond, tokens: [tokens] });
    await mkdir(join(folder, "shared"));
    const target = join(folder, "shared", "auth.json");
    await writeFile(target, JSON.stringify(authJson(first, "refresh-1")));
    await symlink(target, world.authPath);
    expect(await runTurn(await world.client("alpha"))).toMatchObject({ status: "completed" });
    expect(await readdir(join(folder, "shared"))).toEqual(["auth.json"]);
    expect(await readlink(world.authPath)).toBe(target);
    expect((await world.readAuth()).tokens.refresh_token).toBe("refresh-2");
  });

  it("that is broken fails the turn and says why", async () => {
    const world = await chatgptWorld({ auth: '{"tokens":{"access_token":"hidden', takes: () => true });
    const client = await world.client("alpha");
    const turn = await runTurn(client);
    expect(turn.error.message).toContain(world.authPath);
    expect(await client.request("account/read", {})).toMatchObject({ account: null, requiresOpenaiAuth: true });
    expect(JSON.stringify([client.frames, world.lines])).not.toContain("hidden");
    expect(world.modelRequests()).toEqual([]);
  });
});

describe("account/updated", () => {
  it("tells every connection that the file changed outside, and the next request uses it", async () => {
    const world = await chatgptWorld({ auth: authJson(first, "refresh-1"), takes: () => true });
    const clients = [await world.client("alpha"), await world.client("beta")];
    const [alpha] = clients as [WireClient];
    await runTurn(alpha);
    const told = (params: Json) =>
      Promise.all(clients.map((each) => each.notification("account/updated", fits(params))));
    await world.replaceAuth(authJson(second, "refresh-9", {}, { id_token: idToken("b@example.com", "team") }));
    await told({ authMode: "chatgpt", planType: "team" });
    await runTurn(alpha);
    expect(bearer(world.modelRequests().at(-1))).toBe(second);
    await rm(world.authPath);
    await told({ authMode: null, planType: null });
    await world.replaceAuth({ OPENAI_API_KEY: "sk-new" });
    await told({ authMode: "apikey", planType: null });
    const before = clients.map((each) => each.notifications("account/updated").length);
    await world.replaceAuth("{broken");
    await Promise.all(clients.map((each, index) => each.frame(() => countOf(each) > (before[index] ?? 0))));
    expect(alpha.notifications("account/updated").at(-1)).toEqual({ authMode: null, planType: null });
  });

  it("is not sent for a refresh of our own", async () => {
    const world = await chatgptWorld({ auth: authJson(first, "refresh-1"), takes: takesSecond, tokens: [tokens] });
    const client = await world.client("alpha");
    await runTurn(client);
    expect(world.refreshes()).toHaveLength(1);
    // Time in which it would be told; then the next change from outside is the first that is.
    await new Promise((resolve) => setTimeout(resolve, 400));
    await world.replaceAuth({ OPENAI_API_KEY: "sk-new" });
    await client.notification("account/updated", fits({ authMode: "apikey", planType: null }));
    expect(countOf(client)).toBe(1);
  });
});

function fits(wanted: Json): (params: Json) => boolean {
  return ({ authMode, planType }) => authMode === wanted.authMode && planType === wanted.planType;
}

function countOf(client: WireClient): number {
  return client.notifications("account/updated").length;
}
