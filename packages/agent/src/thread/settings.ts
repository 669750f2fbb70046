import type { SandboxPolicy, ThreadSettings, ThreadSettingsUpdateParams, TurnStartParams } from "@switchboard/protocol";

/** What a client wants changed: what is missing or null stays. */
export type WantedSettings = Partial<
  Omit<ThreadSettingsUpdateParams, "threadId" | "permissions"> & Pick<TurnStartParams, "runtimeWorkspaceRoots">
>;

/** A permission profile that was chosen by name, and what it means. */
export interface ChosenProfile {
  readonly id: string;
  readonly policy: SandboxPolicy;
}

/** The settings of a thread with a client's wishes. The same object comes back when nothing changes. */
export function applySettings(
  settings: ThreadSettings,
  wanted: WantedSettings,
  profile?: ChosenProfile,
): ThreadSettings {
  const { cwd } = wanted;
  const mode = wanted.collaborationMode ?? settings.collaborationMode;
  const model = wanted.model ?? wanted.collaborationMode?.settings.model ?? settings.model;
  const effort = wanted.effort ?? wanted.collaborationMode?.settings.reasoning_effort ?? settings.effort;
  const roots = wanted.runtimeWorkspaceRoots ?? (cwd === null || cwd === undefined ? undefined : [cwd]);
  const hasPolicy = wanted.sandboxPolicy !== undefined && wanted.sandboxPolicy !== null;
  const changed: ThreadSettings = {
    ...settings,
    disabledPluginIds: wanted.disabledPluginIds ?? settings.disabledPluginIds,
    cwd: cwd ?? settings.cwd,
    environments: roots === undefined ? settings.environments : localEnvironment(cwd ?? settings.cwd, roots),
    approvalPolicy: wanted.approvalPolicy ?? settings.approvalPolicy,
    approvalsReviewer: wanted.approvalsReviewer ?? settings.approvalsReviewer,
    sandboxPolicy: profile?.policy ?? wanted.sandboxPolicy ?? settings.sandboxPolicy,
    activePermissionProfile:
      profile === undefined ? (hasPolicy ? null : settings.activePermissionProfile) : { id: profile.id, extends: null },
    model,
    serviceTier: wanted.serviceTier ?? settings.serviceTier,
    effort,
    summary: wanted.summary ?? settings.summary,
    collaborationMode: wanted.collaborationMode ?? {
      ...mode,
      settings: { ...mode.settings, model, reasoning_effort: effort },
    },
    personality: wanted.personality ?? settings.personality,
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
