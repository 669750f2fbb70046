import { SwitchboardError } from "@switchboard/protocol";

/** Configuration that cannot be used: which file, where in it, and why. */
export class ConfigError extends SwitchboardError {
  constructor(message: string, cause?: unknown) {
    super({ code: "invalid_config", message, cause });
    this.name = "ConfigError";
  }
}
