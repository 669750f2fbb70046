import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { pidsIn, running, serverIn } from "./support/commands.js";
import { gone, isAlive } from "./support/mcp.js";
import { temporaryFolder } from "./support/temporary-home.js";
import type { TestServer } from "./support/test-server.js";
import type { Json, WireClient } from "./support/wire-client.js";

const free = { sandboxPolicy: { type: "dangerFullAccess" } };

describe("the sandbox of command/exec", () => {
  let server: TestServer & { readonly cwd: string };
  const wrote = async (one: WireClient, file: string, more: Json): Promise<boolean> => {
    await one.request("command/exec", { command: ["sh", "-c", `echo x > ${file}`], ...more });
    return existsSync(join(server.cwd, file));
  };

  it("is that of a new thread, unless a policy or profile is named", async () => {
    server = await serverIn();
    const one = await server.client("one");
    await mkdir(join(server.cwd, "sub"));
    expect(await wrote(one, "default", {})).toBe(false);
    expect(await wrote(one, "policy-readonly", { sandboxPolicy: { type: "readOnly" } })).toBe(false);
    expect(await wrote(one, "profile-readonly", { permissionProfile: ":read-only" })).toBe(false);
    expect(await wrote(one, "policy-workspace", { sandboxPolicy: { type: "workspaceWrite" } })).toBe(true);
    expect(await wrote(one, "profile-workspace", { permissionProfile: ":workspace" })).toBe(true);
    expect(await wrote(one, "policy-free", free)).toBe(true);
    expect(await wrote(one, "profile-free", { permissionProfile: ":danger-full-access" })).toBe(true);
  });

  it("has the server's folder as its workspace, and that of the command with a profile", async () => {
    server = await serverIn({
      top: 'sandbox_mode = "workspace-write"\n[sandbox_workspace_write]\nexclude_slash_tmp = true',
    });
    const one = await server.client("one");
    const elsewhere = await temporaryFolder();
    const write = (file: string, more: Json) =>
      one.request("command/exec", { command: ["sh", "-c", `echo x > ${file}`], cwd: elsewhere, ...more });
    expect((await write(join(server.cwd, "a"), {})).exitCode).toBe(0);
    expect((await write("b", {})).stderr).toContain("Read-only file system");
    expect((await write("c", { permissionProfile: ":workspace" })).exitCode).toBe(0);
    expect((await write(join(server.cwd, "d"), { permissionProfile: ":workspace" })).exitCode).not.toBe(0);
    expect((await write(join(server.cwd, ".git/x"), {})).exitCode).not.toBe(0);
  });

  it("never lets the server's own configuration be written", async () => {
    server = await serverIn();
    const one = await server.open();
    const { codexHome } = await one.initialize("one");
    const { exitCode, stderr } = await one.request("command/exec", {
      command: ["sh", "-c", 'echo x >> "$1/config.toml"', "sh", codexHome],
      sandboxPolicy: { type: "workspaceWrite", writableRoots: [codexHome] },
    });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("Read-only file system")]);
  });

  it("is never left out when it cannot be set up", async () => {
    server = await serverIn();
    const one = await server.client("one");
    const { error } = await one.call("command/exec", {
      command: ["sh", "-c", "echo x > here"],
      // What makes sandboxes must not be writable in one.
      sandboxPolicy: { type: "workspaceWrite", writableRoots: ["/usr"] },
    });
    expect(error).toEqual({
      code: -32603,
      message:
        "failed to spawn command: the sandbox is not available, and the command was not started: bwrap lies in a folder that the command could write to",
    });
    expect(existsSync(join(server.cwd, "here"))).toBe(false);
  });
});

describe("the environment of commands", () => {
  const environment = {
    MOCK_KEY: "secret-key",
    OTHER_TOKEN: "t",
    PLAIN: "plain",
    LANG: "C",
    HIDDEN: "h",
    PATH: process.env["PATH"] ?? "",
  };
  const top = 'shell_environment_policy = { exclude = ["HIDDEN"], set = { ADDED = "added" } }';
  const variables = (text: string): Json =>
    Object.fromEntries(
      text
        .trim()
        .split("\n")
        .map((line) => line.split("=")),
    );
  const run = {
    "command/exec": async (one: WireClient, more: Json): Promise<Json> =>
      variables((await one.request("command/exec", { command: ["env"], ...free, ...more })).stdout),
    "process/spawn": async (one: WireClient, more: Json): Promise<Json> => {
      const processHandle = `p${one.frames.length}`;
      await one.request("process/spawn", { command: ["env"], processHandle, cwd: "/", ...more });
      const exited = await one.notification("process/exited", (params) => params.processHandle === processHandle);
      return variables(exited.params.stdout);
    },
  } as const;

  it.each(["command/exec", "process/spawn"] as const)(
    "has no credentials, and what the client says, in %s",
    async (method) => {
      const { client } = await serverIn({ top, options: { environment } });
      const one = await client("one");
      const usual = await run[method](one, {});
      expect(usual).toMatchObject({ PLAIN: "plain", LANG: "C", ADDED: "added" });
      for (const name of ["MOCK_KEY", "OTHER_TOKEN", "HIDDEN"]) expect(usual).not.toHaveProperty(name);
      const changed = await run[method](one, { env: { LANG: null, PLAIN: "else", NEW: "new", NEVER: null } });
      expect(changed).toMatchObject({ PLAIN: "else", NEW: "new", ADDED: "added" });
      expect(changed).not.toHaveProperty("LANG");
      expect(changed).not.toHaveProperty("NEVER");
    },
  );

  it("says that the sandbox has no network, whatever the client says", async () => {
    const { client } = await serverIn({ options: { environment } });
    const one = await client("one");
    const env = { CODEX_SANDBOX_NETWORK_DISABLED: null };
    const exec = run["command/exec"];
    expect(await exec(one, { env, sandboxPolicy: { type: "readOnly" } })).toHaveProperty(
      "CODEX_SANDBOX_NETWORK_DISABLED",
      "1",
    );
    for (const sandboxPolicy of [{ type: "readOnly", networkAccess: true }, free.sandboxPolicy]) {
      expect(await exec(one, { sandboxPolicy })).not.toHaveProperty("CODEX_SANDBOX_NETWORK_DISABLED");
    }
  });
});

describe("the end of a connection", () => {
  /** Something in the group of the command, something in a session of its own, and the command itself. */
  const family = 'sleep 600 & echo $! >> "$0"; setsid sleep 600 & echo $! >> "$0"; echo $$ >> "$0"; wait';

  /** Starts both kinds of command, with a terminal and without, and gives the numbers of all their processes. */
  async function startAll(one: WireClient, cwd: string): Promise<number[]> {
    for (const [index, tty] of [true, false].entries()) {
      const exec = { command: ["sh", "-c", family, `exec${index}`], processId: `${index}`, tty };
      one.call("command/exec", { ...exec, disableTimeout: true, ...free }).catch(() => undefined);
      const spawn = { command: ["sh", "-c", family, `spawn${index}`], processHandle: `${index}`, tty };
      await one.request("process/spawn", { ...spawn, cwd, timeoutMs: null });
    }
    const files = ["exec0", "exec1", "spawn0", "spawn1"];
    const pids = (await Promise.all(files.map((file) => pidsIn(join(cwd, file), 3)))).flat();
    expect(running(pids)).toHaveLength(12);
    return pids;
  }

  it("ends its commands with all they started, and no others", async () => {
    const { client, cwd } = await serverIn();
    const [one, two] = [await client("one"), await client("two")];
    const pids = await startAll(one, cwd);
    const others = two.call("command/exec", {
      command: ["sh", "-c", "echo $$ > other; cat"],
      processId: "0",
      streamStdin: true,
      ...free,
    });
    const [other = 0] = await pidsIn(join(cwd, "other"), 1);
    one.socket.terminate();
    await Promise.all(pids.map(gone));
    expect(isAlive(other)).toBe(true);
    await two.request("command/exec/write", { processId: "0", closeStdin: true });
    expect((await others).result.exitCode).toBe(0);
  });

  it("ends also a command that its request has only just asked for", async () => {
    const { client, cwd, server } = await serverIn();
    const one = await client("one");
    const command = ["sh", "-c", "echo $$ >> pids; exec sleep 600"];
    for (let index = 0; index < 8; index++) {
      one.sendRaw(
        JSON.stringify({ id: 900 + index, method: "command/exec", params: { command, disableTimeout: true, ...free } }),
      );
    }
    await one.close();
    const two = await client("two");
    // What still was to come has come before this.
    await two.request("command/exec", { command: ["sh", "-c", "echo $$ >> pids"], ...free });
    await server.close();
    expect(running(await pidsIn(join(cwd, "pids"), 1))).toEqual([]);
  });

  it("comes with the end of the server, after the last answers", async () => {
    const { client, cwd, server } = await serverIn();
    const one = await client("one");
    const pids = await startAll(one, cwd);
    await server.close();
    expect(running(pids)).toEqual([]);
    await one.closed;
    expect(one.frames.filter(({ result }) => JSON.stringify(result)?.includes('"exitCode":137'))).toHaveLength(2);
    expect(one.notifications("process/exited").map(({ exitCode }) => exitCode)).toEqual([137, 137]);
  });
});
