import { invalidParams, type Read } from "./read.js";

/** Whether a client asks for a sandbox. Null does not, nor does a permission profile that is `disabled`. */
export function asksForSandbox(sandbox: unknown): boolean {
  if (sandbox === null || sandbox === undefined) return false;
  if (typeof sandbox !== "object" || !("permissions" in sandbox)) return true;
  const { permissions } = sandbox;
  return !(
    typeof permissions === "object" &&
    permissions !== null &&
    "type" in permissions &&
    permissions.type === "disabled"
  );
}

/** The `sandbox` member of file methods. A file is never touched without a protection that was asked for. */
export const noSandbox: Read<undefined> = (value) => {
  if (asksForSandbox(value)) {
    throw invalidParams(
      "sandbox is not supported by this exec-server; nothing was done. Leave sandbox out to go without it",
    );
  }
};
