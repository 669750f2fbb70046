import { createHash } from "node:crypto";

import { SignJWT, UnsecuredJWT, type JWTPayload } from "jose";
import { describe, expect, test } from "vitest";

import { capabilityTokenAuth, signedTokenAuth, type SignedTokenRules } from "./websocket-auth.js";

const ok = { ok: true };
const refused = (reason: string) => ({ ok: false, reason });

const token = "a-capability.token~with+all/kinds=";
const capability = capabilityTokenAuth(createHash("sha256").update(token).digest());

describe("a capability token", () => {
  test.each([
    ["right", `Bearer ${token}`],
    ["with the scheme in lower case", `bearer ${token}`],
    ["with the scheme in upper case", `BEARER ${token}`],
    ["after two spaces", `Bearer  ${token}`],
    ["before spaces", `Bearer ${token}  `],
  ])("%s is admitted", async (_, header) => {
    expect(await capability.check(header)).toEqual(ok);
  });

  test.each([
    ["missing", undefined, "missing websocket bearer token"],
    ["wrong", "Bearer wrong", "invalid websocket bearer token"],
    ["cut", `Bearer ${token.slice(0, -1)}`, "invalid websocket bearer token"],
    ["in another case", `Bearer ${token.toUpperCase()}`, "invalid websocket bearer token"],
    ["its digest", `Bearer ${createHash("sha256").update(token).digest("hex")}`, "invalid websocket bearer token"],
    ["without a scheme", token, "invalid authorization header"],
    ["of Basic", "Basic dXNlcjpwYXNz", "invalid authorization header"],
    ["empty", "Bearer ", "invalid authorization header"],
    ["scheme alone", "Bearer", "invalid authorization header"],
    ["empty header", "", "invalid authorization header"],
    ["in two pieces", `Bearer ${token} more`, "invalid authorization header"],
    ["joined to the scheme", `Bearer${token}`, "invalid authorization header"],
  ])("%s is refused", async (_, header, reason) => {
    expect(await capability.check(header)).toEqual(refused(reason));
  });

  test("does not match a digest of another length", async () => {
    expect(await capabilityTokenAuth(Buffer.alloc(0)).check("Bearer x")).toEqual(
      refused("invalid websocket bearer token"),
    );
  });
});

describe("a signed token", () => {
  const sharedSecret = Buffer.from("0123456789abcdef0123456789abcdef");
  const now = Math.floor(Date.now() / 1000);
  const soon = { exp: now + 60 };

  const sign = (claims: JWTPayload, { alg = "HS256", secret = sharedSecret, hasType = true } = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg, ...(hasType ? { typ: "JWT" } : {}) }).sign(secret);

  const check = async (jwt: string, rules: Partial<SignedTokenRules> = {}) =>
    signedTokenAuth({ sharedSecret, ...rules }).check(`Bearer ${jwt}`);

  test.each([
    ["that expires soon", soon],
    ["expired within the skew", { exp: now - 20 }],
    ["valid from within the skew", { ...soon, nbf: now + 20 }],
    ["issued in the future", { ...soon, iat: now + 1000 }],
    ["with an issuer and an audience that nobody asked for", { ...soon, iss: "any", aud: ["any", "other"] }],
  ])("%s is admitted", async (_, claims) => {
    expect(await check(await sign(claims))).toEqual(ok);
  });

  test("without a type is admitted", async () => {
    expect(await check(await sign(soon, { hasType: false }))).toEqual(ok);
  });

  test.each([
    ["without expiry", {}, "invalid websocket jwt"],
    ["expired beyond the skew", { exp: now - 40 }, "expired websocket jwt"],
    ["expired long ago", { exp: 1 }, "expired websocket jwt"],
    ["not valid yet", { ...soon, nbf: now + 60 }, "websocket jwt is not valid yet"],
    ["with text for expiry", { exp: `${now + 60}` as unknown as number }, "invalid websocket jwt"],
  ])("%s is refused", async (_, claims, reason) => {
    expect(await check(await sign(claims))).toEqual(refused(reason));
  });

  test("is judged by the given skew", async () => {
    const strict = { maxClockSkewSeconds: 0 };
    expect(await check(await sign({ exp: now - 2 }), strict)).toEqual(refused("expired websocket jwt"));
    expect(await check(await sign({ exp: now - 200 }), { maxClockSkewSeconds: 300 })).toEqual(ok);
    expect(await check(await sign({ ...soon, nbf: now + 20 }), strict)).toEqual(
      refused("websocket jwt is not valid yet"),
    );
  });

  const issuer = { issuer: "https://issuer" };
  const audience = { audience: "switchboard" };

  test.each([
    ["the issuer", { iss: "https://issuer" }, issuer, ok],
    ["the audience", { aud: "switchboard" }, audience, ok],
    ["the audience in a list", { aud: ["other", "switchboard"] }, audience, ok],
    ["both", { iss: "https://issuer", aud: "switchboard" }, { ...issuer, ...audience }, ok],
    ["no issuer", {}, issuer, refused("websocket jwt issuer mismatch")],
    ["another issuer", { iss: "https://issuer/" }, issuer, refused("websocket jwt issuer mismatch")],
    ["no audience", {}, audience, refused("websocket jwt audience mismatch")],
    ["another audience", { aud: "Switchboard" }, audience, refused("websocket jwt audience mismatch")],
    ["a list of other audiences", { aud: ["a", "b"] }, audience, refused("websocket jwt audience mismatch")],
    ["an empty list of audiences", { aud: [] }, audience, refused("websocket jwt audience mismatch")],
  ])("with %s, where it is asked for", async (_, claims, rules, verdict) => {
    expect(await check(await sign({ ...soon, ...claims }), rules)).toEqual(verdict);
  });

  test("of another key is refused", async () => {
    const jwt = await sign(soon, { secret: Buffer.from("another key that has at least 32 bytes") });
    expect(await check(jwt)).toEqual(refused("invalid websocket jwt"));
  });

  test.each(["HS384", "HS512"])("of the algorithm %s is refused", async (alg) => {
    const secret = Buffer.alloc(64, 7);
    const auth = signedTokenAuth({ sharedSecret: secret });
    expect(await auth.check(`Bearer ${await sign(soon, { alg, secret })}`)).toEqual(refused("invalid websocket jwt"));
    expect(await auth.check(`Bearer ${await sign(soon, { secret })}`)).toEqual(ok);
  });

  test("without a signature is refused", async () => {
    expect(await check(new UnsecuredJWT(soon).encode())).toEqual(refused("invalid websocket jwt"));
    const [head, body] = (await sign(soon)).split(".");
    expect(await check(`${head}.${body}.`)).toEqual(refused("invalid websocket jwt"));
    expect(await check(`${head}.${body}`)).toEqual(refused("invalid websocket jwt"));
  });

  test("whose claims were changed is refused", async () => {
    const [head, , signature] = (await sign({ exp: now - 1000 })).split(".");
    const [, body] = (await sign(soon)).split(".");
    expect(await check(`${head}.${body}.${signature}`)).toEqual(refused("invalid websocket jwt"));
  });

  test.each([
    [undefined, "missing websocket bearer token"],
    ["Bearer garbage", "invalid websocket jwt"],
    ["Bearer a.b.c", "invalid websocket jwt"],
    ["Bearer ", "invalid authorization header"],
    ["Basic a.b.c", "invalid authorization header"],
  ])("is read from %j like any bearer token", async (header, reason) => {
    expect(await signedTokenAuth({ sharedSecret }).check(header)).toEqual(refused(reason));
  });
});
