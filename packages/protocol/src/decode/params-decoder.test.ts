import { describe, expect, test } from "vitest";
import type { ClientMethod } from "../generated/index.js";
import { registry } from "../registry/registry.js";
import { decoderIfLoaded, loadDecoder } from "./params-decoder.js";
import { loadResponseDecoder } from "./response-decoder.js";

async function messageFor(method: ClientMethod, params: unknown): Promise<string> {
  const decoded = (await loadDecoder(method))(params);
  return decoded.ok ? "OK" : decoded.message;
}

test("a decoder is there without waiting once it was loaded", async () => {
  expect(decoderIfLoaded("mock/experimentalMethod")).toBeUndefined();
  const decoder = await loadDecoder("mock/experimentalMethod");
  expect(decoderIfLoaded("mock/experimentalMethod")).toBe(decoder);
});

test("every method of the registry has a decoder", async () => {
  for (const method of registry.clientRequests.methods()) expect(await loadDecoder(method)).toBeTypeOf("function");
});

test("the value is passed on as it came, unknown members included", async () => {
  const params = { threadId: "t", includeTurns: true, later: 1 };
  const decoded = (await loadDecoder("thread/read"))(params);
  expect(decoded).toEqual({ ok: true, value: params });
  expect(decoded.ok && decoded.value).toBe(params);
});

describe("params that are left out", () => {
  test.each([undefined, null])("%s is refused where params are required", async (params) => {
    expect(await messageFor("turn/start", params)).toBe("missing field `params`");
  });

  test.each([undefined, null])("%s decodes to undefined where params are optional", async (params) => {
    expect((await loadDecoder("account/rateLimits/read"))(params)).toEqual({ ok: true, value: undefined });
  });

  test.each([undefined, null, {}])("%j decodes to undefined where there are none", async (params) => {
    expect((await loadDecoder("configRequirements/read"))(params)).toEqual({ ok: true, value: undefined });
  });

  test.each([
    [{ a: 1 }, "invalid type: map, expected unit"],
    [[], "invalid type: sequence, expected unit"],
    [5, "invalid type: integer `5`, expected unit"],
    ["x", 'invalid type: string "x", expected unit'],
  ])("%j is refused where there are none", async (params, message) => {
    expect(await messageFor("configRequirements/read", params)).toBe(message);
  });
});

const input = { threadId: "t", input: [] };

// Every text here was answered by the reference, version 0.169.0.
describe("refusals are worded as the reference words them", () => {
  test.each<[ClientMethod, unknown, string]>([
    ["initialize", {}, "missing field `clientInfo`"],
    ["initialize", { clientInfo: { name: "x" } }, "missing field `version`"],
    ["initialize", { clientInfo: 5 }, "invalid type: integer `5`, expected struct ClientInfo"],
    ["initialize", [], "invalid length 0, expected struct InitializeParams with 2 elements"],
    ["turn/start", {}, "missing field `threadId`"],
    ["turn/start", { threadId: "t" }, "missing field `input`"],
    ["turn/start", [], "invalid length 0, expected struct TurnStartParams with 28 elements"],
    ["turn/start", 5, "invalid type: integer `5`, expected struct TurnStartParams"],
    ["turn/start", "x", 'invalid type: string "x", expected struct TurnStartParams'],
    ["turn/start", true, "invalid type: boolean `true`, expected struct TurnStartParams"],
    ["turn/start", 1.5, "invalid type: floating point `1.5`, expected struct TurnStartParams"],
    ["turn/start", { threadId: 5, input: 5 }, "invalid type: integer `5`, expected a string"],
    ["turn/start", { input: 5, threadId: 5 }, "invalid type: integer `5`, expected a sequence"],
    ["turn/start", { threadId: null, input: [] }, "invalid type: null, expected a string"],
    ["turn/start", { threadId: "t", input: {} }, "invalid type: map, expected a sequence"],
    [
      "turn/start",
      { threadId: "t", input: [5] },
      "invalid type: integer `5`, expected internally tagged enum UserInput",
    ],
    ["turn/start", { threadId: "t", input: [{}] }, "missing field `type`"],
    ["turn/start", { threadId: "t", input: [{ type: null }] }, "invalid type: null, expected variant identifier"],
    ["turn/start", { threadId: "t", input: [{ type: "text" }] }, "missing field `text`"],
    [
      "turn/start",
      { threadId: "t", input: [{ type: "zzz" }] },
      "unknown variant `zzz`, expected one of `text`, `image`, `localImage`, `audio`, `localAudio`, `skill`, `mention`",
    ],
    [
      "turn/start",
      { threadId: "t", input: [{ type: "image" }] },
      "data did not match any variant of untagged enum ImageReference",
    ],
    [
      "turn/start",
      { threadId: "t", input: [{ type: "text", text: "a", text_elements: [{ byteRange: { start: -1, end: 2 } }] }] },
      "invalid value: integer `-1`, expected usize",
    ],
    ["turn/start", { ...input, approvalPolicy: 5 }, "invalid type: integer `5`, expected string or map"],
    [
      "turn/start",
      { ...input, approvalPolicy: "zzz" },
      "unknown variant `zzz`, expected one of `untrusted`, `on-request`, `granular`, `never`",
    ],
    ["turn/start", { ...input, approvalPolicy: {} }, "invalid value: map, expected map with a single key"],
    ["turn/start", { ...input, approvalPolicy: { granular: 5 } }, "invalid type: integer `5`, expected struct variant"],
    ["turn/start", { ...input, approvalPolicy: { granular: {} } }, "missing field `sandbox_approval`"],
    ["turn/start", { ...input, approvalPolicy: "granular" }, "invalid type: unit variant, expected struct variant"],
    ["turn/start", { ...input, approvalPolicy: { untrusted: 1 } }, "invalid type: integer `1`, expected unit"],
    ["turn/start", { ...input, approvalPolicy: null }, "OK"],
    [
      "turn/start",
      { ...input, sandboxPolicy: "readOnly" },
      'invalid type: string "readOnly", expected internally tagged enum SandboxPolicyDeserialize',
    ],
    [
      "turn/start",
      { ...input, sandboxPolicy: { type: "externalSandbox", networkAccess: "zz" } },
      "unknown variant `zz`, expected `restricted` or `enabled`",
    ],
    [
      "turn/start",
      { ...input, sandboxPolicy: { type: 5 } },
      "invalid value: integer `5`, expected variant index 0 <= i < 4",
    ],
    ["turn/start", { ...input, runtimeWorkspaceRoots: ["rel"] }, "AbsolutePathBuf deserialized without a base path"],
    ["turn/start", { ...input, cwd: 5 }, "invalid type: integer `5`, expected path string"],
    ["turn/start", { ...input, effort: "" }, "reasoning_effort must not be empty"],
    ["turn/start", { ...input, additionalContext: 5 }, "invalid type: integer `5`, expected a map"],
    ["thread/start", {}, "OK"],
    ["thread/start", { ephemeral: null }, "OK"],
    ["thread/start", { historyMode: "zzz" }, "unknown variant `zzz`, expected `legacy` or `paginated`"],
    ["thread/list", { limit: -1 }, "invalid value: integer `-1`, expected u32"],
    ["thread/list", { limit: 4_294_967_296 }, "invalid value: integer `4294967296`, expected u32"],
    ["thread/list", { limit: 1.5 }, "invalid type: floating point `1.5`, expected u32"],
    ["thread/list", { limit: 1e300 }, "invalid type: floating point `1e+300`, expected u32"],
    ["thread/list", { cwd: 5 }, "data did not match any variant of untagged enum ThreadListCwdFilter"],
    ["thread/read", { threadId: "t", includeTurns: null }, "invalid type: null, expected a boolean"],
    ["thread/name/set", 'a"b\u0001é\n', 'invalid type: string "a\\"b\\u{1}é\\n", expected struct ThreadSetNameParams'],
    [
      "command/exec",
      { command: ["x"], size: { cols: 70_000, rows: 1 } },
      "invalid value: integer `70000`, expected u16",
    ],
    ["command/exec", { command: ["x"], env: { a: null } }, "OK"],
    ["getConversationSummary", {}, "data did not match any variant of untagged enum GetConversationSummaryParams"],
    ["userVerification/status", { a: 1 }, "unknown field `a`, there are no fields"],
  ])("%s %j", async (method, params, message) => {
    expect(await messageFor(method, params)).toBe(message);
  });

  test("an item of a kind we do not know is history all the same", async () => {
    expect(await messageFor("thread/resume", { threadId: "t", history: [{ type: "later" }] })).toBe("OK");
    expect(await messageFor("thread/resume", { threadId: "t", history: [{ type: "message" }] })).toBe(
      "missing field `role`",
    );
  });
});

describe("answers to server requests", () => {
  test("are decoded by the request's method", async () => {
    const decode = await loadResponseDecoder("item/fileChange/requestApproval");
    expect(decode({ decision: "accept" })).toEqual({ ok: true, value: { decision: "accept" } });
    expect(decode({ decision: "maybe" })).toMatchObject({
      ok: false,
      message: expect.stringContaining("unknown variant `maybe`, expected one of `accept`"),
    });
    expect(decode(undefined)).toMatchObject({ ok: false });
  });
});
