// What the reference's decoder messages call things, where the generated schema gives no hint. Seen on the binary.

/** Rust names of types that differ from their definition's name. */
export const TYPE_NAMES = new Map([["SandboxPolicy", "SandboxPolicyDeserialize"]]);

/** Names of untagged enums that have no definition of their own, by the variant they are flattened into. */
export const FLATTENED_NAMES = new Map([
  ["ContentItem.input_audio", "AudioReference"],
  ["ContentItem.input_image", "ImageReference"],
  ["FunctionCallOutputContentItem.input_audio", "AudioReference"],
  ["FunctionCallOutputContentItem.input_image", "ImageReference"],
  ["UserInput.audio", "AudioReference"],
  ["UserInput.image", "ImageReference"],
]);

/** String members that hold a file path: the decoder expects a "path string". By `Definition.member`. */
export const PATH_MEMBERS = new Set([
  "CommandExecParams.cwd",
  "ExternalAgentConfigDetectParams.cwds[]",
  "ExternalAgentConfigImportHistoryRecordSuccessParams.cwd",
  "ExternalAgentConfigImportItemTypeFailure.cwd",
  "ExternalAgentConfigMigrationItem.cwd",
  "FeedbackSaveParams.extraLogFiles[]",
  "FeedbackUploadParams.extraLogFiles[]",
  "GitDiffToRemoteParams.cwd",
  "HooksListParams.cwds[]",
  "SessionMigration.cwd",
  "SessionMigration.path",
  "SkillsListParams.cwds[]",
  "ThreadForkParams.path",
  "ThreadResumeParams.path",
  "ThreadSettingsUpdateParams.cwd",
  "TurnStartParams.cwd",
  "UserInput.localAudio.path",
  "UserInput.localImage.path",
  "UserInput.skill.path",
]);

/** Definitions that are a path wherever they occur. */
export const PATH_TYPES = new Set(["AbsolutePathBuf"]);
