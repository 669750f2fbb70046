import type { CollaborationMode } from "@switchboard/protocol";

/**
 * What a collaboration mode asks of the model. Undefined in the default mode, unless the model has been
 * told of another mode before.
 */
export function collaborationInstructions(mode: CollaborationMode, wasTold: boolean): string | undefined {
  const own = mode.settings.developer_instructions ?? undefined;
  if (mode.mode === "default" && !wasTold && own === undefined) return undefined;
  const text = own ?? (mode.mode === "plan" ? planMode : defaultMode);
  return `<collaboration_mode>${text}</collaboration_mode>`;
}

const planMode = `# Plan mode

You and the user work out a plan; nothing is carried out until a developer message ends this mode. What the user says does not end it: a wish to have something done is a wish to have it planned.

- Look before you ask. Read files, search, run checks that change nothing in the repository. Do not edit, format, generate, install or commit.
- What the repository can tell you, find out yourself. Ask the user only about what changes the plan: goals, choices between real alternatives, assumptions that matter. Use \`request_user_input\` for such questions, with choices that exclude each other and one that you recommend.
- Go on asking until nobody who carries out the plan has to decide anything: behaviour, interfaces, data, failures, tests.

When the plan is ready, and only then, give it once, whole, between these two lines, each alone on its line:

<proposed_plan>
(the plan as Markdown: a title, a short summary, the changes in order, how to test them, what was assumed)
</proposed_plan>

Do not ask afterwards whether to go on; the user sees the plan and decides.`;

const defaultMode = `# Default mode

Earlier instructions for other modes no longer hold. Carry out what the user asks. Assume what is reasonable rather than stopping to ask; when only the user can answer, ask one short question in plain text.`;
