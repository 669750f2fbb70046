import { expect, test } from "vitest";

import { rawEndOf } from "../test/support/ends.js";
import { AppServerClient, type AppServerClientOptions } from "./app-server-client.js";
import { linkedTransports } from "./transports/memory.js";

function start(options?: AppServerClientOptions) {
  const [ours, theirs] = linkedTransports();
  return { client: new AppServerClient(ours, options), raw: rawEndOf(theirs) };
}

const clientInfo = { name: "test", title: null, version: "1" };

test("initialize sends what the protocol asks for, then initialized", async () => {
  const { client, raw } = start();
  const answer = client.initialize(clientInfo, { experimentalApi: true });
  await raw.whenFrames(1);
  expect(JSON.parse(raw.frames[0] ?? "")).toEqual({
    id: 0,
    method: "initialize",
    params: { clientInfo, capabilities: { experimentalApi: true, requestAttestation: false } },
  });
  const result = { userAgent: "u", codexHome: "/h", platformFamily: "unix", platformOs: "linux" };
  raw.send(JSON.stringify({ id: 0, result }));
  expect(await answer).toEqual(result);
  await raw.whenFrames(2);
  expect(raw.frames[1]).toBe('{"method":"initialized"}');
});

test("initialize sends no initialized after a refusal", async () => {
  const { client, raw } = start();
  const answer = client.initialize(clientInfo);
  await raw.whenFrames(1);
  raw.send('{"error":{"code":-32600,"message":"Already initialized"},"id":0}');
  await expect(answer).rejects.toMatchObject({ code: -32600 });
  const next = client.request("thread/loaded/list", {});
  await raw.whenFrames(2);
  expect(raw.frames[1]).toContain('"thread/loaded/list"');
  raw.send('{"id":1,"result":{"data":[],"nextCursor":null}}');
  expect(await next).toEqual({ data: [], nextCursor: null });
});

test("hands on notifications, requests and the end", async () => {
  const notifications: unknown[] = [];
  let tellClosed!: (code: number) => void;
  const closed = new Promise<number>((resolve) => (tellClosed = resolve));
  const { client, raw } = start({
    onNotification: (notification) => notifications.push(notification),
    onRequest: ({ method }) => ({ method }),
    onClosed: ({ code }) => tellClosed(code),
  });
  raw.send('{"method":"thread/closed","params":{"threadId":"t"},"emittedAtMs":1}');
  raw.send('{"id":0,"method":"item/tool/call","params":{}}');
  await raw.whenFrames(1);
  expect(notifications).toEqual([{ method: "thread/closed", params: { threadId: "t" } }]);
  expect(raw.frames).toEqual(['{"id":0,"result":{"method":"item/tool/call"}}']);
  client.close();
  expect(await closed).toBe(1000);
});

test("refuses the server's requests without a handler", async () => {
  const { raw } = start();
  raw.send('{"id":0,"method":"item/tool/call","params":{}}');
  raw.send('{"method":"anything"}');
  await raw.whenFrames(1);
  expect(JSON.parse(raw.frames[0] ?? "")).toEqual({
    id: 0,
    error: { code: -32601, message: "item/tool/call is not supported by this client" },
  });
});
