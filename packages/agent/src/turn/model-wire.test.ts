import { createDefaultIdentity } from "@switchboard/login";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { ModelProvider } from "../model-provider.js";
import { ModelWire } from "./model-wire.js";

const owner = createDefaultIdentity("somebody", {
  os: "Testix",
  osVersion: "1",
  arch: "x86_64",
  terminal: "t",
  switchboardVersion: "0",
});

const provider: ModelProvider = {
  id: "p",
  baseUrl: "http://127.0.0.1:9",
  chatgptBaseUrl: "http://127.0.0.1:9",
  isOpenai: false,
  queryParams: {},
  headers: {},
  requestMaxRetries: 0,
  streamMaxRetries: 0,
  streamIdleTimeoutMs: 0,
  supportsWebSockets: true,
  webSocketConnectTimeoutMs: 1_000,
  credential: async () => undefined,
  replaceCredential: async (refused) => refused,
};

describe("a socket that is made ready", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const hanging = (signal: AbortSignal) =>
    new Promise<void>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

  it("is given up when its time is over, by a timer that nothing can take away", async () => {
    const wire = new ModelWire(provider, "thread", () => undefined);
    wire.warmUp(owner, hanging);
    const ready = vi.fn<() => void>();
    void wire.whenReadyFor(owner, new AbortController().signal).then(ready);
    await vi.advanceTimersByTimeAsync(999);
    expect(ready).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ready).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is given up with its thread", async () => {
    const wire = new ModelWire(provider, "thread", () => undefined);
    wire.warmUp(owner, hanging);
    wire.close();
    await wire.whenReadyFor(owner, new AbortController().signal);
    expect(vi.getTimerCount()).toBe(0);
  });
});
