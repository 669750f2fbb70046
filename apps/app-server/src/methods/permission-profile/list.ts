import type { Handler } from "../../server/context.js";
import { pageOf } from "../page.js";
import { permissionProfiles } from "../thread/thread-settings.js";

/** `permissionProfile/list`: the built-in profiles, in pages. */
export const listPermissionProfiles: Handler<"permissionProfile/list"> = (params) => {
  const profiles = Object.keys(permissionProfiles).map((id) => ({ id, description: null, allowed: true }));
  return pageOf(profiles, params, "permission profiles");
};
