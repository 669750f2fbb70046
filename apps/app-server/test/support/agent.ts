import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import {
  customToolCall,
  functionCall,
  text,
  toolOutputs,
  type RecordedRequest,
  type Reply,
} from "@switchboard/simulator";

import { temporaryFolder } from "./temporary-home.js";
import { testServer, type TestServer, type TestServerOptions } from "./test-server.js";
import type { Json, WireClient } from "./wire-client.js";

/** A model whose turns have all tools, patches included. */
export const model = "gpt-5.5";

/** What the model says next in a thread; beyond the last it says "done". */
type Line = Reply | ((request: RecordedRequest) => Reply | Promise<Reply>);

/** A server whose model says in each thread what the test has laid down for it. */
export interface AgentServer extends TestServer {
  /** A thread in a folder of its own, with a client of its own that watches it. */
  readonly thread: (params?: Json, client?: WireClient) => Promise<AgentThread>;
}

/** A folder to work in, beside one that is out of bounds. */
export interface Workspace {
  readonly cwd: string;
  readonly outside: string;
}

/** What came of a turn. */
export interface TurnReport {
  readonly turn: Json;
  /** The completed items but for messages, oldest first. */
  readonly items: Json[];
  /** What clients were asked. */
  readonly questions: Json[];
  /** What the model was told of each call, as text. */
  readonly outputs: Record<string, string>;
  readonly requests: RecordedRequest[];
}

/** Lines of configuration with which commands start quickly, and `/tmp`, where tests work, is not writable for all. */
const quick = "allow_login_shell = false\nsandbox_workspace_write.exclude_slash_tmp = true";

/** Starts one. */
export async function agentServer({ top = "", ...options }: TestServerOptions = {}): Promise<AgentServer> {
  const lines = new Map<string, Line[]>();
  const server = await testServer({
    script: (request) => {
      const line = lines.get(request.header("session-id") ?? "")?.shift() ?? text("done");
      return typeof line === "function" ? line(request) : line;
    },
    top: `${quick}\n${top}`,
    ...options,
  });
  return {
    ...server,
    thread: async (params = {}, client) => {
      const owner = client ?? (await server.client("codex_vscode"));
      const workspace = await makeWorkspace();
      const id = await owner.startThread({ model, cwd: workspace.cwd, sandbox: "workspace-write", ...params });
      const queue: Line[] = [];
      lines.set(id, queue);
      return new AgentThread(id, workspace, owner, server, queue);
    },
  };
}

/** A folder with `a.txt`, `.git` and a link that leads out. */
export async function makeWorkspace(): Promise<Workspace> {
  const base = await temporaryFolder();
  const [cwd, outside] = [join(base, "work"), join(base, "outside")];
  await mkdir(join(cwd, ".git", "hooks"), { recursive: true });
  await mkdir(outside);
  await writeFile(join(cwd, "a.txt"), "one\ntwo\nthree\n");
  await symlink(outside, join(cwd, "link"));
  return { cwd, outside };
}

/** A thread with what a test does in it. */
export class AgentThread {
  readonly id: string;
  readonly cwd: string;
  readonly outside: string;
  readonly client: WireClient;
  readonly #server: TestServer;
  readonly #lines: Line[];

  constructor(id: string, { cwd, outside }: Workspace, client: WireClient, server: TestServer, lines: Line[]) {
    this.id = id;
    this.cwd = cwd;
    this.outside = outside;
    this.client = client;
    this.#server = server;
    this.#lines = lines;
  }

  /** A path in the thread's folder. */
  path(name: string): string {
    return join(this.cwd, name);
  }

  /** Lays down what the model says next, a reply each. */
  model(...lines: Line[]): void {
    this.#lines.push(...lines);
  }

  /** Starts a turn in which the model says these. */
  async start(...lines: Line[]): Promise<string> {
    this.model(...lines);
    return this.client.startTurn(this.id, "go");
  }

  /** Runs such a turn to its end. */
  async run(...lines: Line[]): Promise<TurnReport> {
    return this.end(await this.start(...lines));
  }

  /** Waits for the end of a turn. */
  async end(turnId: string): Promise<TurnReport> {
    const { params } = await this.client.notification("turn/completed", ({ turn }) => turn.id === turnId);
    return this.report(params.turn);
  }

  /** What the client and the model have been told in a turn. */
  report(turn: Json): TurnReport {
    const { frames } = this.client;
    const requests = this.#server.requestsOf(turn.id);
    return {
      turn,
      items: frames.flatMap(({ method, params }: Json) =>
        method === "item/completed" && params.turnId === turn.id && !params.item.type.endsWith("Message")
          ? [params.item]
          : [],
      ),
      questions: frames.filter(({ id, params }: Json) => id !== undefined && params?.turnId === turn.id),
      outputs: requests.length === 0 ? {} : outputsOf(requests.at(-1)),
      requests,
    };
  }

  /** The next model request of the thread after those so far, made by a turn of its own. */
  async nextRequest(): Promise<RecordedRequest> {
    const { requests } = await this.run();
    const [request] = requests;
    if (request === undefined) throw new Error("the model was not asked");
    return request;
  }

  /** The first question of a method that is put to the client, past or future. */
  question(method: string, client = this.client): Promise<Json> {
    return client.frame(
      (frame) => frame.method === method && frame.id !== undefined && frame.params?.["threadId"] === this.id,
    );
  }

  interrupt(turnId: string): Promise<Json> {
    return this.client.request("turn/interrupt", { threadId: this.id, turnId });
  }
}

/** What the model was told of each call so far. */
export function outputsOf(request: RecordedRequest | undefined): Record<string, string> {
  if (request === undefined) return {};
  return Object.fromEntries(
    toolOutputs(request).map(({ callId, output }) => [
      callId,
      typeof output === "string" ? output : JSON.stringify(output),
    ]),
  );
}

/** The calls of a model request that have no output. */
export function unanswered(request: RecordedRequest): string[] {
  const input: Json = request.at("input");
  const outputs = outputsOf(request);
  return input.flatMap(({ type, call_id: id }: Json) =>
    type.endsWith("_call") && id !== undefined && outputs[id] === undefined ? [id] : [],
  );
}

/** The messages of a request by role, as text. */
export function said(request: RecordedRequest | undefined, role: string): string[] {
  const input: Json = request?.at("input") ?? [];
  return input.flatMap((item: Json) =>
    item.role === role ? [item.content.map((part: Json) => part.text ?? `(${part.type})`).join("\n")] : [],
  );
}

/** The model runs a command. */
export function command(cmd: string, callId = "call_1", more: Json = {}): Reply {
  return functionCall({ name: "exec_command", arguments: { cmd, ...more }, callId });
}

/** The model calls any function. */
export function tool(name: string, args: unknown, callId = "call_1"): Reply {
  return functionCall({ name, arguments: args, callId });
}

/** The model patches files; the lines are those between the marks. */
export function patch(lines: string, callId = "call_1"): Reply {
  return customToolCall({ name: "apply_patch", input: `*** Begin Patch\n${lines}\n*** End Patch\n`, callId });
}

/** Answers what a client is asked, by a function of method and params; undefined leaves it unanswered. */
export function answer(client: WireClient, how: (method: string, params: Json) => Json): void {
  client.socket.on("message", (data: Buffer) => {
    const { id, method, params }: Json = JSON.parse(data.toString("utf8"));
    if (id === undefined || method === undefined) return;
    const said_: Json = how(method, params);
    if (said_ !== undefined) client.sendRaw(JSON.stringify({ id, ...said_ }));
  });
}

/** Waits until something is so. What never comes ends with the test. */
export async function until<T>(read: () => T | undefined | false): Promise<T> {
  for (;;) {
    const value = read();
    if (value !== undefined && value !== false) return value;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until a file is there and says something. */
export function fileSays(path: string): Promise<string> {
  return until(() => existsSync(path) && statSync(path).isFile() && readFileSync(path, "utf8").trim());
}

/** A number of seconds that no other process has among its arguments, and the processes that have it. */
export interface Marker {
  /** For `sleep`: more than a day. */
  readonly word: string;
  readonly processes: () => number[];
}

/** Makes one. */
export function marker(): Marker {
  const word = `86400.${process.pid}${String(Math.random()).slice(2)}`;
  return { word, processes: () => processesWith(word) };
}

function processesWith(word: string): number[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      return readFileSync(`/proc/${name}/cmdline`, "latin1").includes(word) ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}
