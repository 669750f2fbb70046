import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { onTestFinished } from "vitest";

import type { Json } from "./wire-client.js";

/** A request that reached the server. */
export interface McpRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** What the body says, if there is one. */
  readonly message: Json;
}

/** An MCP server over Streamable HTTP on loopback. */
export interface HttpMcpServer {
  readonly url: string;
  readonly requests: McpRequest[];
  /** The requests of one JSON-RPC method. */
  readonly ofMethod: (method: string) => McpRequest[];
}

/** What a test's server does other than usual; returns whether it has answered. */
export type Instead = (request: McpRequest, response: ServerResponse, incoming: IncomingMessage) => boolean;

/** Starts one with the tools `echo` and `stream`, gone when the test has finished. */
export async function httpMcpServer(instead: Instead = () => false): Promise<HttpMcpServer> {
  const requests: McpRequest[] = [];
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const body = Buffer.concat(parts).toString();
      const request = {
        method: incoming.method ?? "",
        headers: incoming.headers,
        message: body === "" ? undefined : JSON.parse(body),
      };
      requests.push(request);
      if (!instead(request, response, incoming)) answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    requests,
    ofMethod: (method) => requests.filter(({ message }) => message?.method === method),
  };
}

function answer({ method, message }: McpRequest, response: ServerResponse): void {
  if (method === "GET") return void response.writeHead(405).end();
  if (method === "DELETE") return void response.writeHead(204).end();
  if (message.id === undefined) return void response.writeHead(202).end();
  const json = (result: Json) =>
    response
      .writeHead(200, { "content-type": "application/json", "mcp-session-id": "session-1" })
      .end(JSON.stringify({ jsonrpc: "2.0", id: message.id, result }));
  switch (message.method) {
    case "initialize":
      return void json({
        protocolVersion: message.params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: "web", version: "1" },
      });
    case "tools/list":
      return void json({
        tools: ["echo", "stream"].map((name) => ({
          name,
          inputSchema: { type: "object" },
          annotations: { readOnlyHint: true },
        })),
      });
    default:
      if (message.params.name !== "stream")
        return void json({ content: [{ type: "text", text: `echo ${JSON.stringify(message.params.arguments)}` }] });
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const event of [
        {
          method: "notifications/progress",
          params: { progressToken: message.params._meta.progressToken, progress: 1, message: "half" },
        },
        { id: message.id, result: { content: [{ type: "text", text: "streamed" }] } },
      ]) {
        response.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", ...event })}\n\n`);
      }
      response.end();
  }
}
