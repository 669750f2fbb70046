import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { CookieJar } from "tough-cookie";

import { CookieStore } from "./cookie-store.js";

const allowedNames = [
  "__cf_bm",
  "__cflb",
  "__cfruid",
  "__cfseq",
  "__cfwaitingroom",
  "__oailb",
  "_cfuvid",
  "cf_clearance",
  "cf_ob_info",
  "cf_use_ob",
  "cf_chl_",
  "cf_chl_x",
];
const refusedNames = [
  "cf_chl",
  "__CF_BM",
  "CF_CHL_x",
  "__cf_bmx",
  "_cf_bm",
  "cf_clearance2",
  "cf_ob",
  "__cfwaitingroom2",
  "__cfduid",
  "__Host-__cf_bm",
  "__Secure-__cflb",
  "chatgpt_session",
  "__cflB",
  "session",
];
const allowedHosts = [
  "chatgpt.com",
  "ws.chatgpt.com",
  "a.b.chatgpt.com",
  "CHATGPT.com",
  "chatgpt-staging.com",
  "x.chatgpt-staging.com",
  "chat.openai.com",
];
const refusedHosts = [
  "openai.com",
  "api.openai.com",
  "auth.openai.com",
  "foo.chat.openai.com",
  "evilchatgpt.com",
  "evilchatgpt-staging.com",
  "chatgpt.com.evil.test",
  "chatgpt.org",
  "chatgpt.com.",
  "example.com",
];

/** What a store sends to a URL, in a stable order, after it was told of some cookies by another. */
function sent(to: string, ...told: ReadonlyArray<readonly [from: string, header: string]>): string[] {
  const store = new CookieStore();
  for (const [from, header] of told) store.store(new URL(from), [header]);
  return pairs(store, to);
}

function pairs(store: CookieStore, url: string): string[] {
  return store.headerFor(new URL(url))?.split("; ").sort() ?? [];
}

const home = "https://chatgpt.com/backend-api/x";

describe("what may be kept and sent", () => {
  it.each(allowedNames)("the name %s", (name) => {
    expect(sent(home, [home, `${name}=v`])).toEqual([`${name}=v`]);
  });

  it.each(refusedNames)("not the name %s", (name) => {
    expect(sent(home, [home, `${name}=v`])).toEqual([]);
  });

  it.each(allowedHosts)("the host %s, on any port", (host) => {
    expect(sent(`https://${host}:8443/`, [`https://${host}/`, "__cflb=v"])).toEqual(["__cflb=v"]);
  });

  it.each(refusedHosts)("not the host %s", (host) => {
    expect(sent(`https://${host}/`, [`https://${host}/`, "__cflb=v"])).toEqual([]);
    expect(sent(`https://${host}/`, [home, "__cflb=v; Domain=chatgpt.com"])).toEqual([]);
  });

  it("not a host in the user part of a URL", () => {
    expect(sent("https://chatgpt.com@example.test/", [home, "__cflb=v"])).toEqual([]);
  });

  it("nothing over http, in either direction", () => {
    expect(sent("http://chatgpt.com/backend-api/x", [home, "__cflb=v"])).toEqual([]);
    expect(sent(home, ["http://chatgpt.com/backend-api/x", "__cflb=v"])).toEqual([]);
    expect(sent(home, ["http://chatgpt.com:443/backend-api/x", "__cflb=v"])).toEqual([]);
  });
});

describe("the Domain attribute", () => {
  it.each([
    ["none: the host alone", "https://chatgpt.com/", "__cflb=v", "https://chatgpt.com/", 1],
    ["none: not a subdomain", "https://chatgpt.com/", "__cflb=v", "https://ws.chatgpt.com/", 0],
    ["its own, with a dot", "https://chatgpt.com/", "__cflb=v; Domain=.chatgpt.com", "https://ws.chatgpt.com/", 1],
    ["its own, in capitals", "https://chatgpt.com/", "__cflb=v; Domain=ChatGPT.COM", "https://ws.chatgpt.com/", 1],
    ["a parent", "https://ws.chatgpt.com/", "__cflb=v; Domain=chatgpt.com", "https://chatgpt.com/", 1],
    ["a sibling", "https://ws.chatgpt.com/", "__cflb=v; Domain=api.chatgpt.com", "https://api.chatgpt.com/", 0],
    ["a child", "https://chatgpt.com/", "__cflb=v; Domain=ws.chatgpt.com", "https://ws.chatgpt.com/", 0],
    ["a stranger", "https://chatgpt.com/", "__cflb=v; Domain=chatgpt-staging.com", "https://chatgpt-staging.com/", 0],
    ["empty: the host alone", "https://chatgpt.com/", "__cflb=v; Domain=", "https://ws.chatgpt.com/", 0],
    ["a public suffix: dropped", "https://chatgpt.com/", "__cflb=v; Domain=com", "https://chatgpt.com/", 0],
    [
      "a host that is not allowed: dropped",
      "https://chat.openai.com/",
      "__cflb=v; Domain=openai.com",
      "https://chat.openai.com/",
      0,
    ],
  ])("%s", (_what, from, header, to, count) => {
    expect(sent(to, [from, header])).toHaveLength(count);
  });

  it("makes a host's own cookie and a domain's one and the same", () => {
    expect(sent(home, [home, "__cflb=one; Path=/"], [home, "__cflb=two; Path=/; Domain=chatgpt.com"])).toEqual([
      "__cflb=two",
    ]);
    expect(sent(home, [home, "__cflb=one; Path=/"], [home, "__cflb=; Path=/; Domain=chatgpt.com; Max-Age=0"])).toEqual(
      [],
    );
  });

  it("keeps the cookies of a subdomain and of its parent apart, and sends both", () => {
    const told = [
      ["https://ws.chatgpt.com/", "__cflb=mine; Path=/"],
      ["https://chatgpt.com/", "__cflb=ours; Path=/; Domain=chatgpt.com"],
    ] as const;
    expect(sent("https://ws.chatgpt.com/", ...told)).toEqual(["__cflb=mine", "__cflb=ours"]);
  });
});

describe("path, expiry and syntax", () => {
  it.each([
    ["/backend-api", "/backend-api", 1],
    ["/backend-api", "/backend-api/", 1],
    ["/backend-api", "/backend-api/ps/mcp", 1],
    ["/backend-api", "/backend-apix", 0],
    ["/a/", "/a", 0],
    ["/A", "/a", 0],
    ["relative", "/backend-api/y", 1],
  ])("Path=%s and the path %s", (path, to, count) => {
    expect(sent(`https://chatgpt.com${to}`, [home, `__cflb=v; Path=${path}`])).toHaveLength(count);
  });

  it("is the folder of the request without a Path, and two paths of one name are both sent", () => {
    expect(sent("https://chatgpt.com/", [home, "__cflb=v"])).toEqual([]);
    expect(sent(home, [home, "__cflb=root; Path=/"], [home, "__cflb=deep; Path=/backend-api"])).toEqual([
      "__cflb=deep",
      "__cflb=root",
    ]);
  });

  it.each([
    ["Max-Age=0", 0],
    ["Max-Age=-5", 0],
    ["Max-Age=60", 1],
    ["Max-Age=99999999999999999999", 1],
    ["Max-Age=soon", 1],
    ["Expires=Thu, 01 Jan 1970 00:00:00 GMT", 0],
    ["Expires=Thu, 01-Jan-1970 00:00:00 GMT", 0],
    ["Expires=Fri, 01 Jan 2100 00:00:00 GMT", 1],
    ["Expires=never", 1],
    ["Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", 1],
    ["Max-Age=0; Expires=Fri, 01 Jan 2100 00:00:00 GMT", 0],
    ["SECURE; httpOnly; samesite=none; Partitioned; Priority=High", 1],
  ])("%s", (attributes, count) => {
    expect(sent(home, [home, `__cflb=v; ${attributes}`])).toHaveLength(count);
    // What ends a cookie ends the one that was there.
    expect(sent(home, [home, "__cflb=old"], [home, `__cflb=v; ${attributes}`])).toHaveLength(count);
  });

  it("ends a cookie when its time has come, and a delete with another path does not", () => {
    let now = 1_000_000;
    const store = new CookieStore(() => now);
    store.store(new URL(home), ["__cflb=v; Max-Age=60", "__cflb=x; Max-Age=0; Path=/other"]);
    now += 59_000;
    expect(pairs(store, home)).toEqual(["__cflb=v"]);
    now += 1_000;
    expect(pairs(store, home)).toEqual([]);
    expect(store.inspect()).toEqual([]);
  });

  it.each([
    ["__cflb = v ", ["__cflb=v"]],
    ["__cflb=", ["__cflb="]],
    ['__cflb="quoted"', ['__cflb="quoted"']],
    ["__cflb=a,b c=d%20", ["__cflb=a,b c=d%20"]],
    ["__cflb=a\tb", ["__cflb=a\tb"]],
    ["__cflb", []],
    ["=v", []],
    ["; __cflb=v", []],
    ["__cflb=naïve", []],
    ["__cflb=a\nb", []],
    ["__cflb=one, __cf_bm=two", ["__cflb=one, __cf_bm=two"]],
  ])("%j", (header, expected) => {
    expect(sent(home, [home, header])).toEqual(expected);
  });
});

describe("limits and inspection", () => {
  it("keeps large cookies and many, and lets the oldest go", () => {
    const store = new CookieStore();
    const url = new URL(home);
    store.store(url, [`__cflb=${"x".repeat(60_000)}`]);
    store.store(
      url,
      Array.from({ length: 60 }, (_, index) => `cf_chl_${index}=v`),
    );
    expect(pairs(store, home)).toHaveLength(61);
    store.store(
      url,
      Array.from({ length: 600 }, (_, index) => `cf_chl_more_${index}=v`),
    );
    const kept = pairs(store, home);
    expect(kept).toHaveLength(512);
    expect(kept).toContain("cf_chl_more_599=v");
    expect(kept.some((pair) => pair.startsWith("__cflb="))).toBe(false);
    for (let index = 0; index < 40; index += 1) store.store(url, [`cf_chl_${index}=${"y".repeat(60_000)}`]);
    expect(store.inspect().reduce((bytes, cookie) => bytes + cookie.bytes, 0)).toBeLessThanOrEqual(1024 * 1024);
  });

  it("tells everything but the values, and forgets on request", () => {
    let now = 5_000;
    const store = new CookieStore(() => now);
    store.store(new URL(home), [
      "__cflb=secret-value; Max-Age=60; Path=/",
      "_cfuvid=other-value; Domain=chatgpt.com; Path=/",
    ]);
    store.store(new URL("https://chat.openai.com/"), ["__cflb=third-value"]);
    now += 1_000;
    expect(store.inspect()).toEqual([
      {
        name: "__cflb",
        domain: "chatgpt.com",
        hostOnly: true,
        path: "/",
        bytes: 30,
        ageMs: 1_000,
        expiresInMs: 59_000,
      },
      {
        name: "_cfuvid",
        domain: "chatgpt.com",
        hostOnly: false,
        path: "/",
        bytes: 30,
        ageMs: 1_000,
        expiresInMs: null,
      },
      {
        name: "__cflb",
        domain: "chat.openai.com",
        hostOnly: true,
        path: "/",
        bytes: 33,
        ageMs: 1_000,
        expiresInMs: null,
      },
    ]);
    expect(JSON.stringify(store.inspect())).not.toContain("-value");
    store.clear("chatgpt.com");
    expect(store.inspect().map(({ domain }) => domain)).toEqual(["chat.openai.com"]);
    store.clear();
    expect(store.inspect()).toEqual([]);
  });
});

describe("against an oracle", () => {
  const host = fc.constantFrom(
    "chatgpt.com",
    "ws.chatgpt.com",
    "a.ws.chatgpt.com",
    "chatgpt-staging.com",
    "chat.openai.com",
  );
  const path = fc.constantFrom("/", "/a", "/a/", "/a/b", "/ab", "/a/b/c");
  const attribute = fc.oneof(
    fc.constantFrom("Secure", "HttpOnly", "Partitioned", "SameSite=None", "Domain", "Path"),
    fc
      .constantFrom("chatgpt.com", ".chatgpt.com", "ws.chatgpt.com", "chat.openai.com", "chatgpt-staging.com")
      .map((domain) => `Domain=${domain}`),
    path.map((value) => `Path=${value}`),
    fc.constantFrom(-1, 0, 3600).map((seconds) => `Max-Age=${seconds}`),
    fc.constantFrom("Expires=Thu, 01 Jan 1970 00:00:00 GMT", "Expires=Fri, 01 Jan 2100 00:00:00 GMT"),
  );
  const told = fc.record({
    host,
    path,
    name: fc.constantFrom("__cflb", "__cf_bm", "cf_chl_1"),
    value: fc.stringMatching(/^[a-z0-9]{0,4}$/),
    attributes: fc.array(attribute, { maxLength: 3 }),
  });

  /** tough-cookie keeps a host's own cookie and its domain's under one key, as we do. */
  it("stores and sends what tough-cookie does, for allowed hosts and names", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(told, { maxLength: 12 }), host, path, async (sequence, toHost, toPath) => {
        const store = new CookieStore();
        // Its list of public suffixes would only add refusals that our hosts never meet.
        const jar = new CookieJar(undefined, { rejectPublicSuffixes: false });
        for (const { host: from, path: at, name, value, attributes } of sequence) {
          const header = [`${name}=${value}`, ...attributes].join("; ");
          const url = `https://${from}${at}`;
          store.store(new URL(url), [header]);
          await jar.setCookie(header, url, { ignoreError: true });
        }
        const url = `https://${toHost}${toPath}`;
        const expected = (await jar.getCookies(url)).map((cookie) => cookie.cookieString()).sort();
        expect(pairs(store, url)).toEqual(expected);
      }),
      { numRuns: 1_500 },
    );
  });

  it("whatever is set, nothing outside the two lists ever comes out", () => {
    const anyHost = fc.oneof(host, fc.constantFrom(...refusedHosts), fc.domain());
    const anyName = fc.oneof(fc.constantFrom(...allowedNames, ...refusedNames), fc.string({ maxLength: 12 }));
    const set = fc.record({
      scheme: fc.constantFrom("http", "https"),
      host: anyHost,
      header: fc
        .tuple(anyName, fc.string(), fc.array(attribute))
        .map(([name, value, rest]) => `${name}=${value}; ${rest.join("; ")}`),
    });
    fc.assert(
      fc.property(
        fc.array(set, { maxLength: 10 }),
        fc.constantFrom("http", "https"),
        anyHost,
        (sequence, scheme, to) => {
          const store = new CookieStore();
          for (const { scheme: from, host: name, header } of sequence) {
            store.store(new URL(`${from}://${name}/`), [header]);
          }
          const names = (store.headerFor(new URL(`${scheme}://${to}/`)) ?? "")
            .split("; ")
            .map((pair) => pair.split("=")[0] ?? "");
          const isAllowedPlace =
            scheme === "https" && /^((.+\.)?(chatgpt|chatgpt-staging)\.com|chat\.openai\.com)$/.test(to);
          const isRight = (name: string) =>
            name === "" || (isAllowedPlace && (allowedNames.includes(name) || name.startsWith("cf_chl_")));
          expect(names.filter((name) => !isRight(name))).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
