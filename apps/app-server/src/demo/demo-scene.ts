import { DemoClient } from "./demo-client.js";
import { socketProvider } from "./demo-home.js";
import { wantsTool } from "./demo-model.js";

/** What happened in the demonstration: whose turns and threads there were. */
export interface Scene {
  readonly turns: ReadonlyMap<string, string>;
  readonly threads: ReadonlyMap<string, string>;
}

/** Three clients at once on one server: over HTTP, on each other's threads, over WebSockets, with an MCP tool, in speech. */
export async function playScene(url: string, version: string): Promise<Scene> {
  const clients = await Promise.all(
    ["codex-backend", "codex_vscode", "codex_ios"].map((name) => DemoClient.open(url, name, version)),
  );
  const [, editor, phone] = clients;
  const turns = new Map<string, string>();
  const threads = new Map<string, string>();
  const thread = async (client: DemoClient, provider?: string) => {
    const id = await client.startThread(provider);
    threads.set(id, client.name);
    return id;
  };
  const turn = async (client: DemoClient, threadId: string, text: string) => {
    turns.set(await client.runTurn(threadId, text), client.name);
  };
  const inTheirOwn = async (text: string, provider?: string) => {
    const own = await Promise.all(clients.map(async (client) => [client, await thread(client, provider)] as const));
    await Promise.all(own.map(([client, id]) => turn(client, id, text)));
    return new Map(own);
  };
  try {
    const own = await inTheirOwn("hello");
    const shared = editor === undefined ? undefined : own.get(editor);
    if (editor !== undefined && phone !== undefined && shared !== undefined) {
      await phone.watch(shared);
      await turn(phone, shared, "hello from the phone");
      await turn(editor, shared, "hello again");
    }
    await inTheirOwn("hello", socketProvider);
    await inTheirOwn(wantsTool);
    await Promise.all([...own].map(([client, id]) => client.talk(id, "hello, in a conversation")));
  } finally {
    for (const client of clients) client.close();
  }
  return { turns, threads };
}
