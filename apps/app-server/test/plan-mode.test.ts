import { outputItem, text } from "@switchboard/simulator";
import { describe, expect, it } from "vitest";

import {
  agentServer,
  answer,
  command,
  model,
  said,
  tool,
  type AgentServer,
  type AgentThread,
  type TurnReport,
} from "./support/agent.js";
import type { Json } from "./support/wire-client.js";

const planMode = (own: string | null = null) => ({
  mode: "plan",
  settings: { model, reasoning_effort: null, developer_instructions: own },
});
const defaultMode = { ...planMode(), mode: "default" };

/** Runs a turn in a mode. */
async function runIn(
  thread: AgentThread,
  collaborationMode: Json,
  ...lines: Parameters<AgentThread["model"]>
): Promise<TurnReport> {
  thread.model(...lines);
  return thread.end(await thread.client.startTurn(thread.id, "go", { collaborationMode }));
}

/** The items of a turn that are plan or message, with their deltas, as clients see them. */
function shown(thread: AgentThread): string[] {
  return thread.client.frames.flatMap(({ method, params }: Json) => {
    const type = params?.item?.type;
    if (type === "plan" || type === "agentMessage") return [`${method} ${type} ${JSON.stringify(params.item.text)}`];
    return /(plan|agentMessage).delta$/.test(method ?? "") ? [`${method} ${JSON.stringify(params.delta)}`] : [];
  });
}

async function aThread(): Promise<{ server: AgentServer; thread: AgentThread }> {
  const server = await agentServer();
  return { server, thread: await server.thread() };
}

const whole = "Intro\n<proposed_plan>\n# Plan\n- do it\n</proposed_plan>\noutro";

describe("plan mode", () => {
  it("makes an item of the plan", async () => {
    const { thread } = await aThread();
    const { turn, items } = await runIn(thread, planMode(), text(whole));
    expect(items).toMatchObject([{ type: "plan", id: `${turn.id}-plan`, text: "# Plan\n- do it\n" }]);
    expect(turn.items).toMatchObject([{ type: "agentMessage", text: "Intro\noutro" }]);
    const all = shown(thread);
    expect(all[0]).toBe('item/started agentMessage ""');
    expect(all.slice(-2)).toEqual([
      String.raw`item/completed plan "# Plan\n- do it\n"`,
      String.raw`item/completed agentMessage "Intro\noutro"`,
    ]);
    // The model gets back what it said.
    expect(said(await thread.nextRequest(), "assistant")).toEqual([whole]);
  });

  it.each([1, 2, 3, 5, 8, 13, whole.length])("finds its tags in %d pieces", async (pieces) => {
    const { thread } = await aThread();
    await runIn(thread, planMode(), text(whole, { deltas: pieces }));
    const deltas = (method: string) =>
      thread.client
        .notifications(method)
        .map(({ delta }) => delta)
        .join("");
    expect(deltas("item/plan/delta")).toBe("# Plan\n- do it\n");
    expect(deltas("item/agentMessage/delta")).toBe("Intro\noutro");
  });

  it.each<[string, string, string | undefined, string]>([
    ["no plan", "Just words.", undefined, "Just words."],
    ["only a plan", "<proposed_plan>\nP\n</proposed_plan>", "P\n", ""],
    ["a tag inside a line", "Use <proposed_plan> so\n", undefined, "Use <proposed_plan> so\n"],
    ["a plan that does not end", "<proposed_plan>\nP\n", "P\n", ""],
    ["an end without a beginning", "a\n</proposed_plan>\nb", undefined, "a\n</proposed_plan>\nb"],
    ["a tag with spaces", " <proposed_plan> \nP\n </proposed_plan>\nb", "P\n", "b"],
    ["most of a tag", "<proposed_plan\nb", undefined, "<proposed_plan\nb"],
  ])("shows %s", async (_, output, plan, said_) => {
    for (const deltas of [1, output.length]) {
      const { thread } = await aThread();
      const { items } = await runIn(thread, planMode(), text(output, { deltas }));
      expect(items.map((item) => item.text)).toEqual(plan === undefined ? [] : [plan]);
      const messages = thread.client.notifications("item/completed").filter(({ item }) => item.type === "agentMessage");
      expect(messages.map(({ item }) => item.text)).toEqual(said_ === "" ? [] : [said_]);
    }
  });

  it("shows also what comes without deltas", async () => {
    const { thread } = await aThread();
    const content = [{ type: "output_text", text: whole, annotations: [] }];
    const item = { type: "message", id: "msg_whole", role: "assistant", status: "completed", content };
    const { items, turn } = await runIn(thread, planMode(), outputItem(item));
    expect(items).toMatchObject([{ type: "plan", text: "# Plan\n- do it\n" }]);
    expect(turn.items).toMatchObject([{ text: "Intro\noutro" }]);
  });

  it("leaves tags alone in the default mode", async () => {
    const { thread } = await aThread();
    const { items, turn } = await runIn(thread, defaultMode, text(whole, { deltas: 9 }));
    expect(items).toEqual([]);
    expect(turn.items[0].text).toBe(whole);
  });

  it("is told once, and again when it changes; without a change of mode nothing is told", async () => {
    const { thread } = await aThread();
    const modes = async (mode: Json): Promise<string[]> => {
      const { requests } = await runIn(thread, mode, text("ok"));
      return said(requests[0], "developer").flatMap(
        (each) => /<collaboration_mode>([^]*?)<\/collaboration_mode>/.exec(each)?.[1]?.slice(0, 13) ?? [],
      );
    };
    expect(await modes(defaultMode)).toEqual([]);
    expect(await modes(planMode())).toEqual(["# Plan mode\n\n"]);
    expect(await modes(planMode())).toEqual(["# Plan mode\n\n"]);
    expect(await modes(planMode("Mine: plan well"))).toEqual(["# Plan mode\n\n", "Mine: plan we"]);
    expect(await modes(defaultMode)).toEqual(["# Plan mode\n\n", "Mine: plan we", "# Default mod"]);
    expect(await modes(defaultMode)).toHaveLength(3);
  });

  it("stays with the thread until it is changed, and has its own model and effort", async () => {
    const { thread } = await aThread();
    const mode = {
      mode: "plan",
      settings: { model: "gpt-6-sol", reasoning_effort: "high", developer_instructions: null },
    };
    await runIn(thread, mode, text("ok"));
    const { params } = await thread.client.notification("thread/settings/updated");
    expect(params.threadSettings).toMatchObject({ collaborationMode: mode, model: "gpt-6-sol", effort: "high" });
    const { items, requests } = await thread.run(text(whole));
    expect(items).toMatchObject([{ type: "plan" }]);
    expect([requests[0]?.at("model"), requests[0]?.at("reasoning", "effort")]).toEqual(["gpt-6-sol", "high"]);
  });

  it("is one of the modes that clients can list", async () => {
    const { thread } = await aThread();
    const { data } = await thread.client.request("collaborationMode/list", {});
    expect(data.map(({ mode }: Json) => mode)).toEqual(["plan", "default"]);
  });
});

describe("request_user_input", () => {
  const questions = [
    {
      id: "colour",
      header: "Colour",
      question: "Which?",
      options: [
        { label: "red", description: "warm" },
        { label: "blue", description: "cold" },
      ],
    },
  ];

  it("puts the questions to the user, and the answers to the model", async () => {
    const { thread } = await aThread();
    answer(thread.client, () => ({ result: { answers: { colour: { answers: ["red"] } } } }));
    const {
      outputs,
      questions: asked,
      turn,
    } = await runIn(thread, planMode(), tool("request_user_input", { questions }), text("ok"));
    expect(asked).toMatchObject([
      {
        method: "item/tool/requestUserInput",
        params: {
          threadId: thread.id,
          turnId: turn.id,
          itemId: "call_1",
          questions: [{ ...questions[0], isOther: true, isSecret: false }],
        },
      },
    ]);
    expect(JSON.parse(outputs["call_1"] ?? "")).toEqual({ answers: { colour: { answers: ["red"] } } });
    const flags = thread.client
      .notifications("thread/status/changed")
      .map(({ status }) => status.activeFlags ?? status.type);
    expect(flags).toEqual([[], ["waitingOnUserInput"], [], "idle"]);
  });

  it.each([
    ["an error", { error: { code: 1, message: "no" } }],
    ["an undecodable answer", { result: { answers: 7 } }],
  ])("goes on without an answer after %s", async (_, reply) => {
    const { thread } = await aThread();
    answer(thread.client, () => reply);
    const { outputs, turn } = await runIn(thread, planMode(), tool("request_user_input", { questions }), text("ok"));
    expect(outputs["call_1"]).toMatch(/nobody answered/);
    expect(turn.status).toBe("completed");
  });

  it("needs options, and plan mode", async () => {
    const { thread } = await aThread();
    const without = await runIn(
      thread,
      planMode(),
      tool("request_user_input", { questions: [{ ...questions[0], options: [] }] }),
      text("ok"),
    );
    expect(without.outputs["call_1"]).toBe("request_user_input requires non-empty options for every question");
    const outside = await runIn(thread, defaultMode, tool("request_user_input", { questions }, "call_2"), text("ok"));
    expect(outside.outputs["call_2"]).toBe("request_user_input is unavailable in Default mode");
    expect([...without.questions, ...outside.questions]).toEqual([]);
  });

  it("leaves commands as they are: the sandbox still decides", async () => {
    const { thread } = await aThread();
    const { items } = await runIn(thread, planMode(), command("cat a.txt"), text("ok"));
    expect(items).toMatchObject([{ type: "commandExecution", status: "completed" }]);
  });
});
