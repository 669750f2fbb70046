import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import {
  startInterceptingProxy,
  type InterceptedAnswer,
  type InterceptedRequest,
  type InterceptingProxy,
} from "@switchboard/simulator";
import { describe, expect, it, onTestFinished } from "vitest";

import { start, type Program } from "./support/program.js";
import { mockProviderToml, temporaryFolder, temporaryHome } from "./support/temporary-home.js";
import { WireClient, type Json } from "./support/wire-client.js";

const mcp = "https://chatgpt.com/backend-api/ps/mcp";

/** A proxy in place of ChatGPT and others, and the environment that leads a program through it. */
async function intercept(answer: (request: InterceptedRequest) => InterceptedAnswer) {
  const proxy = await startInterceptingProxy({ hosts: ["chatgpt.com", "api.openai.com"], answer });
  onTestFinished(() => proxy.close());
  const certificates = join(await temporaryFolder(), "authority.pem");
  await writeFile(certificates, proxy.authority);
  const env = {
    HTTPS_PROXY: proxy.url,
    HTTP_PROXY: proxy.url,
    NO_PROXY: "127.0.0.1",
    CODEX_CA_CERTIFICATE: certificates,
  };
  return { proxy, env };
}

async function execServer(env: Record<string, string>, cwd: string): Promise<{ program: Program; client: WireClient }> {
  const program = await start(["exec-server", "--listen", "ws://127.0.0.1:0"], { env, cwd });
  const [url] = await program.says(/ws:\/\/127\.0\.0\.1:\d+/);
  const client = await WireClient.open(url);
  await client.request("initialize", { clientName: "test" });
  client.sendRaw(JSON.stringify({ method: "initialized" }));
  return { program, client };
}

function cookiesSent(proxy: InterceptingProxy): (string | undefined)[] {
  return proxy.requests.map((request) => request.header("cookie"));
}

describe("affinity in an exec-server process", () => {
  it("is shared by independent http/request calls, and nothing else is, nor does it outlive the process", async () => {
    const session = ["set-cookie", "chatgpt_session=secret; Path=/; Secure; HttpOnly"] as const;
    const answers: InterceptedAnswer[] = [
      { headers: [["set-cookie", "__cflb=west; Path=/; Secure"], session] },
      { headers: [["set-cookie", "__cflb=central; Path=/; Secure"], session] },
    ];
    const { proxy, env } = await intercept(() => answers.shift() ?? {});
    const folder = await temporaryFolder();
    const environment = { ...env, CODEX_HOME: folder, HOME: folder, TMPDIR: folder };
    const { program, client } = await execServer(environment, folder);
    const call = (requestId: string, url: string) =>
      client.request("http/request", { requestId, method: "POST", url, headers: [], bodyBase64: "e30=" });
    const first = await call("1", mcp);
    for (const [id, url] of [
      ["2", mcp],
      ["3", mcp],
      ["4", "https://api.openai.com/v1/responses"],
    ] as const) {
      expect((await call(id, url)).status).toBe(200);
    }
    expect(cookiesSent(proxy)).toEqual([undefined, "__cflb=west", "__cflb=central", undefined]);
    // The caller sees what was set, whether it is kept or not.
    expect(first.headers.filter((header: Json) => header.name === "set-cookie")).toHaveLength(2);
    expect(await readdir(folder)).toEqual([]);
    program.child.kill("SIGTERM");
    await program.ended;
    const restarted = await execServer(environment, folder);
    await restarted.client.request("http/request", { requestId: "5", method: "GET", url: mcp });
    expect(proxy.requests.at(-1)?.header("cookie")).toBeUndefined();
    expect(proxy.requests.some((request) => JSON.stringify(request.headers).includes("chatgpt_session"))).toBe(false);
  });
});

describe("affinity in an app-server process", () => {
  it("is shared by two connections that keep their own names", async () => {
    const completed = `data: ${JSON.stringify({ type: "response.completed", response: { id: "r", usage: null } })}\n\n`;
    let served = 0;
    const { proxy, env } = await intercept(() => ({
      headers: [
        ["content-type", "text/event-stream"],
        ["set-cookie", `__cflb=backend-${(served += 1)}; Path=/; Secure`],
        ["set-cookie", `account=of-${served}; Path=/`],
      ],
      body: completed,
    }));
    const codexHome = await temporaryHome(mockProviderToml("https://chatgpt.com/backend-api/codex"));
    const program = await start(["app-server", "--listen", "ws://127.0.0.1:0"], {
      env: { ...env, CODEX_HOME: codexHome, MOCK_KEY: "k" },
    });
    const [, url = ""] = await program.says(/listening on: (\S+)/);
    const [vscode, phone] = [await WireClient.open(url), await WireClient.open(url)];
    await vscode.initialize("codex_vscode");
    await phone.initialize("codex_ios");
    for (const client of [vscode, phone, vscode]) {
      expect((await client.runTurn(await client.startThread(), "hi")).status).toBe("completed");
    }
    expect(proxy.requests.map((request) => [request.header("originator"), request.header("cookie")])).toEqual([
      ["codex_vscode", undefined],
      ["codex_ios", "__cflb=backend-1"],
      ["codex_vscode", "__cflb=backend-2"],
    ]);
  });
});
