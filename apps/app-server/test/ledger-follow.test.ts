import { Peer } from "@switchboard/protocol";
import { openListener } from "@switchboard/protocol/listener";
import { hang, text } from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import { done, ledgerServer, requestTo } from "./support/ledger-server.js";
import { start, type Program } from "./support/program.js";
import { testServer } from "./support/test-server.js";
import { WireClient, type Json } from "./support/wire-client.js";

const follow = (url: string, ...more: string[]) => start(["ledger", "--follow", "--remote", url, ...more]);

/** The places that lines of JSON name, in order. */
const placesIn = (program: Program): string[] =>
  program
    .stdout()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).urlPath);

const numbered = (from: number, count: number) => Array.from({ length: count }, (_, index) => `/${from + index}`);

describe("following the ledger", () => {
  it("shows each request once, and only when it is over", async () => {
    const { client, url } = await testServer({
      script: (request) =>
        request.header("originator") === "codex_slow" ? [text("begun"), hang()] : text("Hello world"),
    });
    const program = await follow(url);
    const [slow, quick] = [await client("codex_slow"), await client("codex_quick")];
    const threadId = await slow.startThread();
    const turnId = await slow.startTurn(threadId, "a");
    await slow.notification("item/agentMessage/delta");
    await quick.runTurn(await quick.startThread(), "b");
    await program.says(/codex_quick +codex_quick +responses +POST \S+ +200/);
    expect(program.stdout()).not.toContain("codex_slow");
    await slow.request("turn/interrupt", { threadId, turnId });
    await program.says(/codex_slow +codex_slow +responses +POST \S+ +given_up/);
    // Its row comes with an answer after the two: time for anything to be shown again.
    const other = await client("codex_other");
    await other.runTurn(await other.startThread(), "c");
    await program.says(/codex_other +codex_other/);
    expect(program.stdout().match(/codex_\w+(?= +codex_)/g)).toEqual(["codex_quick", "codex_slow", "codex_other"]);
  });

  it("shows what ends after ten thousand newer ones have left, and a burst as a whole", async () => {
    const { ledger, url } = await ledgerServer();
    const program = await follow(url, "--json");
    const end = ledger.record(requestTo("/slow"));
    for (const place of numbered(1, 1_500)) ledger.record(requestTo(place))?.(done);
    await program.says(/"\/1500"/);
    for (const place of numbered(1_501, 9_000)) ledger.record(requestTo(place))?.(done);
    end?.(done);
    await program.says(/"\/slow".*\n/);
    expect(placesIn(program)).toEqual([...numbered(1, 10_500), "/slow"]);
  });

  it("says how many are missing when more ended at once than are kept", async () => {
    const { ledger, url } = await ledgerServer();
    const [table, json] = [await follow(url), await follow(url, "--json")];
    ledger.record(requestTo("/first"))?.(done);
    await Promise.all([table.says(/\/first/), json.says(/\/first/)]);
    for (const place of numbered(1, 12_000)) ledger.record(requestTo(place))?.(done);
    await Promise.all([table.says(/\/12000 /), json.says(/"\/12000".*\n/), json.says(/^\(not shown.*\n/)]);
    const missing = "(not shown: 2000 that ended earlier; the server keeps the latest 10000)";
    expect(table.stdout().split("\n")[2]).toBe(missing);
    expect(json.stderr()).toBe(`${missing}\n`);
    expect(placesIn(json)).toEqual(["/first", ...numbered(2_001, 10_000)]);
  });

  it("ends without a word when its reader has seen enough", async () => {
    const { ledger, url } = await ledgerServer();
    const program = await follow(url);
    ledger.record(requestTo("/first"))?.(done);
    await program.says(/\/first/);
    program.child.stdout?.destroy();
    ledger.record(requestTo("/second"))?.(done);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(program.stderr()).toBe("");
  });

  it("is refused by a server whose numbers do not grow", async () => {
    const entry = { ...row, endSeq: 1 };
    const url = await pretender({ "switchboard/ledger/read": { entries: [entry, entry], count: 2, mismatches: 0 } });
    const program = await follow(url);
    expect((await program.ended).code).toBe(1);
    expect(program.stderr()).toContain("Is it a Switchboard of this version?");
  });
});

describe("reading the ledger by ends", () => {
  it("gives what ended after a number in that order, in pages, and nothing of what is under way", async () => {
    const { ledger, url } = await ledgerServer();
    const [a, b, c] = ["/a", "/b", "/c", "/open"].map((place) => ledger.record(requestTo(place)));
    for (const end of [c, a, b]) end?.(done);
    const client = await WireClient.open(url);
    await client.initialize("codex_vscode");
    const read = async (params: Json) =>
      (await client.request("switchboard/ledger/read", params)).entries.map((entry: Json) => [
        entry.endSeq,
        entry.seq,
        entry.urlPath,
      ]);
    expect(await read({ endedAfter: 0, limit: 2 })).toEqual([
      [1, 3, "/c"],
      [2, 1, "/a"],
    ]);
    expect(await read({ endedAfter: 2 })).toEqual([[3, 2, "/b"]]);
    expect(await read({ endedAfter: 3 })).toEqual([]);
    expect(await read({ endedAfter: 9 })).toEqual([]);
    expect(await read({ afterSeq: 2 })).toEqual([
      [1, 3, "/c"],
      [null, 4, "/open"],
    ]);
    for (const params of [{ endedAfter: -1 }, { endedAfter: "1" }, { endedAfter: 1, afterSeq: 1 }]) {
      expect((await client.call("switchboard/ledger/read", params)).error).toMatchObject({ code: -32600 });
    }
  });
});

const row = {
  seq: 1,
  endSeq: 1,
  atMs: 0,
  path: "responses",
  connection: 1,
  client: "codex_vscode",
  originator: "codex_vscode",
  method: "POST",
  host: "127.0.0.1:1",
  urlPath: "/v1/responses",
  status: 200,
  receivedBytes: 7,
  durationMs: 1,
  failure: null,
};

/** A server that gives the same answers, whatever they are. */
async function pretender(answers: Readonly<Record<string, Json>>): Promise<string> {
  const listener = await openListener({
    address: { kind: "tcp", host: "127.0.0.1", port: 0 },
    healthPaths: [],
    onConnection: (transport) => {
      const peer: Peer = new Peer({
        transport,
        onRequest: ({ method }) => {
          const answer = answers[method] ?? {};
          if (typeof answer === "string") peer.close(4_000, answer);
          return answer;
        },
      });
    },
  });
  onTestFinished(() => listener.close());
  return listener.url;
}

describe("what a server says", () => {
  // Clears the screen in two ways, turns the order round, breaks lines, hides, and is hidden in a pair of units.
  const foul = "\u001b[2J\u009b2J\u202e\u2067\u2028\u200b\u200f\u007f\u{e0041}";
  const seven = "�[2J�2J�������";
  const texts = ["path", "client", "originator", "method", "host", "urlPath", "failure", "expectedOriginator"];
  const entry = { ...row, ...Object.fromEntries(texts.map((name) => [name, `${name}${foul}.`])) };
  const connection = {
    id: 1,
    client: { name: `name${foul}.`, version: `version${foul}.` },
    originator: `originator${foul}.`,
    openedAtMs: 0,
    threads: [`thread${foul}.`],
    requests: 1,
    turns: 1,
    queuedBytes: 0,
    outbound: 1,
  };
  const answers = {
    "switchboard/ledger/read": { entries: [entry], count: 1, mismatches: 1 },
    "switchboard/connections/list": { data: [connection] },
  };
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const dangerous = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\u{e0041}]/u;

  /** Looks until the pattern is there. */
  const look = async (pattern: RegExp, ...args: string[]) => {
    const program = await start([...args, "--remote", await pretender(answers)]);
    await program.says(pattern);
    return program.stdout();
  };

  it("does not reach the terminal as anything but text", async () => {
    const shown = [
      await look(/1 requests/, "ledger"),
      await look(/failure.*\n/, "ledger", "--follow"),
      await look(/name.*\n/, "connections"),
    ];
    const [ledger = "", followed = "", connections = ""] = shown;
    for (const said of shown) expect(said).not.toMatch(dangerous);
    for (const name of texts) {
      expect(ledger).toContain(`${name}${seven}.`);
      expect(followed).toContain(`${name}${seven}.`);
    }
    for (const name of ["name", "version", "originator", "thread"]) expect(connections).toContain(`${name}${seven}.`);
  });

  it("is escaped in JSON and means the same", async () => {
    const shown = [
      await look(/\}\n/, "ledger", "--json"),
      await look(/\}\n/, "ledger", "--follow", "--json"),
      await look(/\}\n/, "connections", "--json"),
    ];
    for (const said of shown) expect(said).not.toMatch(dangerous);
    const [ledger, followed, connections] = shown.map((said) => JSON.parse(said.split("\n")[0] ?? ""));
    expect([ledger, followed, connections]).toEqual([entry, entry, connection]);
    expect(shown[0]).toContain(String.raw`\u009b2J\u202e\u2067\u2028\u200b\u200f\u007f\udb40\udc41`);
  });

  it("is text too where it says why it does not serve", async () => {
    const url = await pretender({ initialize: `go away${foul}.` });
    const program = await start(["ledger", "--remote", url]);
    expect((await program.ended).code).toBe(1);
    expect(program.stderr()).toContain(`go away${seven}.`);
    expect(program.stderr()).not.toMatch(dangerous);
  });
});
