import { toModelInput, type TurnInput } from "@switchboard/agent";
import { invalidRequest, type UserInput } from "@switchboard/protocol";

/** Reads the input of a turn. @throws RpcError for a kind of input that the model cannot be given yet. */
export function readTurnInput(input: readonly UserInput[], clientId: string | null | undefined): TurnInput {
  const read = toModelInput(input);
  if (!read.ok) throw invalidRequest(`input of type \`${read.unsupported}\` is not supported by this server yet`);
  return { shown: input, content: read.content, clientId: clientId ?? null };
}
