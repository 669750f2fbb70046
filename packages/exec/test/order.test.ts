import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { describe, expect, onTestFinished, test } from "vitest";

import type { ExecClient } from "./support/exec-client.js";
import { testServer } from "./support/exec-server.js";

/** An origin that answers, or begins to, when told to. */
async function slowOrigin() {
  const answers: Array<() => void> = [];
  const begin: Array<() => void> = [];
  const ended: Array<Promise<void>> = [];
  const server = createServer((request, response) => {
    ended.push(new Promise((resolve) => response.on("close", () => resolve())));
    answers.push(() => response.end("late"));
    begin.push(() => response.write("first part"));
    request.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, answers, begin, ended };
}

async function withProcess(client: ExecClient): Promise<void> {
  await client.request("process/start", {
    processId: "p",
    argv: ["sleep", "5"],
    cwd: "file:///",
    env: { PATH: "/usr/bin:/bin" },
    tty: false,
  });
}

const slow = { id: "slow", method: "process/read", params: { processId: "p", waitMs: 400 } };
const quick = { id: "quick", method: "environment/status" };
const bad = { id: "bad", method: "fs/readFile", params: {} };
const request = (url: string) => ({
  id: "http",
  method: "http/request",
  params: { method: "GET", url, requestId: "1" },
});

/** The ids that were answered since, in order, once so many have been. */
async function answered(client: ExecClient, count: number): Promise<unknown[]> {
  const ids = () => client.frames.filter(({ id }) => typeof id === "string").map(({ id }) => id);
  await client.frame(() => ids().length >= count);
  return ids();
}

describe("requests of one connection", () => {
  test("are worked off one after another", async () => {
    const { ready } = await testServer();
    const client = await ready();
    await withProcess(client);
    client.send(slow);
    client.send(bad);
    client.send({ ...slow, id: "slow again" });
    client.send(quick);
    expect(await answered(client, 4)).toEqual(["slow", "bad", "slow again", "quick"]);
  });

  test("do not wait for another connection", async () => {
    const { ready } = await testServer();
    const [one, other] = [await ready(), await ready()];
    await withProcess(one);
    one.send(slow);
    other.send(quick);
    await other.frame(({ id }) => id === "quick");
    expect(one.frames.some(({ id }) => id === "slow")).toBe(false);
  });

  test("neither wait for http/request nor make it wait", async () => {
    const { url, answers } = await slowOrigin();
    const { ready } = await testServer();
    const client = await ready();
    await withProcess(client);
    client.send(request(url));
    client.send(slow);
    client.send({ ...request(url), id: "http2" });
    client.send(quick);
    await expect.poll(() => answers.length).toBe(2);
    expect(await answered(client, 2)).toEqual(["slow", "quick"]);
    for (const answer of answers.toReversed()) answer();
    expect(new Set((await answered(client, 4)).slice(2))).toEqual(new Set(["http", "http2"]));
  });

  test("all wait for each other when one at a time was asked for", async () => {
    const { url, answers } = await slowOrigin();
    const { ready } = await testServer({ concurrentRequests: 1 });
    const client = await ready();
    client.send(request(url));
    client.send(quick);
    await expect.poll(() => answers.length).toBe(1);
    expect(client.frames.some(({ id }) => id === "quick")).toBe(false);
    answers[0]?.();
    expect(await answered(client, 2)).toEqual(["http", "quick"]);
  });

  test("overlap as far as was asked for", async () => {
    const { url, answers } = await slowOrigin();
    const { ready } = await testServer({ concurrentRequests: 3 });
    const client = await ready();
    for (const id of ["1", "2", "3", "4"]) client.send({ ...request(url), id });
    client.send(quick);
    await expect.poll(() => answers.length).toBe(3);
    answers[1]?.();
    expect(await answered(client, 1)).toEqual(["2"]);
    await expect.poll(() => answers.length).toBe(4);
    answers[0]?.();
    expect(await answered(client, 3)).toEqual(["2", "1", "quick"]);
  });

  test("end with it", async () => {
    const { url, ended } = await slowOrigin();
    const { ready, incidents } = await testServer({ concurrentRequests: 1 });
    const client = await ready();
    client.send(request(url));
    client.send({ ...request(url), id: "never sent" });
    await expect.poll(() => ended.length).toBe(1);
    client.socket.terminate();
    await ended[0];
    expect(ended).toHaveLength(1);
    expect(incidents).toEqual([]);
  });

  test("end with it also when only their bodies are still on the way", async () => {
    const { url, ended, begin } = await slowOrigin();
    const { ready } = await testServer();
    const client = await ready();
    client.send({ ...request(url), params: { ...request(url).params, streamResponse: true } });
    await expect.poll(() => ended.length).toBe(1);
    begin[0]?.();
    await client.notification("http/request/bodyDelta");
    client.socket.terminate();
    await ended[0];
  });

  test("are answered before what they cause", async () => {
    const { url, answers } = await slowOrigin();
    const { ready } = await testServer();
    const client = await ready();
    client.send({ ...request(url), params: { ...request(url).params, streamResponse: true } });
    await expect.poll(() => answers.length).toBe(1);
    answers[0]?.();
    await client.notification("http/request/bodyDelta", ({ done }) => done);
    expect(client.frames.slice(1).map(({ id, params }) => id ?? params.seq)).toEqual(["http", 1, 2]);
  });
});
