import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { sampleHost } from "../test/sample-host.js";
import { createClientIdentity } from "./client-identity.js";
import { defaultHeaders } from "./default-headers.js";
import { currentIdentity, runWithIdentity } from "./identity-scope.js";
import { defaultIdentityFrom, originatorOverrideVariable, setProcessDefaultIdentity } from "./process-default.js";

describe("the process default", () => {
  beforeEach(() => {
    // Each test sees the module as a new process does.
    vi.resetModules();
  });

  it("is switchboard, and no client, unless the program says otherwise", async () => {
    const { processDefaultIdentity } = await import("./process-default.js");
    expect(processDefaultIdentity()).toMatchObject({ originator: "switchboard", client: null });
    expect(processDefaultIdentity()).toBe(processDefaultIdentity());
  });

  it("does not read the environment by itself", async () => {
    vi.stubEnv(originatorOverrideVariable, "from_the_environment");
    const { processDefaultIdentity } = await import("./process-default.js");
    expect(processDefaultIdentity().originator).toBe("switchboard");
  });

  afterEach(() => {
    vi.unstubAllEnvs();
  });
});

describe("defaultIdentityFrom", () => {
  const warn = vi.fn<(text: string) => void>();
  beforeEach(() => {
    warn.mockReset();
  });

  it("is switchboard without the variable", () => {
    expect(defaultIdentityFrom({}, sampleHost, warn)).toEqual({
      originator: "switchboard",
      client: null,
      host: sampleHost,
    });
    expect(warn).not.toHaveBeenCalled();
  });

  it.each(["codex_work_web", "Codex Desktop", "編集"])("is named %j by the variable", (name) => {
    expect(defaultIdentityFrom({ [originatorOverrideVariable]: name }, sampleHost, warn)).toEqual({
      originator: name,
      client: null,
      host: sampleHost,
    });
    expect(warn).not.toHaveBeenCalled();
  });

  it.each([
    ["empty", "", "it is empty"],
    ["blank", " \t ", "it is empty"],
    ["with a line end", "bad\nvalue", "it is not a legal header value"],
    ["with NUL", "bad\u0000value", "it is not a legal header value"],
  ])("ignores a value that is %s, and says so", (_, value, why) => {
    expect(defaultIdentityFrom({ [originatorOverrideVariable]: value }, sampleHost, warn).originator).toBe(
      "switchboard",
    );
    expect(warn.mock.calls).toEqual([
      [`ignoring CODEX_INTERNAL_ORIGINATOR_OVERRIDE: ${why}. Work outside any connection goes out as switchboard`],
    ]);
  });

  it("never changes who a client is", () => {
    vi.stubEnv(originatorOverrideVariable, "override");
    setProcessDefaultIdentity(defaultIdentityFrom({ [originatorOverrideVariable]: "override" }, sampleHost, warn));
    const client = createClientIdentity({ name: "client_a", version: "1" }, sampleHost);
    expect(currentIdentity().originator).toBe("override");
    expect(defaultHeaders(runWithIdentity(client, currentIdentity))).toEqual({
      originator: "client_a",
      "user-agent": "client_a/0.169.0 (Debian 12.0.0; x86_64) xterm switchboard/0.1.0 (client_a; 1)",
    });
  });

  afterEach(() => {
    vi.unstubAllEnvs();
    setProcessDefaultIdentity(defaultIdentityFrom({}, sampleHost, warn));
  });
});
