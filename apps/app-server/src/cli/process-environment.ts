import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import type { NetworkOptions } from "@switchboard/client";
import { defaultIdentityFrom, describeHost, setProcessDefaultIdentity } from "@switchboard/login";
import { messageOf, SwitchboardError } from "@switchboard/protocol";

import type { AppServerOptions } from "../app-server.js";
import type { Logger } from "../log.js";
import { switchboardVersion } from "../version.js";

type Variables = NodeJS.ProcessEnv;

/** The options that come from the environment. The only place below which nobody looks into it. */
export async function optionsFromEnvironment(variables: Variables, log: Logger): Promise<AppServerOptions> {
  const host = describeHost(variables, switchboardVersion);
  const defaultIdentity = defaultIdentityFrom(variables, host, (text) => log.warn(text));
  setProcessDefaultIdentity(defaultIdentity);
  return {
    codexHome: variables["CODEX_HOME"] || join(homedir(), ".codex"),
    environment: variables,
    defaultIdentity,
    network: await networkOptions(variables),
    log,
  };
}

/**
 * How the environment wants the network to be reached.
 *
 * @throws {@link SwitchboardError} `invalid_certificates`
 */
export async function networkOptions(variables: Variables): Promise<NetworkOptions> {
  // As curl does: the lower-case form wins.
  const read = (name: string) => variables[name.toLowerCase()] || variables[name];
  return {
    httpProxy: read("HTTP_PROXY"),
    httpsProxy: read("HTTPS_PROXY"),
    allProxy: read("ALL_PROXY"),
    noProxy: read("NO_PROXY"),
    extraCertificates: await extraCertificates(variables),
  };
}

async function extraCertificates(variables: Variables): Promise<string | undefined> {
  const name = ["CODEX_CA_CERTIFICATE", "SSL_CERT_FILE"].find((each) => variables[each]);
  const file = name === undefined ? undefined : variables[name];
  if (name === undefined || file === undefined) return undefined;
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw badCertificates(`cannot read ${file}, named by ${name}: ${messageOf(error)}`);
  });
  if (!text.includes("-----BEGIN CERTIFICATE-----"))
    throw badCertificates(`${file}, named by ${name}, holds no PEM certificate`);
  return text;
}

function badCertificates(what: string): SwitchboardError {
  return new SwitchboardError({
    code: "invalid_certificates",
    message: `${what}. No HTTPS request would be trusted; mend the file or unset the variable`,
  });
}
