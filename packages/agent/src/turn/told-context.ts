import type { ContentPart } from "@switchboard/client";
import type { ThreadSettings } from "@switchboard/protocol";

import { collaborationInstructions } from "../context/collaboration-instructions.js";
import { permissionsInstructions } from "../context/permissions-instructions.js";
import type { ProjectInstructions } from "../context/project-instructions.js";
import { workspaceRoots } from "../permissions/sandbox-for.js";
import { environmentContext } from "./environment-context.js";
import type { History } from "./history.js";

/** What stays the same for a thread. */
export interface FixedContext {
  /** The base instructions, for the model that is asked. */
  readonly baseInstructions: (model: string) => string;
  readonly developerInstructions: string | undefined;
  readonly projectInstructions: ProjectInstructions;
  /** The name of the shell that runs commands. */
  readonly shell: string;
  /** What is to be known of realtime conversations; it is told whether one is known of. */
  readonly realtime?: (knowsOfOne: boolean) => string | undefined;
}

/** What the model is told besides the conversation: all of it once, and again what has changed. */
export class ToldContext {
  readonly #fixed: FixedContext;
  #told = new Map<string, string>();

  constructor(fixed: FixedContext) {
    this.#fixed = fixed;
  }

  /** Begins anew: the next update tells everything. */
  forget(): void {
    this.#told = new Map();
  }

  /** Adds the base instructions if the model does not know any. They belong to the conversation: they stay when the model changes. */
  tellInstructions(history: History, model: string): void {
    if (this.#told.has("base")) return;
    this.#tell(history, "developer", { base: this.#fixed.baseInstructions(model) });
  }

  /** Adds to the history what the model does not know yet. */
  update(history: History, settings: ThreadSettings, nowMs: number): void {
    const { developerInstructions, projectInstructions, shell, realtime } = this.#fixed;
    const { cwd, sandboxPolicy, approvalPolicy, collaborationMode } = settings;
    this.tellInstructions(history, settings.model);
    this.#tell(history, "developer", {
      permissions: permissionsInstructions({ approvalPolicy, sandboxPolicy }),
      developer: developerInstructions,
      mode: collaborationInstructions(collaborationMode, this.#told.has("mode")),
      realtime: realtime?.(this.#told.has("realtime")),
    });
    this.#tell(history, "user", {
      project:
        projectInstructions.text === ""
          ? undefined
          : `# AGENTS.md instructions for ${cwd}\n\n<INSTRUCTIONS>\n${projectInstructions.text}\n</INSTRUCTIONS>`,
      environment: environmentContext({
        cwd,
        shell,
        workspaceRoots: workspaceRoots(settings),
        sandbox: sandboxPolicy,
        now: new Date(nowMs),
      }),
    });
  }

  #tell(history: History, role: "developer" | "user", parts: Readonly<Record<string, string | undefined>>): void {
    const news: ContentPart[] = [];
    for (const [name, text] of Object.entries(parts)) {
      if (text === undefined || this.#told.get(name) === text) continue;
      this.#told.set(name, text);
      news.push({ type: "input_text", text });
    }
    if (news.length > 0) history.say(role, news);
  }
}
