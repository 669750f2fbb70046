import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile, stat, truncate, writeFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";

import { capabilityTokenAuth } from "@switchboard/protocol/listener";
import { hang, text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { start } from "./support/program.js";
import { temporaryFolder } from "./support/temporary-home.js";
import { testServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

/** Runs a command of the program to its end. */
async function run(args: readonly string[]) {
  const program = await start(args);
  const { code } = await program.ended;
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}

const read = async (client: WireClient, params: Json = {}): Promise<Json> =>
  client.request("switchboard/ledger/read", params);

/** Asks for a URL under another `Host`. */
async function getUnder(url: string, named: string) {
  const [answer] = (await once(get(url, { headers: { host: named } }), "response")) as [IncomingMessage];
  const parts: Buffer[] = await answer.toArray();
  return { status: answer.statusCode, text: Buffer.concat(parts).toString() };
}

describe("the ledger", () => {
  it("has each request with its owner and the name that it bore, and agrees with the model's own log", async () => {
    const { client, simulator } = await testServer();
    const [one, two] = [await client("codex_vscode"), await client("codex_ios")];
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    await two.request("thread/resume", { threadId });
    await two.runTurn(threadId, "b");
    const { entries, count, mismatches } = await read(one);
    expect({ count, mismatches }).toEqual({ count: 2, mismatches: 0 });
    expect(entries.map(({ client: name, originator }: Json) => [name, originator])).toEqual([
      ["codex_vscode", "codex_vscode"],
      ["codex_ios", "codex_ios"],
    ]);
    expect(simulator.requests.map((request) => request.header("originator"))).toEqual(["codex_vscode", "codex_ios"]);
    expect(entries[0]).toEqual({
      seq: 1,
      endSeq: 1,
      atMs: expect.any(Number),
      path: "responses",
      connection: 1,
      client: "codex_vscode",
      originator: "codex_vscode",
      method: "POST",
      host: `127.0.0.1:${simulator.port}`,
      urlPath: "/v1/responses",
      status: 200,
      receivedBytes: expect.any(Number),
      durationMs: expect.any(Number),
      failure: null,
    });
    expect(entries[0].receivedBytes).toBeGreaterThan(100);
    expect(JSON.stringify(entries)).not.toContain("secret-key");
  });

  it("knows the names that the rules give in place of the owner's", async () => {
    const { client } = await testServer({ provider: 'http_headers = { originator = "the_operator" }' });
    const one = await client("codex_vscode");
    await one.runTurn(await one.startThread(), "a");
    await one.runTurn(await one.startThread({ serviceName: "codex_work_web" }), "b");
    const { entries, mismatches } = await read(one);
    expect(entries.map(({ originator }: Json) => originator)).toEqual(["the_operator", "codex_work_web"]);
    expect(mismatches).toBe(0);
  });

  it("shows what is under way, and why something ended early", async () => {
    const { client } = await testServer({ script: () => [text("begun"), hang()] });
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    const turnId = await one.startTurn(threadId, "a");
    await one.notification("item/agentMessage/delta");
    expect((await read(one)).entries).toMatchObject([{ status: null, durationMs: null, endSeq: null }]);
    await one.request("turn/interrupt", { threadId, turnId });
    await one.notification("turn/completed");
    expect((await read(one)).entries).toMatchObject([{ status: 200, failure: "given_up" }]);
  });

  it("gives the entries after a number, and refuses what is no number", async () => {
    const { client } = await testServer();
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    for (const said of ["a", "b", "c"]) await one.runTurn(threadId, said);
    const seqs = async (params: Json) => (await read(one, params)).entries.map(({ seq }: Json) => seq);
    expect(await seqs({ afterSeq: 1 })).toEqual([2, 3]);
    expect(await seqs({ limit: 1 })).toEqual([3]);
    expect(await seqs({ afterSeq: 9 })).toEqual([]);
    for (const afterSeq of [-1, 1.5, "1", {}]) {
      expect((await one.call("switchboard/ledger/read", { afterSeq })).error).toMatchObject({ code: -32600 });
    }
  });

  it("is closed to those who have not introduced themselves, like every method", async () => {
    const { open } = await testServer();
    const stranger = await open();
    expect((await stranger.call("switchboard/ledger/read", {})).error.message).toBe("Not initialized");
    expect((await stranger.call("switchboard/connections/list", {})).error.message).toBe("Not initialized");
  });

  it("is written to a file that only its owner can read", async () => {
    const ledgerFile = join(await temporaryFolder(), "ledger.jsonl");
    const { client, server } = await testServer({ options: { ledgerFile } });
    const one = await client("codex_vscode");
    await one.runTurn(await one.startThread(), "a");
    await server.close();
    const lines = (await readFile(ledgerFile, "utf8")).trim().split("\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ seq: 1, client: "codex_vscode", status: 200 }]);
    expect((await stat(ledgerFile)).mode & 0o777).toBe(0o600);
  });

  it("does not hold up anything when it cannot be written, and says so once", async () => {
    const { client, server, warnings } = await testServer({ options: { ledgerFile: "/dev/full" } });
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    for (const said of ["a", "b"]) expect((await one.runTurn(threadId, said)).status).toBe("completed");
    // What is in memory is as ever.
    expect((await read(one)).entries).toMatchObject([{ client: "codex_vscode" }, { client: "codex_vscode" }]);
    await server.close();
    expect(warnings.filter((line) => line.includes("the ledger cannot be written"))).toHaveLength(1);
  });

  it("is put aside when it is big, with what was before in one file and the rest in another", async () => {
    const ledgerFile = join(await temporaryFolder(), "ledger.jsonl");
    // As long as it may be; a hole takes no room on the disk.
    await writeFile(ledgerFile, "");
    await truncate(ledgerFile, 64 * 1024 * 1024);
    await writeFile(`${ledgerFile}.1`, "the one before");
    const { client, server } = await testServer({ options: { ledgerFile } });
    const one = await client("codex_vscode");
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    await expect.poll(async () => (await stat(ledgerFile)).size).toBeGreaterThan(64 * 1024 * 1024);
    for (const said of ["b", "c"]) await one.runTurn(threadId, said);
    await server.close();
    const seqsIn = (lines: string) =>
      lines
        .replace(/^\0+\n/, "")
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line).seq);
    expect(seqsIn(await readFile(`${ledgerFile}.1`, "latin1"))).toEqual([1]);
    expect(seqsIn(await readFile(ledgerFile, "utf8"))).toEqual([2, 3]);
    expect((await stat(ledgerFile)).mode & 0o777).toBe(0o600);
  });
});

describe("the metrics", () => {
  it("count what left, by path and client, and say who is here", async () => {
    const { client, server } = await testServer();
    const { url } = await server.serveMetrics("127.0.0.1:0");
    const one = await client("codex_vscode");
    await one.runTurn(await one.startThread(), "a");
    const answer = await fetch(url);
    expect(answer.headers.get("content-type")).toContain("text/plain");
    const shown = await answer.text();
    expect(shown).toContain(
      'switchboard_outbound_requests_total{path="responses",client="codex_vscode",outcome="2xx"} 1',
    );
    expect(shown).toMatch(/switchboard_outbound_received_bytes_total\{path="responses"\} [1-9]/);
    for (const line of [
      "switchboard_connections 1",
      "switchboard_threads 1",
      "switchboard_outbound_name_mismatches 0",
    ]) {
      expect(shown.split("\n")).toContain(line);
    }
  });

  it("have no more series than a bound, however many names there are", async () => {
    const { client, server } = await testServer();
    const { url } = await server.serveMetrics("127.0.0.1:0");
    for (let index = 0; index < 66; index += 1) {
      const one = await client(`client_${index}`);
      await one.runTurn(await one.startThread(), "a");
      await one.close();
    }
    const lines = (await (await fetch(url)).text()).split("\n").filter((line) => line.includes('client="'));
    expect(lines).toHaveLength(65);
    expect(lines).toContain('switchboard_outbound_requests_total{path="responses",client="other",outcome="2xx"} 2');
  });

  it("are offered by the program", async () => {
    const program = await start(["app-server", "--listen", "ws://127.0.0.1:0", "--metrics", "127.0.0.1:0"]);
    const [url] = await program.says(/http:\S+\/metrics/);
    expect(await (await fetch(url)).text()).toContain("switchboard_connections 0");
  });

  it("are for this machine and for no web page", async () => {
    const { server } = await testServer();
    for (const address of ["0.0.0.0:0", "example.com:80", "127.0.0.1", "127.0.0.1:99999", ""]) {
      await expect(server.serveMetrics(address)).rejects.toMatchObject({ code: "invalid_metrics_address" });
    }
    const { url } = await server.serveMetrics("127.0.0.1:0");
    expect((await fetch(url, { headers: { origin: "http://evil.example" } })).status).toBe(403);
    expect((await fetch(url.replace("/metrics", "/"))).status).toBe(404);
    await expect(server.serveMetrics(new URL(url).host)).rejects.toMatchObject({ code: "listen_failed" });
  });

  it("are read under a name of this machine only, so that no other name can be made to lead to them", async () => {
    const { server } = await testServer();
    const { url } = await server.serveMetrics("127.0.0.1:0");
    const { port } = new URL(url);
    for (const named of [
      "127.0.0.1",
      `127.0.0.1:${port}`,
      "127.1.2.3:1",
      "[::1]",
      "[::1]:9",
      "localhost",
      "LocalHost:80",
    ])
      expect([named, (await getUnder(url, named)).status]).toEqual([named, 200]);
    const foreign = [
      "evil.example",
      `evil.example:${port}`,
      "127.0.0.1.evil.example",
      "localhost.evil.example",
      "[::2]",
    ];
    for (const named of [...foreign, "10.0.0.1", "::1", "evil@127.0.0.1", "127.0.0.1:80:80"]) {
      const { status, text: said } = await getUnder(url, named);
      expect([named, status]).toEqual([named, 403]);
      expect(said).toBe("the metrics are read under a name of this machine only: 127.0.0.1, [::1] or localhost\n");
    }
  });
});

describe("the list of connections", () => {
  it("says who is there and what they did", async () => {
    const { client } = await testServer();
    const one = await client("codex_vscode", "2.0.0");
    const two = await client("codex_ios");
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    const { data } = await two.request("switchboard/connections/list", {});
    expect(data).toMatchObject([
      {
        id: 1,
        client: { name: "codex_vscode", version: "2.0.0" },
        originator: "codex_vscode",
        threads: [threadId],
        requests: 3,
        turns: 1,
        queuedBytes: 0,
        outbound: 1,
      },
      { id: 2, client: { name: "codex_ios", version: "1.0.0" }, threads: [], requests: 2, turns: 0, outbound: 0 },
    ]);
    await one.close();
    await expect.poll(async () => (await two.request("switchboard/connections/list", {})).data).toHaveLength(1);
  });
});

describe("the commands that look into a server", () => {
  it("show the ledger as a table and as JSON, and the connections", async () => {
    const { client, url } = await testServer();
    const one = await client("codex_vscode");
    await one.runTurn(await one.startThread(), "a");
    const look = async (...args: string[]) => (await run([...args, "--remote", url])).stdout;
    const table = await look("ledger");
    expect(table).toMatch(/codex_vscode +codex_vscode +responses +POST 127\.0\.0\.1:\d+\/v1\/responses +200/);
    expect(table).toContain("1 requests, 0 under a name that the rules do not give them");
    expect(JSON.parse(await look("ledger", "--json"))).toMatchObject({ seq: 1, client: "codex_vscode" });
    expect(await look("connections")).toMatch(/codex_vscode 1\.0\.0 +codex_vscode/);
  });

  it("say what is wrong when there is no server, or the token is wrong", async () => {
    const file = join(await temporaryFolder(), "token");
    await writeFile(file, "nope\n");
    const auth = capabilityTokenAuth(createHash("sha256").update("right").digest());
    const { url } = await testServer({ listen: { auth } });
    const refused = await run(["ledger", "--remote", url, "--token-file", file]);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("401")]);
    const lost = await run(["connections", "--remote", "ws://127.0.0.1:1"]);
    expect([lost.code, lost.stderr]).toEqual([1, expect.stringContaining("cannot connect to ws://127.0.0.1:1")]);
  });
});
