import { describe, expect, test } from "vitest";

import { SwitchboardError } from "../errors.js";
import { isLoopback, parseListenUrl, webSocketUrl } from "./listen-url.js";

describe("parseListenUrl", () => {
  test.each([
    ["stdio://", { kind: "stdio" }],
    ["off", { kind: "off" }],
    ["unix://", { kind: "unix", path: "" }],
    ["unix:///run/s.sock", { kind: "unix", path: "/run/s.sock" }],
    ["unix://rel.sock", { kind: "unix", path: "rel.sock" }],
    ["unix:///with space/ü?#%20", { kind: "unix", path: "/with space/ü?#%20" }],
    ["ws://127.0.0.1:0", { kind: "tcp", host: "127.0.0.1", port: 0 }],
    ["ws://0.0.0.0:8080", { kind: "tcp", host: "0.0.0.0", port: 8080 }],
    ["ws://10.1.2.3:65535", { kind: "tcp", host: "10.1.2.3", port: 65535 }],
    ["ws://[::1]:0", { kind: "tcp", host: "::1", port: 0 }],
    ["ws://[::]:1", { kind: "tcp", host: "::", port: 1 }],
    ["ws://[2001:db8::1]:9", { kind: "tcp", host: "2001:db8::1", port: 9 }],
    ["ws://[::ffff:127.0.0.1]:9", { kind: "tcp", host: "::ffff:127.0.0.1", port: 9 }],
  ])("reads %s", (url, address) => {
    expect(parseListenUrl(url)).toEqual(address);
  });

  test.each([
    "ws://",
    "ws://127.0.0.1",
    "ws://127.0.0.1:",
    "ws://localhost:0",
    "ws://foo:1",
    "ws://127.0.0.1:99999",
    "ws://127.0.0.1:65536",
    "ws://127.0.0.1:-1",
    "ws://127.0.0.1:1x",
    "ws://127.0.0.1:0/path",
    "ws://127.0.0.256:1",
    "ws://127.1:1",
    "ws://:1",
    "ws://::1:0",
    "ws://[::1]",
    "ws://[zz]:1",
    "ws://user@127.0.0.1:1",
    "ws://127.0.0.1:1\n",
  ])("refuses the address of %j", (url) => {
    expect(() => parseListenUrl(url)).toThrow(
      new SwitchboardError({
        code: "invalid_listen_url",
        message: `invalid websocket --listen URL \`${url}\`; expected \`ws://IP:PORT\``,
      }),
    );
  });

  test.each([
    "http://127.0.0.1:0",
    "wss://127.0.0.1:0",
    "tcp://1",
    "",
    "stdio",
    "stdio:///",
    "unix",
    "unix:/run/s.sock",
    "127.0.0.1:0",
    "WS://127.0.0.1:0",
    " ws://127.0.0.1:0",
    "OFF",
  ])("does not know the kind of %j", (url) => {
    expect(() => parseListenUrl(url)).toThrow(
      new SwitchboardError({
        code: "invalid_listen_url",
        message: `unsupported --listen URL \`${url}\`; expected \`stdio://\`, \`unix://\`, \`unix://PATH\`, \`ws://IP:PORT\`, or \`off\``,
      }),
    );
  });

  test("has a code for both refusals", () => {
    for (const url of ["ws://", "tcp://1"]) {
      expect(() => parseListenUrl(url)).toThrow(expect.objectContaining({ code: "invalid_listen_url" }));
    }
  });
});

test.each([
  ["127.0.0.1", true],
  ["127.255.0.3", true],
  ["::1", true],
  ["::ffff:127.0.0.1", true],
  ["::FFFF:127.0.0.1", true],
  ["0.0.0.0", false],
  ["::", false],
  ["::ffff:0.0.0.0", false],
  ["10.0.0.1", false],
  ["128.0.0.1", false],
  ["2001:db8::1", false],
  ["127.0.0.1.example", false],
  ["", false],
])("%s is loopback: %s", (host, loopback) => {
  expect(isLoopback(host)).toBe(loopback);
});

test.each([
  ["127.0.0.1", 80, "ws://127.0.0.1:80"],
  ["::1", 80, "ws://[::1]:80"],
])("webSocketUrl(%s, %s)", (host, port, url) => {
  expect(webSocketUrl(host, port)).toBe(url);
  expect(parseListenUrl(url)).toEqual({ kind: "tcp", host, port });
});
