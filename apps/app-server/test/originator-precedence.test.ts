import { describe, expect, it } from "vitest";

import { namesOf, namesOn, testServer } from "./support/test-server.js";

const configured = 'http_headers = { originator = "operator", "User-Agent" = "operator-agent/1", version = "7" }';

describe("what wins for the originator header", () => {
  it("a service name of the list, for its own client's turns, with the owner's User-Agent", async () => {
    const { client, requestsOf } = await testServer();
    const a = await client("codex_vscode");
    const { thread } = await a.request("thread/start", { serviceName: " Codex_Work_WEB " });
    expect(thread.originator).toBe("codex_work_web");
    const turn = await a.runTurn(thread.id, "hi");
    expect(requestsOf(turn.id).map(namesOn)).toEqual([{ ...namesOf("codex_vscode"), originator: "codex_work_web" }]);
  });

  it("never a service name on another client's turns", async () => {
    const { client, requestsOf } = await testServer();
    const a = await client("codex_vscode");
    const thread = await a.startThread({ serviceName: "codex_work_web" });
    const b = await client("codex_ios");
    const turn = await b.startTurn(thread, "hi");
    await a.notification("turn/completed");
    expect(requestsOf(turn).map(namesOn)).toEqual([namesOf("codex_ios")]);
  });

  it("no other service name", async () => {
    const { client, requestsOf } = await testServer();
    const a = await client("codex_vscode");
    const { thread } = await a.request("thread/start", { serviceName: "codex_ios" });
    expect(thread.originator).toBe("codex_vscode");
    const turn = await a.runTurn(thread.id, "hi");
    expect(requestsOf(turn.id).map(namesOn)).toEqual([namesOf("codex_vscode")]);
  });

  it("the operator's headers over the owner's, for originator, User-Agent and version", async () => {
    const { client, requestsOf } = await testServer({ provider: configured });
    const a = await client("codex_vscode");
    const turn = await a.runTurn(await a.startThread(), "hi");
    const [request] = requestsOf(turn.id);
    expect(namesOn(request)).toEqual({ originator: "operator", userAgent: "operator-agent/1" });
    expect(request?.header("version")).toBe("7");
  });

  it("a service name over the operator's originator, but not over the User-Agent", async () => {
    const { client, requestsOf } = await testServer({ provider: configured });
    const a = await client("codex_vscode");
    const turn = await a.runTurn(await a.startThread({ serviceName: "chatgpt_cca" }), "hi");
    expect(requestsOf(turn.id).map(namesOn)).toEqual([{ originator: "chatgpt_cca", userAgent: "operator-agent/1" }]);
  });

  it("and a name outside ASCII arrives as its UTF-8 bytes", async () => {
    const { client, requestsOf } = await testServer();
    const a = await client("näme ☎");
    const turn = await a.runTurn(await a.startThread(), "hi");
    const [request] = requestsOf(turn.id);
    expect(namesOn(request)).toEqual(namesOf("näme ☎"));
    const raw = request?.headers.find(([name]) => name === "originator")?.[1] ?? "";
    expect(Buffer.from(raw, "latin1")).toEqual(Buffer.from("näme ☎", "utf8"));
  });
});
