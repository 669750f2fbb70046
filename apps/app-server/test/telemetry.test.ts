import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { describe, expect, it, onTestFinished } from "vitest";

import { ExportQueue, maxWaiting } from "../src/telemetry/export-queue.js";
import { testServer, type TestServer } from "./support/test-server.js";
import type { Json } from "./support/wire-client.js";

/** What a collector got. */
interface Export {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A collector on loopback that answers as told, or not at all. */
async function collector(answer: (response: ServerResponse) => void = (response) => void response.end("{}")) {
  const exports: Export[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      exports.push({ path: request.url ?? "", headers: request.headers, body: Buffer.concat(parts) });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bodies = (path: string): Json[] =>
    exports.filter((each) => each.path === path).map(({ body }) => JSON.parse(body.toString()));
  return {
    url,
    exports,
    spans: (): Json[] =>
      bodies("/v1/traces").flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap((each: Json) => each.scopeSpans.flatMap(({ spans }: Json) => spans)),
      ),
    events: (): Json[] =>
      bodies("/v1/logs").flatMap(({ resourceLogs }) =>
        resourceLogs.flatMap((each: Json) => each.scopeLogs.flatMap(({ logRecords }: Json) => logRecords)),
      ),
  };
}

/** The table `otel` for a collector. */
function otel(url: string, { protocol = "json", more = "" } = {}): string {
  const exporter = (path: string) =>
    `{ otlp-http = { endpoint = "${url}${path}", protocol = "${protocol}", headers = { "x-tenant" = "t1" } } }`;
  return `[otel]\nenvironment = "prod"\nexporter = ${exporter("/v1/logs")}\ntrace_exporter = ${exporter("/v1/traces")}\n${more}`;
}

function attributes(record: Json): Record<string, Json> {
  return Object.fromEntries(record.attributes.map(({ key, value }: Json) => [key, Object.values(value)[0]]));
}

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

  it.each<[string, (response: ServerResponse) => void]>([
    ["answers 500", (response) => void response.writeHead(500).end()],
    ["never answers", () => undefined],
    ["hangs up", (response) => void response.destroy()],
  ])("leaves turns alone when the collector %s", async (_what, answer) => {
    const seen = await collector(answer);
    const world = await testServer({ top: otel(seen.url) });
    await tracedTurn(world, "codex_vscode", `00-${traceId}-2222222222222222-01`);
    await world.server.close();
    expect(world.warnings.filter((line) => line.startsWith("traces do not reach their collector"))).toHaveLength(1);
    expect(world.warnings.filter((line) => /^\d+ telemetry records were lost$/.test(line))).toHaveLength(1);
  });

  it("keeps a bounded number of records for a collector that takes none, and counts the rest", async () => {
    let asked = 0;
    const queue = new ExportQueue<number>({
      send: (_batch, signal) => {
        asked += 1;
        return new Promise((_resolve, reject) => {
          if (signal.aborted) reject(signal.reason);
          signal.addEventListener("abort", () => reject(signal.reason), { once: true });
        });
      },
      onFailure: () => undefined,
    });
    // 512 are on their way, the rest waits.
    for (let each = 0; each < 512 + maxWaiting + 100; each += 1) queue.add(each);
    expect([asked, queue.dropped]).toEqual([1, 100]);
    await queue.close();
    expect(queue.dropped).toBe(512 + maxWaiting + 100);
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
