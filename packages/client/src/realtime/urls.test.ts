import { describe, expect, it } from "vitest";

import { realtimeCallUrl, realtimeSocketUrl, sidebandUrl } from "./urls.js";
import type { RealtimeVersion } from "./version.js";

const place = (baseUrl: string, version: RealtimeVersion = "v2", queryParams = {}) => ({
  baseUrl,
  version,
  queryParams,
});

describe("where a conversation's WebSocket goes", () => {
  it.each([
    ["http://h:1", "ws://h:1/v1/realtime?model=m"],
    ["http://h:1/", "ws://h:1/v1/realtime?model=m"],
    ["https://h/v1", "wss://h/v1/realtime?model=m"],
    ["https://h/v1/", "wss://h/v1/realtime?model=m"],
    ["ws://h:1/v1/realtime?x=1", "ws://h:1/v1/realtime?x=1&model=m"],
    ["wss://h/foo", "wss://h/foo?model=m"],
    ["https://h/deep/v1", "wss://h/deep/v1/realtime?model=m"],
  ])("with the base %s", (base, url) => {
    expect(realtimeSocketUrl(place(base), "m")).toBe(url);
  });

  it("says what v1 is, and is another place for v3", () => {
    expect(realtimeSocketUrl(place("https://h/v1", "v1"), "a b&c")).toBe(
      "wss://h/v1/realtime?intent=quicksilver&model=a+b%26c",
    );
    expect(realtimeSocketUrl(place("https://h", "v3"), "m")).toBe("wss://h/v1/live?model=m");
  });

  it("has the provider's parameters, which replace none of its own", () => {
    expect(realtimeSocketUrl(place("https://h", "v2", { "api-version": "1", model: "other" }), "m")).toBe(
      "wss://h/v1/realtime?model=m&api-version=1",
    );
  });

  it.each(["ftp://h", "nonsense", "", "file:///x"])("refuses the base %j", (base) => {
    expect(() => realtimeSocketUrl(place(base), "m")).toThrow(/realtime api_url/);
  });
});

describe("where a call is joined", () => {
  it.each([
    ["v1", "rtc_1", "wss://h/v1/realtime?intent=quicksilver&call_id=rtc_1"],
    ["v3", "rtc_1", "wss://h/v1/live/rtc_1"],
    ["v3", "a b/../c?d", "wss://h/v1/live/a%20b%2F..%2Fc%3Fd"],
    ["v1", "a&b=c", "wss://h/v1/realtime?intent=quicksilver&call_id=a%26b%3Dc"],
  ] as const)("in %s with the id %s", (version, id, url) => {
    expect(sidebandUrl(place("https://h/v1", version), id)).toBe(url);
  });
});

describe("the id of a call", () => {
  const limits = /^a realtime call id has 1 to 256 characters and is neither "." nor ".."$/;

  it.each([
    ["nothing", ""],
    ["a dot", "."],
    ["two dots", ".."],
    ["257 characters", "x".repeat(257)],
  ])("is not %s", (_what, id) => {
    for (const version of ["v1", "v3"] as const) {
      expect(() => sidebandUrl(place("https://h/v1", version), id)).toThrow(limits);
    }
  });

  it("may be long", () => {
    expect(sidebandUrl(place("https://h/v1", "v3"), "x".repeat(256))).toBe(`wss://h/v1/live/${"x".repeat(256)}`);
    expect(sidebandUrl(place("https://h/v1", "v3"), "...")).toBe("wss://h/v1/live/...");
  });
});

describe("where a call is created", () => {
  it.each([
    ["v1", "https://h/v1", "https://h/v1/realtime/calls?intent=quicksilver&architecture=avas&k=v"],
    ["v3", "https://h/v1/", "https://h/v1/live?k=v"],
    [
      "v3",
      "https://h/backend-api/codex",
      "https://h/backend-api/codex/realtime/calls?intent=quicksilver&architecture=avas&k=v",
    ],
  ] as const)("in %s at %s", (version, base, url) => {
    expect(realtimeCallUrl(place(base, version, { k: "v" }))).toBe(url);
  });
});
