import {
  customToolCall,
  functionCall,
  httpError,
  outputItem,
  reasoning,
  text,
  usage,
  type Reply,
} from "@switchboard/simulator";

import type { Json } from "../support/wire-client.js";
import { command, lastSession, patchText, type Scenario } from "./scenario.js";

const workspace = { sandbox: "workspace-write" };

/** A realtime conversation of which nothing depends on the machine. */
const voice = { outputModality: "audio", prompt: "p", includeStartupContext: false };

/** A model that answers in order. */
function replies(...all: ReadonlyArray<Reply | ((request: object) => Reply)>): Scenario["script"] {
  return () => {
    let next = 0;
    return (request) => {
      const reply = all[next++] ?? text("done");
      return typeof reply === "function" ? reply(request) : reply;
    };
  };
}

const patch = (lines: string, callId: string) =>
  customToolCall({ name: "apply_patch", input: patchText(lines), callId });

const decide = (decision: unknown) => () => ({ result: { decision } });

/** In the reference a command that the sandbox stops at once leaves no trace for clients. */
const denied = {
  "Commands that the sandbox stops are shown": (frame: { readonly params?: unknown }) =>
    JSON.stringify(frame.params).includes("denied"),
};

/** The scripts that both servers are run with, by name. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  "a command and its output": {
    start: workspace,
    script: replies([command("echo one && cat a.txt", "c1")], text("ok")),
    files: { "a.txt": "two\n" },
  },
  "a command that fails": { start: workspace, script: replies([command("cat none; exit 3", "c1")], text("ok")) },
  "a command that the sandbox stops": {
    start: { sandbox: "read-only" },
    script: replies([command("echo x > denied.txt", "denied")], text("ok")),
    leaveOut: denied,
  },
  "what a command does, in words": {
    start: workspace,
    files: { "a.txt": "two\n" },
    script: replies([command("rg --files | head -n 3", "c1")], [command("sed -n 1,2p a.txt", "c2")], text("ok")),
  },
  "a session that is written to": {
    start: workspace,
    script: replies(
      [command("read x; echo got $x", "c1", { tty: true, yield_time_ms: 400 })],
      (request) => [
        functionCall({
          name: "write_stdin",
          callId: "c2",
          arguments: { session_id: lastSession(request), chars: "hi\n", yield_time_ms: 3_000 },
        }),
      ],
      text("ok"),
    ),
  },
  "an escalated command, accepted": {
    start: workspace,
    script: replies(
      [command("echo y", "c1", { sandbox_permissions: "require_escalated", justification: "May I?" })],
      text("ok"),
    ),
    answer: decide("accept"),
  },
  "an escalated command, declined": {
    start: workspace,
    script: replies(
      [command("echo y", "c1", { sandbox_permissions: "require_escalated", justification: "May I?" })],
      text("ok"),
    ),
    answer: decide("decline"),
  },
  "an untrusted command, for the session": {
    start: { ...workspace, approvalPolicy: "untrusted" },
    script: replies([command("touch x", "c1")], [command("touch  x", "c2")], text("ok")),
    answer: decide("acceptForSession"),
  },
  "an untrusted command, with a rule": {
    start: { ...workspace, approvalPolicy: "untrusted" },
    script: replies([command("touch x", "c1")], [command("touch y", "c2")], text("ok")),
    answer: decide({ acceptWithExecpolicyAmendment: { execpolicy_amendment: ["touch"] } }),
  },
  "an untrusted command, cancelled": {
    start: { ...workspace, approvalPolicy: "untrusted" },
    script: replies([command("touch x", "c1")], text("ok")),
    turns: ["go", "again"],
    answer: decide("cancel"),
  },
  "a dangerous command": {
    start: workspace,
    script: replies([command("rm -rf nothing", "c1")], text("ok")),
    answer: decide("accept"),
  },
  "escalation that nobody can be asked about": {
    start: { ...workspace, approvalPolicy: "never" },
    script: replies([command("echo y", "c1", { sandbox_permissions: "require_escalated" })], text("ok")),
  },
  "broken calls": {
    start: workspace,
    script: replies(
      [functionCall({ name: "exec_command", callId: "c1", arguments: "{nope" })],
      [functionCall({ name: "no_such_tool", callId: "c2", arguments: {} })],
      [functionCall({ name: "write_stdin", callId: "c3", arguments: { session_id: 1, chars: "" } })],
      text("ok"),
    ),
  },
  "patches in the workspace": {
    model: "gpt-5.5",
    start: workspace,
    files: { "a.txt": "one\ntwo\nthree\n", "b.txt": "b\n" },
    script: replies(
      [patch("*** Update File: a.txt\n@@\n-two\n+TWO\n*** Add File: n.txt\n+new\n*** Delete File: b.txt", "p1")],
      [patch("*** Update File: n.txt\n*** Move to: sub/m.txt\n@@\n-new\n+newer", "p2")],
      [patch("*** Update File: a.txt\n@@\n-nope\n+x", "p3")],
      text("ok"),
    ),
  },
  "patches that are asked about": {
    model: "gpt-5.5",
    start: { sandbox: "read-only" },
    files: { "a.txt": "one\ntwo\n", "b.txt": "b\n" },
    script: replies(
      [patch("*** Update File: a.txt\n@@\n-two\n+TWO", "p1")],
      [patch("*** Update File: a.txt\n@@\n-TWO\n+2", "p2")],
      [patch("*** Update File: b.txt\n@@\n-b\n+c", "p3")],
      text("ok"),
    ),
    answer: (_method, { itemId }) => ({ result: { decision: itemId === "p1" ? "acceptForSession" : "decline" } }),
  },
  "a patch in a command line": {
    model: "gpt-5.5",
    start: workspace,
    files: { "a.txt": "one\n" },
    script: replies(
      [command(`apply_patch <<'EOF'\n${patchText("*** Update File: a.txt\n@@\n-one\n+two")}\nEOF\n`, "p1")],
      text("ok"),
    ),
  },
  "a plan of steps": {
    config: "[tools.update_plan]\nenabled = true",
    script: replies(
      [
        functionCall({
          name: "update_plan",
          callId: "u1",
          arguments: {
            explanation: "why",
            plan: [
              { step: "a", status: "in_progress" },
              { step: "b", status: "pending" },
            ],
          },
        }),
      ],
      text("ok"),
    ),
  },
  "plan mode": {
    turn: { collaborationMode: { mode: "plan", settings: { model: "mock-model" } } },
    script: replies(
      [
        functionCall({
          name: "request_user_input",
          callId: "r1",
          arguments: {
            questions: [{ id: "q", header: "H", question: "Q?", options: [{ label: "A", description: "a" }] }],
          },
        }),
      ],
      text("Intro\n<proposed_plan>\n# Plan\n- do it\n</proposed_plan>\noutro", { deltas: 6 }),
    ),
    answer: () => ({ result: { answers: { q: { answers: ["A"] } } } }),
  },
  "wider permissions": {
    config: "[features]\nrequest_permissions_tool = true",
    start: workspace,
    script: replies(
      [
        functionCall({
          name: "request_permissions",
          callId: "q1",
          arguments: { permissions: { network: { enabled: true } }, reason: "why" },
        }),
      ],
      text("ok"),
    ),
    answer: (_method, { permissions }) => ({ result: { permissions, scope: "turn" } }),
  },
  "tools of the client": {
    start: {
      dynamicTools: [
        { type: "function", name: "look_up", description: "d", inputSchema: { type: "object", properties: {} } },
      ],
    },
    script: replies(
      [functionCall({ name: "look_up", callId: "d1", arguments: { q: "x" } })],
      [functionCall({ name: "look_up", callId: "d2", arguments: { q: "y" } })],
      text("ok"),
    ),
    answer: (_method, { callId }) =>
      callId === "d1"
        ? { result: { contentItems: [{ type: "inputText", text: "found" }], success: true } }
        : { error: { code: -32000, message: "no" } },
  },
  "reasoning and a search of the web": {
    script: replies([
      reasoning({ summary: "Thinking" }),
      outputItem({
        type: "web_search_call",
        id: "ws_1",
        status: "completed",
        action: { type: "search", query: "foo", queries: ["foo"] },
      }),
      ...[text("ok")].flat(),
    ]),
  },
  "a review": {
    requests: [["review/start", { target: { type: "uncommittedChanges" }, delivery: "inline" }]],
    script: replies(
      text(
        JSON.stringify({
          findings: [
            {
              title: "[P2] Bad",
              body: "Body",
              confidence_score: 0.8,
              priority: 2,
              code_location: { absolute_file_path: "/x/a.txt", line_range: { start: 1, end: 2 } },
            },
          ],
          overall_correctness: "patch is incorrect",
          overall_explanation: "Why",
          overall_confidence_score: 0.5,
        }),
      ),
    ),
    leaveOut: {
      "What a reviewer says is shown once": ({ params }) =>
        params.item?.type === "agentMessage" && params.item.text === "",
    },
  },
  compaction: {
    requests: [
      ["turn/start", { input: [{ type: "text", text: "one" }] }],
      ["thread/compact/start", {}],
      ["turn/start", { input: [{ type: "text", text: "two" }] }],
    ],
    script: replies(text("first"), text("SUMMARY"), text("second")),
  },
  "compaction by itself": {
    config: "model_auto_compact_token_limit = 500",
    start: workspace,
    script: replies([usage({ inputTokens: 600, outputTokens: 10 }), command("true", "c1")], text("SUMMARY"), [
      usage({ inputTokens: 100, outputTokens: 5 }),
      ...[text("ok")].flat(),
    ]),
  },
  "a command of the user": {
    requests: [["thread/shellCommand", { command: "echo hi; exit 3" }]],
    script: replies(text("ok")),
  },
  "a realtime conversation": {
    requests: [
      ["thread/realtime/start", { ...voice, version: "v1" }, "thread/realtime/started"],
      ["thread/realtime/appendText", { text: "hi" }, "thread/realtime/itemAdded"],
      ["thread/realtime/stop", {}, "thread/realtime/closed"],
    ],
    realtime: {
      onMessage: (message: Json, peer) => {
        if (message.type !== "conversation.item.create") return;
        peer.send(
          { type: "conversation.input_transcript.delta", delta: "hel" },
          { type: "conversation.input_transcript.delta", delta: "lo" },
          { type: "conversation.input_transcript.turn_marked", transcript: "hello" },
          { type: "conversation.output_audio.delta", delta: "AAAA", sample_rate: 24_000, channels: 1 },
          { type: "conversation.output_transcript.delta", delta: "wor" },
          { type: "unknown.event" },
          { type: "conversation.item.added", item: { id: "item_1", type: "message" } },
        );
      },
    },
    script: replies(),
  },
  "work handed over in a realtime conversation": {
    requests: [
      ["thread/realtime/start", { ...voice, version: "v2" }, "thread/realtime/started"],
      ["thread/realtime/appendText", { text: "do it" }],
      ["thread/realtime/start", { ...voice, version: "v3" }, "thread/realtime/started"],
      ["thread/realtime/stop", {}, "thread/realtime/closed"],
    ],
    realtime: {
      onMessage: (message: Json, peer) => {
        if (message.type === "session.update") peer.send({ type: "session.updated", session: { id: "s" } });
        if (message.item?.content?.[0].text !== "[USER] do it") return;
        peer.send(
          { type: "conversation.item.input_audio_transcription.completed", transcript: "please do it" },
          {
            type: "conversation.item.done",
            item: {
              id: "i",
              type: "function_call",
              name: "background_agent",
              call_id: "c",
              arguments: '{"prompt":"it"}',
            },
          },
        );
      },
    },
    script: replies(text("done")),
  },
  "a realtime conversation that is refused": {
    requests: [
      ["thread/realtime/start", { ...voice, version: "v1", voice: "marin" }, "thread/realtime/error"],
      ["thread/realtime/start", { ...voice, version: "v1" }, "thread/realtime/error"],
    ],
    realtime: { handshake: () => httpError(401) },
    script: replies(),
  },
};
