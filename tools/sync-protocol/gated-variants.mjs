// Enum variants that need the experimental capability. The generated schemas do not show them (variants are in
// both), so they are listed by hand from the reference's answers.

/**
 * By definition: variant name → reason the reference gives. A variant is named by its `type` tag or its only key.
 * @type {Readonly<Record<string, Readonly<Record<string, string>>>>}
 */
export const GATED_VARIANTS = {
  AskForApproval: { granular: "askForApproval.granular" },
  LoginAccountParams: {
    chatgptAuthTokens: "account/login/start.chatgptAuthTokens",
    amazonBedrock: "account/login/start.amazonBedrock",
    amazonBedrockAccessKeys: "account/login/start.amazonBedrockAccessKeys",
  },
};
