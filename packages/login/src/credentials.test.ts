import { inspect } from "node:util";

import { describe, expect, it } from "vitest";

import { temporaryHome } from "../test/temporary-home.js";
import { openaiApiKey, providerCredential, type ProviderAuth } from "./credentials.js";
import type { Environment } from "./host-info.js";

const fileWithKey = '{"OPENAI_API_KEY":"sk-file"}';

async function credential(
  auth: ProviderAuth,
  environment: Environment,
  authJson?: string,
): Promise<string | undefined> {
  const secret = await providerCredential(auth, { codexHome: await temporaryHome(authJson), environment });
  return secret?.reveal();
}

describe("openaiApiKey", () => {
  it.each([
    ["the file's before the environment's", { OPENAI_API_KEY: "sk-env" }, fileWithKey, "sk-file"],
    ["the environment's without a file", { OPENAI_API_KEY: "sk-env" }, undefined, "sk-env"],
    ["the environment's when the file's is null", { OPENAI_API_KEY: "sk-env" }, '{"OPENAI_API_KEY":null}', "sk-env"],
    ["the environment's when the file's is blank", { OPENAI_API_KEY: "sk-env" }, '{"OPENAI_API_KEY":" "}', "sk-env"],
    ["the environment's without the white space around it", { OPENAI_API_KEY: " sk-env\n" }, undefined, "sk-env"],
    ["none when the environment's is empty", { OPENAI_API_KEY: "" }, undefined, undefined],
    ["none when the environment's is blank", { OPENAI_API_KEY: " \t" }, undefined, undefined],
    ["none when there is none", {}, undefined, undefined],
  ])("is %s", async (_, environment, authJson, key) => {
    const secret = await openaiApiKey({ codexHome: await temporaryHome(authJson), environment });
    expect(secret?.reveal()).toBe(key);
  });

  it("does not fall back to the environment when the file is broken", async () => {
    const sources = { codexHome: await temporaryHome("{"), environment: { OPENAI_API_KEY: "sk-env" } };
    await expect(openaiApiKey(sources)).rejects.toMatchObject({ code: "auth_file_invalid" });
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
