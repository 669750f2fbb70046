import { describe, expect, it } from "vitest";

import { attributes, collector, otel } from "./support/collector.js";
import { testServer, type TestServer } from "./support/test-server.js";

const traceId = "11111111111111111111111111111111";

/** Starts a turn as part of a trace and waits for its end. */
async function tracedTurn({ client }: TestServer, name: string, traceparent: string): Promise<void> {
  const owner = await client(name, "3.2.1");
  const threadId = await owner.startThread();
  owner.sendRaw(
    JSON.stringify({
      id: "traced",
      method: "turn/start",
      params: { threadId, input: [{ type: "text", text: "a private question" }] },
      trace: { traceparent, tracestate: "a=b" },
    }),
  );
  await owner.notification("turn/completed");
}

describe("telemetry", () => {
  it("hangs a request, its turn and its model request below the client's trace, each under its client's name", async () => {
    const seen = await collector();
    const world = await testServer({ top: otel(seen.url) });
    await tracedTurn(world, "codex_vscode", `00-${traceId}-2222222222222222-01`);
    const [request] = world.simulator.requests;
    await world.server.close();

    const spans = seen.spans();
    const inTrace = spans.filter((span) => span.traceId === traceId);
    expect(inTrace.map(({ name }) => String(name)).sort((a, b) => a.localeCompare(b))).toEqual([
      "POST responses",
      "turn",
      "turn/start",
    ]);
    const named = (name: string) => inTrace.find((span) => span.name === name);
    expect(named("turn/start").parentSpanId).toBe("2222222222222222");
    expect(named("turn").parentSpanId).toBe(named("turn/start").spanId);
    expect(named("POST responses").parentSpanId).toBe(named("turn").spanId);
    expect(request?.header("traceparent")).toBe(`00-${traceId}-${named("turn").spanId}-01`);
    expect(request?.header("tracestate")).toBe("a=b");
    const client = { "app_server.client_name": "codex_vscode", "app_server.client_version": "3.2.1" };
    expect(attributes(named("turn/start"))).toMatchObject({ ...client, "rpc.method": "turn/start" });
    expect(attributes(named("turn"))).toMatchObject({
      ...client,
      originator: "codex_vscode",
      "turn.status": "completed",
    });
    expect(attributes(named("POST responses"))).toMatchObject({
      originator: "codex_vscode",
      "switchboard.path": "responses",
      "http.response.status_code": 200,
    });
    // The introduction itself is named already.
    expect(attributes(spans.find((span) => span.name === "initialize"))).toMatchObject(client);
    expect(seen.exports[0]?.headers).toMatchObject({ "x-tenant": "t1", "content-type": "application/json" });
  });

  it("names each of two clients on its own records only", async () => {
    const seen = await collector();
    const world = await testServer({ top: otel(seen.url) });
    const [one, other] = [await world.client("codex_vscode"), await world.client("codex_ios")];
    const shared = await one.startThread();
    await one.runTurn(shared, "first");
    await other.request("thread/resume", { threadId: shared });
    await other.runTurn(shared, "second");
    await world.server.close();
    const turns = seen.spans().filter((span) => span.name === "turn");
    const names = turns.map((span) => [attributes(span)["app_server.client_name"], attributes(span)["originator"]]);
    expect(names).toEqual([
      ["codex_vscode", "codex_vscode"],
      ["codex_ios", "codex_ios"],
    ]);
  });

  it.each([
    ["", "[REDACTED]"],
    ["log_user_prompt = true", "a private question"],
  ])("tells what was said only when asked to (%s)", async (more, prompt) => {
    const seen = await collector();
    const world = await testServer({ top: otel(seen.url, { more }) });
    await tracedTurn(world, "codex_vscode", `00-${traceId}-2222222222222222-01`);
    await world.server.close();
    const events = seen.events().filter((event) => attributes(event)["event.name"] === "codex.user_prompt");
    expect(events.map(attributes)).toMatchObject([{ prompt, prompt_length: "18", originator: "codex_vscode" }]);
    expect(events[0]?.traceId).toBe(traceId);
    const wire = Buffer.concat(seen.exports.map(({ body }) => body)).toString();
    expect(wire.includes("a private question")).toBe(more !== "");
    expect(wire).not.toContain("secret-key");
  });

  it("speaks protobuf", async () => {
    const seen = await collector();
    const world = await testServer({ top: otel(seen.url, { protocol: "binary" }) });
    await tracedTurn(world, "codex_vscode", `00-${traceId}-2222222222222222-01`);
    await world.server.close();
    const traces = seen.exports.find(({ path }) => path === "/v1/traces");
    expect(traces?.headers["content-type"]).toBe("application/x-protobuf");
    expect(traces?.body.includes(Buffer.from(traceId, "hex"))).toBe(true);
    expect(traces?.body.includes("codex_vscode")).toBe(true);
  });

  it("records nothing of a trace that is not sampled, and passes it on", async () => {
    const seen = await collector();
    const world = await testServer({ top: otel(seen.url) });
    await tracedTurn(world, "codex_vscode", `00-${traceId}-2222222222222222-00`);
    await world.server.close();
    expect(seen.spans().some((span) => span.traceId === traceId)).toBe(false);
    expect(world.simulator.requests[0]?.header("traceparent")).toMatch(/^00-1{32}-[0-9a-f]{16}-00$/);
  });

  it.each(["nonsense", `00-${"0".repeat(32)}-2222222222222222-01`, `00-${traceId}-2222222222222222-01-more`])(
    "begins a trace of its own for %s",
    async (traceparent) => {
      const seen = await collector();
      const world = await testServer({ top: otel(seen.url) });
      await tracedTurn(world, "codex_vscode", traceparent);
      await world.server.close();
      const span = seen.spans().find(({ name }) => name === "turn/start");
      expect(span.parentSpanId ?? "").toBe("");
      expect(span.traceId).toMatch(/^(?!0{32}|1{32})[0-9a-f]{32}$/);
    },
  );

  it("sends nothing of a trace along when there is no collector, as the reference", async () => {
    const world = await testServer();
    await tracedTurn(world, "codex_vscode", `00-${traceId}-2222222222222222-01`);
    expect(world.simulator.requests[0]?.header("traceparent")).toBeUndefined();
  });

  it("says which parts of the configuration it does not do", async () => {
    const { warnings } = await testServer({
      top: '[otel]\nexporter = { otlp-grpc = { endpoint = "http://127.0.0.1:1" } }\nmetrics_exporter = "statsig"',
    });
    expect(warnings).toEqual([
      "`otel.exporter.otlp-grpc` is not supported and is ignored",
      '`otel.metrics_exporter = "statsig"` is not supported and is ignored',
    ]);
  });
});
