import type { MessageItem } from "@switchboard/client";
import type { ReviewTarget, UserInput } from "@switchboard/protocol";
import { v7 as uuidv7 } from "uuid";

import { reviewInstructions } from "../../context/review-prompt.js";
import { readReview, renderReview } from "../../review/review-output.js";
import { reviewRequest } from "../../review/review-request.js";
import { messageDraft } from "../../turn/agent-message.js";
import { History } from "../../turn/history.js";
import { ToldContext } from "../../turn/told-context.js";
import { TurnControl } from "../../turn/turn-control.js";
import type { TurnScope, TurnTask } from "../../turn/turn-scope.js";
import { converse } from "./conversation.js";

/** What clients get of a review that was interrupted before it said anything. */
const interrupted = "Review was interrupted. Please re-run /review and wait for it to complete.";

/**
 * `review/start`: the model reviews changes in a conversation of its own, with instructions for that.
 * The thread's conversation learns only the outcome.
 */
export function reviewTurn(target: ReviewTarget, innerTurnId: string): TurnTask {
  return async (scope) => {
    const { thread, items } = scope;
    const prompt = await reviewRequest(target, scope.settings().cwd, scope.control.signal);
    const history = new History();
    const outcome = await converse(reviewScope(scope, prompt, history), {
      history,
      settings: () => reviewSettings(scope),
      threadId: uuidv7(),
      turnId: innerTurnId,
      subagent: "review",
      messages: { kind: "hidden" },
    });
    // What the reviewer ran ends before the review does.
    if (outcome.status === "interrupted") await thread.commands.terminateAll(scope.id);
    const said = lastWords(history);
    const review = said === undefined ? interrupted : renderReview(readReview(said));
    items.startedAndCompleted({ type: "exitedReviewMode", id: uuidv7(), review });
    if (outcome.status === "completed") {
      thread.context.update(thread.history, scope.settings(), thread.host.clock());
      thread.history.sayText("user", outcomeForModel(review));
      const id = `msg_${uuidv7()}`;
      thread.history.append({
        type: "message",
        id,
        role: "assistant",
        content: [{ type: "output_text", text: review }],
      });
      items.startedAndCompleted(messageDraft(id, review, undefined));
    }
    return outcome;
  };
}

/** The review's turn: the same owner and items, but its own way in. An interrupt of the outer turn ends it too. */
function reviewScope(scope: TurnScope, prompt: string, history: History): TurnScope {
  const { thread, control: outer } = scope;
  const shown: UserInput[] = [{ type: "text", text: prompt, text_elements: [] }];
  const control = new TurnControl({ shown, content: [{ type: "input_text", text: prompt }], clientId: null });
  outer.signal.addEventListener("abort", () => control.interrupt(), { once: true });
  if (outer.signal.aborted) control.interrupt();
  const context = new ToldContext({
    baseInstructions: () => reviewInstructions,
    developerInstructions: undefined,
    projectInstructions: thread.spec.projectInstructions,
    shell: thread.spec.commands.shell.split("/").at(-1) ?? "sh",
  });
  context.update(history, reviewSettings(scope), thread.host.clock());
  return { ...scope, control, settings: () => reviewSettings(scope) };
}

/** A review asks nobody and uses its own model, if one is configured. */
function reviewSettings({ settings, thread }: TurnScope) {
  const now = settings();
  return {
    ...now,
    model: thread.spec.reviewModel ?? now.model,
    approvalPolicy: "never" as const,
    collaborationMode: { ...now.collaborationMode, mode: "default" as const },
  };
}

function lastWords(history: History): string | undefined {
  const message = history.items.findLast(
    (item): item is MessageItem => item.type === "message" && item.role === "assistant",
  );
  return message?.content.map((part) => ("text" in part ? part.text : "")).join("");
}

function outcomeForModel(review: string): string {
  return `<user_action>
  <context>The user asked for a review. This is what the reviewer found; the user may ask for some of it to be resolved.</context>
  <action>review</action>
  <results>
  ${review}
  </results>
</user_action>`;
}
