import { always, startSimulator, text } from "@switchboard/simulator";
import { linkedTransports } from "@switchboard/protocol/transports";
import { AppServerClient, registry } from "@switchboard/protocol";
import { describe, expect, it, onTestFinished } from "vitest";

import { createAppServer } from "../src/app-server.js";
import { handlers } from "../src/methods/index.js";
import { mockProviderToml, temporaryHome } from "./support/temporary-home.js";

const handledSignals = () => (["SIGINT", "SIGTERM", "SIGHUP"] as const).map((signal) => process.listenerCount(signal));

describe("createAppServer", () => {
  it("serves clients in the same process, typed, without touching the process", async () => {
    const simulator = await startSimulator({ script: always(text("Hello")) });
    onTestFinished(() => simulator.close());
    process.env["MOCK_KEY"] = "from-the-process";
    process.env["HTTP_PROXY"] = "http://127.0.0.1:9";
    onTestFinished(() => {
      delete process.env["MOCK_KEY"];
      delete process.env["HTTP_PROXY"];
    });
    const signalsBefore = handledSignals();
    const codexHome = await temporaryHome(mockProviderToml(simulator.url));
    const server = await createAppServer({ codexHome, environment: { MOCK_KEY: "given" } });
    const completed: string[] = [];
    const client = server.connect({
      onNotification: (notification) => {
        if (notification.method === "turn/completed") completed.push(notification.params.turn.status);
      },
    });
    const { userAgent } = await client.initialize({ name: "embedder", version: "2.0.0" });
    expect(userAgent).toMatch(/^embedder\/0\.169\.0 .* switchboard\/\d+\.\d+\.\d+ \(embedder; 2\.0\.0\)$/);
    const { thread } = await client.request("thread/start", {});
    await client.request("turn/start", { threadId: thread.id, input: [{ type: "text", text: "hi" }] });
    await server.close({ graceMs: 5_000 });
    expect(handledSignals()).toEqual(signalsBefore);
    expect(completed).toEqual(["completed"]);
    expect(simulator.requests[0]?.header("authorization")).toBe("Bearer given");
    expect(simulator.requests[0]?.header("originator")).toBe("embedder");
    await expect(client.request("model/list", {})).rejects.toMatchObject({ code: "connection_closed" });
  });

  it("keeps two servers in one process apart", async () => {
    const one = await createAppServer({
      codexHome: await temporaryHome('model = "one"\n'),
      config: ["model_provider=openai"],
    });
    const two = await createAppServer({ codexHome: await temporaryHome('model = "two"\n') });
    const [a, b] = [one.connect(), two.connect()];
    await a.initialize({ name: "a", version: "1" });
    await b.initialize({ name: "b", version: "1" });
    expect((await a.request("thread/start", {})).model).toBe("one");
    expect((await b.request("thread/start", {})).model).toBe("two");
    expect((await a.request("thread/loaded/list", {})).data).toHaveLength(1);
    await one.close();
    expect((await b.request("thread/loaded/list", {})).data).toHaveLength(1);
    await two.close();
  });

  it("refuses new work while it closes, and still answers", async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const simulator = await startSimulator({
      script: async () => {
        await released;
        return [text("done")];
      },
    });
    onTestFinished(() => simulator.close());
    const server = await createAppServer({
      codexHome: await temporaryHome(mockProviderToml(simulator.url)),
      environment: { MOCK_KEY: "k" },
    });
    const statuses: string[] = [];
    const [ours, theirs] = linkedTransports();
    server.accept(ours);
    const client = new AppServerClient(theirs, {
      onNotification: (each) => {
        if (each.method === "turn/completed") statuses.push(each.params.turn.status);
      },
    });
    await client.initialize({ name: "a", version: "1" });
    const { thread } = await client.request("thread/start", {});
    await client.request("turn/start", { threadId: thread.id, input: [{ type: "text", text: "hi" }] });
    await simulator.waitForRequest(1);
    const closing = server.close({ graceMs: 10_000 });
    // Listeners are closed first; the draining state follows in the next turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
    await expect(client.request("thread/start", {})).rejects.toMatchObject({
      code: -32600,
      message: "Server is draining; retry after reconnecting",
      data: { reason: "serverShuttingDown" },
    });
    expect((await client.request("thread/loaded/list", {})).data).toEqual([thread.id]);
    release();
    await closing;
    expect(statuses).toEqual(["completed"]);
  });

  it("interrupts what does not end in time", async () => {
    const simulator = await startSimulator({ script: () => new Promise(() => undefined) });
    onTestFinished(() => simulator.close());
    const server = await createAppServer({
      codexHome: await temporaryHome(mockProviderToml(simulator.url)),
      environment: { MOCK_KEY: "k" },
    });
    const statuses: string[] = [];
    const client = server.connect({
      onNotification: (each) => {
        if (each.method === "turn/completed") statuses.push(each.params.turn.status);
      },
    });
    await client.initialize({ name: "a", version: "1" });
    const { thread } = await client.request("thread/start", {});
    await client.request("turn/start", { threadId: thread.id, input: [{ type: "text", text: "hi" }] });
    await server.close({ graceMs: 50 });
    expect(statuses).toEqual(["interrupted"]);
  });

  it("has a handler for each method that the registry calls implemented, and no other", () => {
    const implemented = [...registry.clientRequests]
      .filter(({ status }) => status === "implemented")
      .map(({ method }) => method);
    expect(Object.keys(handlers).sort()).toEqual(implemented.sort());
  });
});
