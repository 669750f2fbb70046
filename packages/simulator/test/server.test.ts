import { request as httpRequest } from "node:http";
import { connect } from "node:net";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import {
  always,
  html,
  httpError,
  json,
  lastUserText,
  neverAnswer,
  startSimulator,
  text,
  toolOutputs,
  type Simulator,
  type SimulatorOptions,
} from "../src/index.js";
import { ask } from "./read-events.js";

let simulator: Simulator | undefined;
afterEach(async () => {
  await simulator?.close();
});

async function start(options: SimulatorOptions): Promise<Simulator> {
  simulator = await startSimulator(options);
  return simulator;
}

describe("what is answered", () => {
  it("uses a list up, then says so with a status nobody retries", async () => {
    const { url } = await start({
      script: [text("one"), httpError(503, { headers: { "retry-after": "1" } })],
    });
    expect((await ask(url)).status).toBe(200);
    const second = await ask(url);
    expect([second.status, second.headers.get("retry-after")]).toEqual([503, "1"]);
    const third = await ask(url);
    expect(third.status).toBe(400);
    expect(await third.text()).toContain("request 3, but only 2 replies");
  });

  it("asks a function, which may be slow or wrong", async () => {
    const { url } = await start({
      script: async (request) => {
        if (request.index === 1) throw new Error("oops");
        return text(lastUserText(request) ?? "");
      },
    });
    const input = [{ type: "message", role: "user", content: [{ type: "input_text", text: "echo me" }] }];
    expect(await (await ask(url, { input })).text()).toContain('"delta":"echo me"');
    const failed = await ask(url);
    expect([failed.status, await failed.text()]).toEqual([400, expect.stringContaining("oops")]);
  });

  it("answers only POST …/responses and scripted routes", async () => {
    const { url } = await start({
      script: always(text("hi")),
      routes: { "GET /v1/models": () => json({ models: [] }) },
    });
    expect(await (await fetch(`${url}/models?client_version=1`)).json()).toEqual({ models: [] });
    expect((await fetch(`${url}/responses`)).status).toBe(404);
    expect((await fetch(`${url}/other`, { method: "POST" })).status).toBe(404);
    const elsewhere = await fetch(url.replace("/v1", "/any/base/responses"), {
      method: "POST",
      body: "{}",
    });
    expect(await elsewhere.text()).toContain("response.completed");
  });

  it("gives 404 for the model list unless scripted", async () => {
    const { url } = await start({ script: [] });
    expect((await fetch(`${url}/models`)).status).toBe(404);
  });

  it("sends a challenge page", async () => {
    const { url } = await start({
      script: [html(), html({ status: 502, body: "<h1>Bad gateway</h1>" })],
    });
    const challenge = await ask(url);
    expect([challenge.status, challenge.headers.get("cf-mitigated")]).toEqual([403, "challenge"]);
    const gateway = await ask(url);
    expect([gateway.status, gateway.headers.get("server")]).toEqual([502, null]);
  });

  it("never answers if told so, and closes all the same", async () => {
    const running = await start({ script: [neverAnswer()] });
    const asked = ask(running.url);
    const request = await running.waitForRequest(1);
    expect(request.outcome).toBeUndefined();
    await running.close();
    await expect(asked).rejects.toThrow("fetch failed");
    expect(await request.done).toBe("aborted");
    await running.close();
  });
});

describe("what is recorded", () => {
  it("keeps header order, case and raw bytes", async () => {
    const { port, waitForRequest } = await start({ script: always(text("hi")) });
    const body = '{"model":"m","input":[{"role":"user"},{"content":[{"text":"deep"}]}]}';
    const socket = connect(port, "127.0.0.1");
    socket.write(
      `POST /v1/responses?a=b HTTP/1.1\r\nHost: x\r\nX-Second: 1\r\noriginator: Grüße\r\nx-second: 2\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    const request = await waitForRequest(1);
    await once(socket, "data");
    socket.destroy();
    expect([request.method, request.path, request.connectionIndex]).toEqual(["POST", "/v1/responses?a=b", 0]);
    expect(request.headers.map(([name]) => name)).toEqual([
      "Host",
      "X-Second",
      "originator",
      "x-second",
      "content-length",
    ]);
    expect(request.headers[2]?.[1]).toBe(Buffer.from("Grüße").toString("latin1"));
    expect(request.header("Originator")).toBe("Grüße");
    expect(request.header("x-second")).toBe("1, 2");
    expect(request.header("absent")).toBeUndefined();
    expect(request.at("input", -1, "content", 0, "text")).toBe("deep");
    expect(request.at("input", "length")).toBeUndefined();
    expect(request.at("toString")).toBeUndefined();
    expect(Math.abs(request.arrivedAt - Date.now())).toBeLessThan(5000);
  });

  it("tells connections apart and keeps bodies that are not JSON", async () => {
    const { url, requests } = await start({ script: always(text("hi")) });
    const send = async (): Promise<void> => {
      // A new agent per request: a new connection per request.
      const outgoing = httpRequest(`${url}/responses`, { method: "POST", agent: false });
      outgoing.end(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]));
      const [incoming] = await once(outgoing, "response");
      incoming.resume();
      await once(incoming, "end");
    };
    await send();
    await send();
    expect(requests.map((request) => request.connectionIndex)).toEqual([0, 1]);
    expect(requests[0]?.body).toBeUndefined();
    expect([...(requests[0]?.bodyBytes ?? [])]).toEqual([0x28, 0xb5, 0x2f, 0xfd]);
  });

  it("finds tool outputs", async () => {
    const { url, waitForRequest } = await start({ script: always(text("hi")) });
    await ask(url, {
      input: [
        { type: "function_call_output", call_id: "a", output: "1" },
        { type: "custom_tool_call_output", call_id: "b", output: [{ text: "2" }] },
        { type: "message", role: "user", content: "plain" },
      ],
    });
    const request = await waitForRequest((each) => each.at("input", 0, "call_id") === "a");
    expect(toolOutputs(request)).toEqual([
      { callId: "a", output: "1" },
      { callId: "b", output: [{ text: "2" }] },
    ]);
    expect(lastUserText(request)).toBe("plain");
  });

  it("forgets old requests on demand but still counts and waits", async () => {
    const running = await start({ script: always(text("hi")), keepRequests: 1 });
    const second = running.waitForRequest(2);
    for (let count = 0; count < 3; count += 1) await (await ask(running.url)).text();
    expect((await second).index).toBe(1);
    expect([running.requests.length, running.requestCount]).toEqual([1, 3]);
  });

  it("stops waiting after a while, on close, and when the predicate throws", async () => {
    const running = await start({ script: always(text("hi")) });
    await expect(running.waitForRequest(1, { timeoutMs: 5 })).rejects.toThrow("Nothing for 5 ms");
    const thrown = running.waitForRequest(() => {
      throw new Error("no");
    });
    thrown.catch(() => {});
    await (await ask(running.url)).text();
    await expect(thrown).rejects.toThrow("predicate threw");
    const pending = running.waitForRequest(9);
    pending.catch(() => {});
    await running.close();
    await expect(pending).rejects.toThrow("closed");
  });
});
