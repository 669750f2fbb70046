import type { ThreadSettings, TurnStartParams } from "@switchboard/protocol";

/**
 * The settings of a thread after a `turn/start` that names some of them; they hold for later turns
 * too. The same object comes back when nothing changes.
 */
export function applyTurnOverrides(settings: ThreadSettings, params: TurnStartParams): ThreadSettings {
  const { collaborationMode, cwd } = params;
  const model = params.model ?? collaborationMode?.settings.model ?? settings.model;
  const effort = params.effort ?? collaborationMode?.settings.reasoning_effort ?? settings.effort;
  const roots = params.runtimeWorkspaceRoots ?? (cwd === null || cwd === undefined ? undefined : [cwd]);
  const changed: ThreadSettings = {
    ...settings,
    disabledPluginIds: params.disabledPluginIds ?? settings.disabledPluginIds,
    cwd: cwd ?? settings.cwd,
    environments: roots === undefined ? settings.environments : localEnvironment(cwd ?? settings.cwd, roots),
    approvalPolicy: params.approvalPolicy ?? settings.approvalPolicy,
    approvalsReviewer: params.approvalsReviewer ?? settings.approvalsReviewer,
    sandboxPolicy: params.sandboxPolicy ?? settings.sandboxPolicy,
    activePermissionProfile:
      params.sandboxPolicy === undefined || params.sandboxPolicy === null ? settings.activePermissionProfile : null,
    model,
    serviceTier: params.serviceTier ?? settings.serviceTier,
    effort,
    summary: params.summary ?? settings.summary,
    collaborationMode: collaborationMode ?? {
      ...settings.collaborationMode,
      settings: { ...settings.collaborationMode.settings, model, reasoning_effort: effort },
    },
    personality: params.personality ?? settings.personality,
  };
  return JSON.stringify(changed) === JSON.stringify(settings) ? settings : changed;
}

/** The one environment there is: this machine. */
export function localEnvironment(
  cwd: string,
  workspaceRoots: readonly string[],
): NonNullable<ThreadSettings["environments"]> {
  return [{ environmentId: "local", cwd, runtimeWorkspaceRoots: [...workspaceRoots] }];
}
