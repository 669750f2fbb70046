import { expect, test } from "vitest";

import { remedy } from "./probe.js";

test.each([
  ["bwrap: Unknown option --json-status-fd", {}, /install bubblewrap 0\.5/],
  ["No permissions", { "/proc/sys/kernel/unprivileged_userns_clone": "0" }, /unprivileged_userns_clone=1/],
  ["No permissions", { "/proc/sys/user/max_user_namespaces": "0" }, /max_user_namespaces=/],
  [
    "setting up uid map: Permission denied",
    { "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1" },
    /apparmor_restrict_unprivileged_userns=0/,
  ],
  ["Can't mount proc on /newroot/proc: Operation not permitted", {}, /systempaths=unconfined/],
  ["Creating new namespace failed", {}, /seccomp=unconfined/],
] as const)("%s, %j", (said, switches, wanted) => {
  expect(remedy(said, (path) => new Map(Object.entries(switches)).get(path))).toMatch(wanted);
});
