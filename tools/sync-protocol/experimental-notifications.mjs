// Notifications that go only to connections with `experimentalApi`. Both generated schemas list all of them, so
// the set is kept by hand: from the reference's public source, plus what was observed on the binary.

/** @type {ReadonlySet<string>} */
export const EXPERIMENTAL_NOTIFICATIONS = new Set([
  "autoApprovalReview/strictReviewRequired",
  "mcpServer/event/stream/notification",
  "process/exited",
  "process/outputDelta",
  "project/changed",
  "thread/environment/connected",
  "thread/environment/disconnected",
  // Inferred: the request that causes it is experimental.
  "thread/prediction/updated",
  "thread/project/updated",
  "thread/queue/changed",
  "thread/readState/changed",
  "thread/realtime/closed",
  "thread/realtime/error",
  "thread/realtime/item/completed",
  "thread/realtime/item/started",
  "thread/realtime/item/transcript/delta",
  "thread/realtime/itemAdded",
  "thread/realtime/outputAudio/delta",
  "thread/realtime/sdp",
  "thread/realtime/started",
  "thread/realtime/transcript/delta",
  "thread/realtime/transcript/done",
  "thread/settings/updated",
  "turn/moderationMetadata",
]);
