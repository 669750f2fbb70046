import packageJson from "../package.json" with { type: "json" };

/** Switchboard's own version. */
export const switchboardVersion: string = packageJson.version;
