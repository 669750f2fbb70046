import { inspect } from "node:util";

import { describe, expect, it } from "vitest";

import { sampleHost } from "../../test/sample-host.js";
import { temporaryHome } from "../../test/temporary-home.js";
import { createDefaultIdentity } from "../client-identity.js";
import type { Environment } from "../host-info.js";
import { OpenaiCredentials, type Credential } from "./openai-credentials.js";
import { providerCredential, type ProviderAuth } from "./provider-credential.js";

const nobody = createDefaultIdentity("switchboard", sampleHost);
const fileWithKey = '{"OPENAI_API_KEY":"sk-file"}';

async function openaiCredentials(environment: Environment, authJson: string | undefined): Promise<OpenaiCredentials> {
  return new OpenaiCredentials({
    codexHome: await temporaryHome(authJson),
    environment,
    post: () => Promise.reject(new Error("nothing to refresh")),
    clock: Date.now,
    warn: () => undefined,
  });
}

/** The key or token. */
function valueOf(found: Credential | undefined): string | undefined {
  return found?.type === "key" ? found.key.reveal() : found?.accessToken.reveal();
}

async function credential(
  auth: ProviderAuth,
  environment: Environment,
  authJson?: string,
): Promise<string | undefined> {
  const openai = await openaiCredentials(environment, authJson);
  return valueOf(await providerCredential(auth, { environment, openai }, nobody));
}

describe("the OpenAI credential", () => {
  it.each([
    ["the file's before the environment's", { OPENAI_API_KEY: "sk-env" }, fileWithKey, "sk-file"],
    ["the environment's without a file", { OPENAI_API_KEY: "sk-env" }, undefined, "sk-env"],
    ["the environment's when the file's is null", { OPENAI_API_KEY: "sk-env" }, '{"OPENAI_API_KEY":null}', "sk-env"],
    ["the environment's when the file's is blank", { OPENAI_API_KEY: "sk-env" }, '{"OPENAI_API_KEY":" "}', "sk-env"],
    ["the environment's without the white space around it", { OPENAI_API_KEY: " sk-env\n" }, undefined, "sk-env"],
    ["none when the environment's is empty", { OPENAI_API_KEY: "" }, undefined, undefined],
    ["none when the environment's is blank", { OPENAI_API_KEY: " \t" }, undefined, undefined],
    ["none when there is none", {}, undefined, undefined],
    ["the login when there is no key", {}, '{"tokens":{"access_token":"t"}}', "t"],
    ["the login before the environment's key", { OPENAI_API_KEY: "sk-env" }, '{"tokens":{"access_token":"t"}}', "t"],
    ["the file's key before a login", {}, '{"OPENAI_API_KEY":"sk-file","tokens":{"access_token":"t"}}', "sk-file"],
    [
      "the login before a key where the file says so",
      {},
      '{"auth_mode":"chatgpt","OPENAI_API_KEY":"sk-file","tokens":{"access_token":"t"}}',
      "t",
    ],
    [
      "none for tokens that the file says are not used",
      {},
      '{"auth_mode":"apikey","tokens":{"access_token":"t"}}',
      undefined,
    ],
  ])("is %s", async (_, environment, authJson, key) => {
    expect(valueOf(await (await openaiCredentials(environment, authJson)).current(nobody))).toBe(key);
  });

  it("does not fall back to the environment when the file is broken", async () => {
    const openai = await openaiCredentials({ OPENAI_API_KEY: "sk-env" }, "{");
    await expect(openai.current(nobody)).rejects.toMatchObject({ code: "auth_file_invalid" });
  });
});

describe("providerCredential", () => {
  it("is the key in the variable the provider names", async () => {
    const auth = { envKey: "ACME_KEY", requiresOpenaiAuth: false };
    expect(await credential(auth, { ACME_KEY: "acme" })).toBe("acme");
    expect(await credential(auth, { ACME_KEY: " acme\r\n" })).toBe("acme");
  });

  it.each([
    ["unset", {}],
    ["empty", { ACME_KEY: "" }],
    ["blank", { ACME_KEY: " \t\n" }],
  ])("is an error when that variable is %s", async (_, environment) => {
    await expect(credential({ envKey: "ACME_KEY", requiresOpenaiAuth: false }, environment)).rejects.toMatchObject({
      code: "missing_env_key",
      message: "Missing environment variable: `ACME_KEY`.",
    });
  });

  it("says how to get the missing key, if the provider does", async () => {
    const auth = { envKey: "ACME_KEY", envKeyInstructions: "See https://acme.example.", requiresOpenaiAuth: false };
    await expect(credential(auth, {})).rejects.toThrow(
      "Missing environment variable: `ACME_KEY`. See https://acme.example.",
    );
  });

  it("is OpenAI's key for a provider that wants it, from the file or the environment", async () => {
    const auth = { requiresOpenaiAuth: true };
    expect(await credential(auth, { OPENAI_API_KEY: "sk-env" }, fileWithKey)).toBe("sk-file");
    expect(await credential(auth, { OPENAI_API_KEY: "sk-env" })).toBe("sk-env");
    expect(await credential(auth, {})).toBeUndefined();
  });

  it("is never OpenAI's key for another provider", async () => {
    const environment = { OPENAI_API_KEY: "sk-env" };
    expect(await credential({ requiresOpenaiAuth: false }, environment, fileWithKey)).toBeUndefined();
    const named = credential({ envKey: "ACME_KEY", requiresOpenaiAuth: false }, environment, fileWithKey);
    const error = await named.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "missing_env_key" });
    expect(inspect(error)).not.toContain("sk-");
  });

  it("is the named variable's, not OpenAI's, for a provider that has both", async () => {
    const auth = { envKey: "ACME_KEY", requiresOpenaiAuth: true };
    expect(await credential(auth, { ACME_KEY: "acme", OPENAI_API_KEY: "sk-env" }, fileWithKey)).toBe("acme");
    await expect(credential(auth, { OPENAI_API_KEY: "sk-env" }, fileWithKey)).rejects.toThrow("ACME_KEY");
  });

  it("does not look into a broken file for a provider that does not need it", async () => {
    expect(await credential({ requiresOpenaiAuth: false }, {}, "{")).toBeUndefined();
    expect(await credential({ envKey: "ACME_KEY", requiresOpenaiAuth: false }, { ACME_KEY: "acme" }, "{")).toBe("acme");
  });
});
