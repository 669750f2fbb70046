/** Asks the model for what it must know to go on without the conversation. */
export const compactionPrompt = `The conversation is about to be replaced by a summary, because it fills your context. Write that summary now, for yourself: you will go on from it alone.

Put down, briefly and under headings:
- what the user wants, with the limits and wishes they named,
- what was decided and why,
- what is done, with the files, commands and results that matter,
- what is not done yet, as steps in order,
- facts, names, numbers and quotes that would be hard to find again.

Do not call tools and do not address the user.`;

/** Stands before the summary in the next window. */
export const summaryPreface =
  "The conversation so far was replaced by this summary, which you wrote yourself. What you changed on the machine is still as it says. Go on from here:";
