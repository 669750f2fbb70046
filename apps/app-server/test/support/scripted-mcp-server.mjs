// oxlint-disable unicorn/no-process-exit -- a program of its own that ends in the ways a test wants
// An MCP server whose tools do what their names say. Over stdio, one JSON message a line. It notes what
// happens to it in the file that MCP_LOG names.
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { createInterface } from "node:readline";

const mode = process.argv[2] ?? "";
const note = (what, more = {}) => {
  if (process.env.MCP_LOG !== undefined)
    appendFileSync(process.env.MCP_LOG, `${JSON.stringify({ what, pid: process.pid, ...more })}\n`);
};
note("start", { environment: process.env, cwd: process.cwd(), arguments: process.argv.slice(2) });
if (mode === "dies") process.exit(3);
if (mode === "child") {
  // A process of its own that does not go by itself.
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  note("child", { child: child.pid });
}
if (mode === "stubborn") process.on("SIGTERM", () => note("SIGTERM"));

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const waiting = new Map();
let nextId = 1;
const ask = (method, params) =>
  new Promise((resolve) => {
    const id = nextId++;
    waiting.set(id, resolve);
    send({ id, method, params });
  });

const tool = (name, more = {}) => ({
  name,
  description: `${name} tool`,
  inputSchema: { type: "object", properties: { a: { type: "string" } } },
  annotations: { readOnlyHint: true },
  ...more,
});
const tools = [
  tool("echo"),
  tool("fail"),
  tool("refuse"),
  tool("progress"),
  tool("silent"),
  tool("crash"),
  tool("picture"),
  tool("structured"),
  tool("ask"),
  tool("ask-url"),
  tool("huge"),
  tool("meta"),
  tool("flood"),
  tool("nonsense"),
  tool("more-tools"),
  tool("write", { annotations: undefined }),
];
if (mode === "odd-names") {
  tools.splice(
    0,
    tools.length,
    tool("a.b/c d"),
    tool("a_b_c_d"),
    tool("x".repeat(80)),
    tool("same"),
    tool("same"),
    { name: "no-schema" },
    { name: "bad-schema", inputSchema: "text" },
    { name: "", inputSchema: {} },
    tool("plain", { inputSchema: {} }),
  );
}

async function call(id, { name, arguments: args, _meta: meta }) {
  const text = (said, more = {}) => send({ id, result: { content: [{ type: "text", text: said }], ...more } });
  switch (name) {
    case "fail":
      return text("it failed", { isError: true });
    case "refuse":
      return send({ id, error: { code: -32602, message: "bad arguments", data: { x: 1 } } });
    case "progress":
      for (const step of [1, 2]) {
        send({
          method: "notifications/progress",
          params: {
            progressToken: meta.progressToken,
            progress: step,
            total: 2,
            ...(step === 1 ? { message: "half way" } : {}),
          },
        });
      }
      return text("done");
    case "flood":
      for (let step = 1; step <= 3_000; step += 1)
        send({ method: "notifications/progress", params: { progressToken: meta.progressToken, progress: step } });
      return text("done");
    case "silent":
      return note("silent");
    case "crash":
      return process.exit(9);
    case "picture":
      return send({
        id,
        result: {
          content: [
            { type: "text", text: "see" },
            { type: "image", data: "AAAA", mimeType: "image/png" },
          ],
        },
      });
    case "structured":
      return text("ignored", { structuredContent: { x: 1 }, _meta: { k: "v" } });
    case "ask":
      return text(
        JSON.stringify(
          (
            await ask("elicitation/create", {
              message: "Your name?",
              requestedSchema: {
                type: "object",
                properties: { name: { type: "string", title: "Name" } },
                required: ["name"],
              },
            })
          ).result,
        ),
      );
    case "ask-url":
      return text(
        JSON.stringify(
          (
            await ask("elicitation/create", {
              mode: "url",
              message: "Go there",
              url: args?.url ?? "https://example.com/",
              elicitationId: "e1",
            })
          ).result,
        ),
      );
    case "huge":
      return text("h".repeat(3_000_000));
    case "meta":
      return text(JSON.stringify(meta));
    case "nonsense":
      return send({ id, result: { content: "not a list" } });
    case "more-tools":
      tools.push(tool("new"));
      send({ method: "notifications/tools/list_changed" });
      return text("there is a new one");
    default:
      return text(`echo ${JSON.stringify(args ?? null)}`);
  }
}

function answer({ id, method, params }) {
  switch (method) {
    case "initialize":
      if (mode === "silent-start") return undefined;
      if (mode === "refuses-start") return send({ id, error: { code: -32000, message: "not today" } });
      return send({
        id,
        result: {
          protocolVersion: params.protocolVersion,
          capabilities: { tools: { listChanged: true }, resources: {} },
          instructions: "Use me well.",
          serverInfo: { name: "scripted", title: "Scripted", version: "1.2" },
        },
      });
    case "tools/list":
      return send({ id, result: { tools } });
    case "tools/call":
      return call(id, params);
    case "resources/list":
      return send({ id, result: { resources: [{ uri: "mem://a", name: "A", mimeType: "text/plain" }] } });
    case "resources/templates/list":
      return send({ id, result: { resourceTemplates: [{ uriTemplate: "mem://{x}", name: "T" }] } });
    case "resources/read":
      if (params.uri === "mem://bad") return send({ id, error: { code: -32002, message: "not found" } });
      return send({ id, result: { contents: [{ uri: params.uri, mimeType: "text/plain", text: "content" }] } });
    default:
      return id === undefined ? undefined : send({ id, error: { code: -32601, message: "unknown" } });
  }
}

if (mode === "garbage") process.stdout.write('hello\n{"foo":1}\n[]\n');
if (mode === "overlong") process.stdout.write("x".repeat(17 * 1024 * 1024));
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const message = JSON.parse(line);
    note("in", { method: message.method, params: message.params });
    if (message.method === undefined) waiting.get(message.id)?.(message);
    else void answer(message);
  })
  .on("close", () => {
    note("end of input");
    if (mode !== "stubborn") process.exit(0);
    else setInterval(() => undefined, 1_000);
  });
