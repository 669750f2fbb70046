import type { Model, ReasoningEffort } from "@switchboard/protocol";

/** What is known of a model beyond what `model/list` tells clients. */
export interface ModelFacts {
  /** Tokens that fit a conversation, after the reserve that is kept for the answer. */
  readonly contextWindow: number;
  /** Effort when neither the client nor the configuration names one; undefined lets the provider choose. */
  readonly defaultEffort: ReasoningEffort | undefined;
  readonly defaultVerbosity: "low" | "medium" | "high" | undefined;
  /** Whether the catalogue knows the model at all. */
  readonly known: boolean;
  /** The tool that it runs commands with. */
  readonly commandTool: "exec_command" | "shell";
  /** Whether it knows patches as free-form input; others write them into a command line. */
  readonly hasPatchTool: boolean;
}

const effortDescriptions = {
  low: "Quick answers, little reasoning",
  medium: "Reasoning for everyday work",
  high: "More reasoning for hard problems",
  xhigh: "Much more reasoning for hard problems",
  max: "As much reasoning as the model can do",
  ultra: "As much reasoning as the model can do, with tasks handed to subagents",
} as const;

type Effort = keyof typeof effortDescriptions;

const upToXhigh: readonly Effort[] = ["low", "medium", "high", "xhigh"];
const upToMax: readonly Effort[] = [...upToXhigh, "max"];
const upToUltra: readonly Effort[] = [...upToMax, "ultra"];

interface CatalogRow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly efforts: readonly Effort[];
  readonly effort: Effort;
  readonly multiAgent: "v1" | "v2" | null;
  /** Speed of the priority tier; absent for models without one. */
  readonly priority?: string;
  readonly priorityIsDefault?: true;
  /** The model that follows it. */
  readonly upgrade?: string;
  readonly hidden?: true;
  readonly specialty?: "cyber";
  /** If not the usual one. */
  readonly contextWindow?: number;
}

/** The models of the built-in provider, in the order clients show them. The first is the default. */
const rows: readonly CatalogRow[] = [
  {
    id: "gpt-6.1-sol",
    name: "GPT-6.1-Sol",
    description: "For the hardest work",
    efforts: upToUltra,
    effort: "low",
    multiAgent: "v2",
    priority: "2x",
  },
  {
    id: "gpt-6-astra",
    name: "GPT-6-Astra",
    description: "For long, hard work",
    efforts: upToUltra,
    effort: "low",
    multiAgent: "v2",
    priority: "2x",
  },
  {
    id: "gpt-6-sol",
    name: "GPT-6-Sol",
    description: "For everyday work",
    efforts: upToUltra,
    effort: "medium",
    multiAgent: "v2",
    priority: "1.5x",
    priorityIsDefault: true,
  },
  {
    id: "gpt-6-luna",
    name: "GPT-6-Luna",
    description: "Small and quick",
    efforts: upToMax,
    effort: "medium",
    multiAgent: "v2",
    priority: "1.5x",
    priorityIsDefault: true,
  },
  {
    id: "gpt-5.6-sol",
    name: "GPT-5.6-Sol",
    description: "Earlier large model",
    efforts: upToUltra,
    effort: "low",
    multiAgent: "v2",
    priority: "1.5x",
    upgrade: "gpt-6-sol",
  },
  {
    id: "gpt-6.1-terra",
    name: "GPT-6.1 Terra",
    contextWindow: 475_000,
    description: "Middle size",
    efforts: upToUltra,
    effort: "low",
    multiAgent: "v2",
    priority: "1.5x",
  },
  {
    id: "gpt-5.6-terra",
    name: "GPT-5.6-Terra",
    description: "Earlier middle size",
    efforts: upToUltra,
    effort: "medium",
    multiAgent: "v2",
    priority: "1.5x",
    upgrade: "gpt-6-sol",
  },
  {
    id: "gpt-5.6-luna",
    name: "GPT-5.6-Luna",
    description: "Earlier small model",
    efforts: upToMax,
    effort: "medium",
    multiAgent: "v1",
    priority: "1.5x",
    upgrade: "gpt-6-luna",
  },
  {
    id: "gpt-daybreak-blue-latest",
    name: "Daybreak Blue",
    description: "For defensive security work",
    efforts: upToUltra,
    effort: "low",
    multiAgent: "v2",
    hidden: true,
    specialty: "cyber",
  },
  {
    id: "gpt-daybreak-red-latest",
    name: "Daybreak Red",
    contextWindow: 353_400,
    description: "For authorised security tests",
    efforts: upToUltra,
    effort: "medium",
    multiAgent: "v2",
    hidden: true,
    specialty: "cyber",
  },
  {
    id: "gpt-5.5",
    name: "GPT-5.5",
    description: "Earlier model for everyday work",
    efforts: upToXhigh,
    effort: "medium",
    multiAgent: null,
    priority: "1.5x",
    upgrade: "gpt-6-sol",
  },
  {
    id: "codex-auto-review",
    name: "Codex Auto Review",
    description: "Reviews what an agent wants to do",
    efforts: upToMax,
    effort: "medium",
    multiAgent: "v1",
    priority: "1.5x",
    hidden: true,
  },
];

/** 272,000 tokens, of which 95 % are for the conversation. */
const contextWindow = 258_400;

/** All models of the catalogue as `model/list` shows them, hidden ones included. */
export function listModels(): Model[] {
  return rows.map((row, index) => ({
    id: row.id,
    model: row.id,
    upgrade: row.upgrade ?? null,
    upgradeInfo:
      row.upgrade === undefined
        ? null
        : { model: row.upgrade, upgradeCopy: null, modelLink: null, migrationMarkdown: null, retirementAt: null },
    availabilityNux: null,
    displayName: row.name,
    description: row.description,
    modelSpecialty: row.specialty ?? null,
    hidden: row.hidden ?? false,
    supportedReasoningEfforts: row.efforts.map((effort) => ({
      reasoningEffort: effort,
      description: effortDescriptions[effort],
    })),
    defaultReasoningEffort: row.effort,
    inputModalities: ["text", "image"],
    supportsPersonality: false,
    multiAgentVersion: row.multiAgent,
    additionalSpeedTiers: row.priority === undefined ? [] : ["fast"],
    serviceTiers:
      row.priority === undefined ? [] : [{ id: "priority", name: "Fast", description: `${row.priority} speed` }],
    defaultServiceTier: row.priorityIsDefault === true ? "priority" : null,
    availableAccessPrograms: null,
    isDefault: index === 0,
  }));
}

/** The model of a thread when neither the client nor the configuration names one. */
export const defaultModel = "gpt-6.1-sol";

/** Models from before `exec_command` that were trained on `shell`, by the beginnings of their names. */
const shellModels = ["codex-mini", "gpt-4", "gpt-oss", "o3", "o4-mini"];

function usesShell(model: string): boolean {
  return shellModels.some((name) => model.startsWith(name));
}

/** What is known of a model; unknown ones get cautious values. */
export function modelFacts(model: string): ModelFacts {
  const row = rows.find(({ id }) => id === model);
  return row === undefined
    ? {
        contextWindow,
        defaultEffort: undefined,
        defaultVerbosity: undefined,
        known: false,
        commandTool: usesShell(model) ? "shell" : "exec_command",
        hasPatchTool: false,
      }
    : {
        contextWindow: row.contextWindow ?? contextWindow,
        defaultEffort: row.effort,
        defaultVerbosity: "low",
        known: true,
        commandTool: "exec_command",
        hasPatchTool: true,
      };
}
