import { readFileSync } from "node:fs";
import { arch, release } from "node:os";

/** What a User-Agent says of the machine and the program, besides who is speaking. */
export interface HostInfo {
  readonly os: string;
  readonly osVersion: string;
  readonly arch: string;
  /** The terminal the server was started from, or `unknown`. */
  readonly terminal: string;
  /** Switchboard's own version. */
  readonly switchboardVersion: string;
}

/** Environment variables by name; undefined ones are unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Looks at the machine once; `environment` tells the terminal. Reads `/etc/os-release` on Linux. */
export function describeHost(environment: Environment, switchboardVersion: string): HostInfo {
  return { ...operatingSystem(), arch: rustArch(), terminal: terminal(environment), switchboardVersion };
}

function operatingSystem(): { os: string; osVersion: string } {
  if (process.platform === "linux") {
    const fields = osRelease();
    return {
      os: fields.get("NAME")?.split(" ")[0] ?? "Linux",
      osVersion: threeNumbers(fields.get("VERSION_ID") ?? release()),
    };
  }
  if (process.platform === "darwin") return { os: "Mac OS", osVersion: macVersion() };
  if (process.platform === "win32") return { os: "Windows", osVersion: release() };
  return { os: process.platform, osVersion: release() };
}

/** The fields of os-release(5). */
function osRelease(): Map<string, string> {
  const fields = new Map<string, string>();
  try {
    for (const line of readFileSync("/etc/os-release", "utf8").split("\n")) {
      const [, name, value] = /^([A-Z_]+)="?([^"]*)"?$/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) fields.set(name, value);
    }
  } catch {
    // Containers may lack the file; the kernel's release stands in.
  }
  return fields;
}

/** `12` becomes `12.0.0`: servers expect a semantic version here. */
function threeNumbers(version: string): string {
  const numbers = /^\d+(\.\d+){0,2}/.exec(version)?.[0].split(".") ?? ["0"];
  return [...numbers, "0", "0"].slice(0, 3).join(".");
}

/** Darwin 20 is macOS 11; Darwin 25 is macOS 26. */
function macVersion(): string {
  const [darwin = 0, minor = 0] = release().split(".").map(Number);
  const major = darwin >= 25 ? darwin + 1 : darwin - 9;
  return `${major}.${minor}.0`;
}

/** The architecture in the words of the reference's platform. */
function rustArch(): string {
  const names: Readonly<Record<string, string>> = {
    x64: "x86_64",
    arm64: process.platform === "darwin" ? "arm64" : "aarch64",
  };
  return names[arch()] ?? arch();
}

/** One token: spaces, brackets or line ends in these variables would change how every User-Agent reads. */
function terminal({ TERM_PROGRAM = "", TERM_PROGRAM_VERSION = "", TERM = "" }: Environment): string {
  const [program, version, type] = [TERM_PROGRAM, TERM_PROGRAM_VERSION, TERM].map(headerToken);
  if (program) return version ? `${program}/${version}` : program;
  return type || "unknown";
}

function headerToken(value: string): string {
  return value.trim().replaceAll(/[^\w./-]/gu, "_");
}
