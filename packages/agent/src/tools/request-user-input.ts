import type { JsonObject } from "@switchboard/client";

import { ToolArguments } from "./arguments.js";
import type { ToolParts } from "./tool-parts.js";
import { ToolRefusal, type Tool } from "./tool.js";

/** Asks the user questions with answers to choose from, in plan mode. */
export function requestUserInput(parts: ToolParts): Tool {
  return {
    name: "request_user_input",
    isParallel: false,
    call: async (call, { signal }) => {
      const { threadId, turnId, questions, settings } = parts;
      if (settings().collaborationMode.mode !== "plan") {
        throw new ToolRefusal("request_user_input is unavailable in Default mode");
      }
      const asked = ToolArguments.of(call)
        .objects("questions")
        .map((question) => ({
          id: question.string("id"),
          header: question.string("header"),
          question: question.string("question"),
          isOther: true,
          isSecret: false,
          options: question
            .objects("options")
            .map((option) => ({ label: option.string("label"), description: option.string("description") })),
        }));
      if (asked.some(({ options }) => options.length === 0)) {
        throw new ToolRefusal("request_user_input requires non-empty options for every question");
      }
      const answer = await questions.ask(
        "item/tool/requestUserInput",
        { threadId, turnId, itemId: call.call_id, questions: asked, isBlocking: true, autoResolutionMs: null },
        signal,
      );
      if (answer === undefined) {
        throw new ToolRefusal("request_user_input was cancelled: nobody answered. Go on with your best judgement.");
      }
      return JSON.stringify({ answers: answer.answers });
    },
  };
}

export const requestUserInputDefinition: JsonObject = {
  type: "function",
  name: "request_user_input",
  description: "Asks the user one to three short questions and waits for the answers. Works in Plan mode only.",
  strict: false,
  parameters: {
    type: "object",
    properties: {
      questions: {
        type: "array",
        description: "One question is best; no more than three.",
        items: {
          type: "object",
          properties: {
            id: { type: "string", description: "A name for the answer, in snake_case." },
            header: { type: "string", description: "A label of no more than 12 characters." },
            question: { type: "string", description: "One sentence." },
            options: {
              type: "array",
              description:
                'Two or three choices that exclude each other, the best one first and marked "(Recommended)". The client adds a free-form choice by itself.',
              items: {
                type: "object",
                properties: {
                  label: { type: "string", description: "One to five words." },
                  description: { type: "string", description: "What choosing it means, in one short sentence." },
                },
                required: ["label", "description"],
                additionalProperties: false,
              },
            },
          },
          required: ["id", "header", "question", "options"],
          additionalProperties: false,
        },
      },
    },
    required: ["questions"],
    additionalProperties: false,
  },
};
