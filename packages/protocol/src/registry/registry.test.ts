import { describe, expect, test } from "vitest";
import { experimentalUse } from "./experimental-use.js";
import { MessageTable } from "./message-table.js";
import { registry, unknownMethodMessage } from "./registry.js";
import { implemented } from "./status.js";

describe("registry", () => {
  test("has every message of the protocol", () => {
    expect(registry.clientRequests.size).toBe(187);
    expect(registry.serverRequests.size).toBe(11);
    expect(registry.serverNotifications.size).toBe(88);
    expect(registry.clientNotifications.methods()).toEqual(["initialized"]);
  });

  test("knows what a method takes and answers", () => {
    expect(registry.clientRequests.get("thread/read")).toEqual({
      method: "thread/read",
      params: "ThreadReadParams",
      paramsOptional: false,
      response: "ThreadReadResponse",
      stability: "stable",
      status: "implemented",
      gates: [],
    });
    expect(registry.clientRequests.get("account/logout")).toMatchObject({ params: undefined, paramsOptional: true });
    expect(registry.clientRequests.get("account/usage/read")).toMatchObject({ paramsOptional: true });
    expect(registry.clientRequests.get("memory/reset")).toMatchObject({ stability: "experimental", status: "planned" });
    expect(registry.serverNotifications.get("thread/readState/changed")).toMatchObject({ stability: "experimental" });
  });

  test.each(["", "thread", "thread/start ", "toString", "initialized"])(
    "does not know %j as a client request",
    (method) => {
      expect(registry.clientRequests.has(method)).toBe(false);
      expect(registry.clientRequests.get(method)).toBeUndefined();
    },
  );

  test("pairs each request with a response of its own, but for the two config writes", () => {
    const responses = [...registry.clientRequests].map(({ response }) => response);
    const shared = responses.filter((response, index) => responses.indexOf(response) !== index);
    expect(shared).toEqual(["ConfigWriteResponse"]);
  });

  test("marks as implemented exactly what the status list says", () => {
    const built = [...registry.clientRequests].filter(({ status }) => status === "implemented");
    expect(new Set(built.map(({ method }) => method))).toEqual(implemented.clientRequest);
  });

  test("names every method when it refuses an unknown one", () => {
    const message = unknownMethodMessage("foo/bar");
    expect(message).toMatch(/^unknown variant `foo\/bar`, expected one of `initialize`, `server\/diagnostics`, /);
    expect(message.match(/`/g)).toHaveLength(2 * (1 + 187));
  });
});

test("a table reads a definition once and only when asked", () => {
  const read: string[] = [];
  const table = new MessageTable<"a" | "b", object>("\na x\nb y z\n", (method, fields) => {
    read.push(`${method}: ${fields.join()}`);
    return {};
  });
  expect(read).toEqual([]);
  expect(table.get("b")).toBe(table.get("b"));
  expect(read).toEqual(["b: y,z"]);
});

const granular = { granular: { sandbox_approval: true, rules: true, mcp_elicitations: true } };
const turn = { threadId: "t", input: [] };

// The answers of the reference, version 0.169.0.
describe("experimentalUse", () => {
  test.each<[string, unknown, string | undefined]>([
    ["thread/start", {}, undefined],
    ["thread/start", { mockExperimentalField: "a" }, "thread/start.mockExperimentalField"],
    ["thread/start", { mockExperimentalField: "" }, "thread/start.mockExperimentalField"],
    ["thread/start", { mockExperimentalField: null }, undefined],
    ["thread/start", { experimentalRawEvents: true }, "thread/start.experimentalRawEvents"],
    ["thread/start", { experimentalRawEvents: false }, undefined],
    ["thread/start", { daybreakEnabled: false }, "thread/start.daybreakEnabled"],
    ["thread/start", { dynamicTools: [] }, "thread/start.dynamicTools"],
    ["thread/start", { mockExperimentalField: "a", permissions: "x" }, "thread/start.permissions"],
    ["thread/start", { approvalPolicy: "never" }, undefined],
    ["thread/start", { approvalPolicy: granular, mockExperimentalField: "a" }, "askForApproval.granular"],
    ["turn/start", { ...turn, approvalPolicy: granular }, "askForApproval.granular"],
    [
      "turn/start",
      { ...turn, approvalPolicy: granular, runtimeWorkspaceRoots: [] },
      "turn/start.runtimeWorkspaceRoots",
    ],
    ["turn/start", { ...turn, responsesapiClientMetadata: {} }, "turn/start.responsesapiClientMetadata"],
    ["thread/resume", { threadId: "t", path: "" }, undefined],
    ["thread/resume", { threadId: "t", path: "/x" }, "thread/resume.path"],
    ["thread/list", { projectId: "" }, "thread/list.projectId"],
    ["thread/items/list", { threadId: "t", deferOutput: {} }, undefined],
    [
      "thread/items/list",
      { threadId: "t", deferOutput: { mcpToolCall: true } },
      "thread/items/list.deferOutput.mcpToolCall",
    ],
    ["account/login/start", { type: "chatgptAuthTokens" }, "account/login/start.chatgptAuthTokens"],
    ["account/login/start", { type: "apiKey", apiKey: "k" }, undefined],
    ["command/exec", { command: ["x"], permissionProfile: "p" }, "command/exec.permissionProfile"],
    ["mock/experimentalMethod", {}, "mock/experimentalMethod"],
    ["memory/reset", undefined, "memory/reset"],
    ["config/value/write", { keyPath: "a", value: granular }, undefined],
    ["no/such/method", {}, undefined],
  ])("%s %j: %s", (method, params, reason) => {
    expect(experimentalUse(method, params)).toBe(reason);
  });
});
