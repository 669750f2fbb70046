import { functionCall, text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import { MetricStore } from "../src/telemetry/metric-store.js";
import { agentServer, answer, command, patch } from "./support/agent.js";
import { attributes, collector, otel, type Collector } from "./support/collector.js";
import { testServer, type TestServer } from "./support/test-server.js";
import type { Json } from "./support/wire-client.js";

const metricsOnly = { send: ["metrics_exporter"] } as const;

/** The points of a metric: what they say, and a count or the sum with the number of values. */
function points({ metrics }: Collector, name: string): [Record<string, Json>, number, number][] {
  return metrics()
    .filter((metric) => metric.name === name)
    .flatMap(({ sum, histogram }) =>
      (sum ?? histogram).dataPoints.map((point: Json) => [
        attributes(point),
        Number(point.asInt ?? point.sum),
        Number(point.count ?? point.asInt),
      ]),
    );
}

async function turnOf({ client }: TestServer, name: string): Promise<void> {
  const owner = await client(name);
  await owner.runTurn(await owner.startThread(), "go");
  await owner.close();
}

describe("metrics", () => {
  it("say what the reference's say of threads, turns and requests, each under its owner's name", async () => {
    const seen = await collector();
    const world = await testServer({ top: otel(seen.url, metricsOnly) });
    const [one, two] = [await world.client("codex_vscode"), await world.client("T3 Code ü/1")];
    const threadId = await one.startThread();
    await one.runTurn(threadId, "a");
    await two.request("thread/resume", { threadId });
    await two.runTurn(threadId, "b");
    await two.runTurn(threadId, "c");
    await world.server.close();

    const about = { "app.version": expect.any(String), model: "mock-model", session_source: "vscode" };
    const [vscode, t3] = [
      { ...about, originator: "codex_vscode" },
      { ...about, originator: "T3_Code__/1" },
    ];
    expect(points(seen, "codex.thread.started")).toEqual([[vscode, 1, 1]]);
    expect(points(seen, "codex.process.start")).toEqual([[{ originator: "switchboard" }, 1, 1]]);
    expect(points(seen, "codex.api_request")).toEqual([
      [{ ...vscode, status: "200", success: "true" }, 1, 1],
      [{ ...t3, status: "200", success: "true" }, 2, 2],
    ]);
    for (const name of ["codex.turn.e2e_duration_ms", "codex.turn.ttft.duration_ms", "codex.turn.ttfm.duration_ms"]) {
      expect(points(seen, name).map(([said, , count]) => [said, count])).toEqual([
        [vscode, 1],
        [t3, 2],
      ]);
    }
    const tokens = points(seen, "codex.turn.token_usage");
    const used = tokens.filter(([{ originator }]) => originator === "T3_Code__/1");
    expect(used.map(([{ token_type: type }, sum, count]) => [type, sum, count])).toEqual([
      ["total", 220, 2],
      ["input", 200, 2],
      ["cached_input", 0, 2],
      ["cache_write_input", 0, 2],
      ["output", 20, 2],
      ["reasoning_output", 0, 2],
    ]);
    const [turns] = seen.metrics().filter(({ name }) => name === "codex.turn.e2e_duration_ms");
    expect(turns).toMatchObject({ unit: "ms", histogram: { aggregationTemporality: 1 } });
    const [point] = turns.histogram.dataPoints;
    expect(point.explicitBounds.slice(0, 4)).toEqual([0, 5, 10, 25]);
    expect(point.bucketCounts).toHaveLength(point.explicitBounds.length + 1);
    expect(point.bucketCounts.reduce((sum: number, each: number) => sum + each)).toBe(1);
    const [started] = seen.metrics().filter(({ name }) => name === "codex.thread.started");
    expect(started.sum).toMatchObject({ aggregationTemporality: 1, isMonotonic: true });
    // Nothing else was asked for.
    expect(new Set(seen.exports.map(({ path }) => path))).toEqual(new Set(["/v1/metrics"]));
    expect(world.simulator.requests[0]?.header("traceparent")).toBeUndefined();
    expect(seen.exports[0]?.headers).toMatchObject({ "x-tenant": "t1" });
    expect(seen.bodies("/v1/metrics")[0].resourceMetrics[0].resource).toMatchObject({
      attributes: expect.arrayContaining([
        { key: "service.name", value: { stringValue: "codex-app-server" } },
        { key: "os", value: { stringValue: "Testix" } },
        { key: "env", value: { stringValue: "prod" } },
      ]),
    });
  });

  it("say what became of tools and of questions", async () => {
    const seen = await collector();
    const world = await agentServer({ top: otel(seen.url, metricsOnly) });
    const client = await world.client("codex_vscode");
    const thread = await world.thread({ approvalPolicy: "untrusted" }, client);
    answer(client, () => ({ result: { decision: "decline" } }));
    await thread.run(command("touch refused", "call_1"), patch("*** Add File: b.txt\n+b", "call_2"), text("done"));
    await thread.run(command("ls", "call_3"), text("done"));
    await world.server.close();
    const said = (name: string) =>
      points(seen, name).map(([{ tool, success, sandbox_policy: policy, approved }, count]) => ({
        tool,
        success,
        policy,
        approved,
        count,
      }));
    const policy = "workspace-write";
    expect(said("codex.tool.call")).toEqual([
      { tool: "exec_command", success: "false", policy, count: 1 },
      { tool: "apply_patch", success: "false", policy, count: 1 },
      { tool: "exec_command", success: "true", policy, count: 1 },
    ]);
    expect(said("codex.approval.requested")).toEqual([
      { tool: "unified_exec", approved: "denied", count: 1 },
      { tool: "apply_patch", approved: "denied", count: 1 },
    ]);
    expect(points(seen, "codex.turn.tool.call").map(([, sum, count]) => [sum, count])).toEqual([[3, 2]]);
  });

  it("count failed requests, handshakes and compactions", async () => {
    const seen = await collector();
    const world = await testServer({
      top: otel(seen.url, metricsOnly),
      provider: "supports_websockets = true\nstream_max_retries = 0\nrequest_max_retries = 0",
      script: () => text("ok"),
    });
    const owner = await world.client("codex_vscode");
    const threadId = await owner.startThread();
    await owner.runTurn(threadId, "a");
    await owner.request("thread/compact/start", { threadId });
    await owner.notification(
      "turn/completed",
      ({ turn }) => turn.id !== owner.notifications("turn/completed")[0].turn.id,
    );
    await world.server.close();
    const [[handshake, count] = []] = points(seen, "codex.websocket.connect");
    expect([handshake?.["success"], handshake?.["originator"], count]).toEqual(["true", "codex_vscode", 1]);
    // The prewarm, the turn and the compaction.
    const requests = points(seen, "codex.websocket.request");
    expect(requests.reduce((sum, [, each]) => sum + each, 0)).toBe(3);
    expect(new Set(requests.map(([{ originator, success }]) => `${originator} ${success}`))).toEqual(
      new Set(["codex_vscode true"]),
    );
    expect(points(seen, "codex.task.compact").map(([{ manual }, sum]) => [manual, sum])).toEqual([["true", 1]]);
    expect(points(seen, "codex.api_request")).toEqual([]);
  });

  it("speak protobuf", async () => {
    const seen = await collector();
    const world = await testServer({ top: otel(seen.url, { ...metricsOnly, protocol: "binary" }) });
    await turnOf(world, "codex_vscode");
    await world.server.close();
    const [sent] = seen.exports;
    expect(sent?.headers["content-type"]).toBe("application/x-protobuf");
    expect(sent?.body.includes("codex.turn.token_usage")).toBe(true);
  });

  it("have no more names than a bound, however many clients there are, and however long theirs", async () => {
    const seen = await collector();
    const world = await testServer({ top: otel(seen.url, metricsOnly) });
    await turnOf(world, "x".repeat(200));
    for (let index = 0; index < 66; index += 1) await turnOf(world, `client_${index}`);
    await world.server.close();
    const named = points(seen, "codex.thread.started").map(([{ originator }, count]) => [originator, count]);
    // The process's own name is one of the 64.
    expect(named).toHaveLength(64);
    expect(named[0]).toEqual(["x".repeat(128), 1]);
    expect(named.at(-1)).toEqual(["other", 4]);
  });

  it("bound also the names of tools that clients and models make up", async () => {
    const seen = await collector();
    let calls = 0;
    const world = await testServer({
      top: otel(seen.url, metricsOnly),
      script: () =>
        calls++ < 70 ? functionCall({ name: `tool_${calls}`, arguments: {}, callId: `c${calls}` }) : text("x"),
    });
    const owner = await world.client("codex_vscode");
    answer(owner, () => ({ result: { contentItems: [], success: true } }));
    const dynamicTools = Array.from({ length: 70 }, (_, index) => ({
      type: "function",
      name: `tool_${index + 1}`,
      description: "d",
      inputSchema: { type: "object", properties: {} },
    }));
    await owner.runTurn(await owner.startThread({ dynamicTools }), "go");
    await world.server.close();
    const tools = points(seen, "codex.tool.call").map(([{ tool }, count]) => [tool, count]);
    expect(tools).toHaveLength(65);
    expect(tools.at(-1)).toEqual(["other", 6]);
  });
});

describe("what is measured", () => {
  it("is given away once, and begins anew", () => {
    let now = 1_000;
    const store = new MetricStore(() => now);
    store.add("codex.turn.e2e_duration_ms", 5, { a: "1" });
    store.add("codex.turn.e2e_duration_ms", 130_000, { a: "1" });
    now = 2_000;
    const [point] = store.collect();
    expect(point).toMatchObject({ startMs: 1_000, endMs: 2_000, count: 2, sum: 130_005, min: 5, max: 130_000 });
    expect([point?.buckets[1], point?.buckets.at(-1)]).toEqual([1, 1]);
    expect(store.collect()).toEqual([]);
    store.add("codex.task.review", 1, {});
    expect(store.collect()).toMatchObject([{ startMs: 2_000, count: 1 }]);
  });

  it("shares one series of its metric beyond a thousand", () => {
    const store = new MetricStore(() => 0);
    for (let index = 0; index < 1_200; index += 1) store.add("codex.api_request", 1, { model: `m${index}` });
    const collected = store.collect();
    expect(collected).toHaveLength(1_001);
    expect(collected.at(-1)).toMatchObject({ attributes: { "otel.metric.overflow": true }, count: 200 });
  });
});
