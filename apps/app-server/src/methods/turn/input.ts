import { toModelInput, type TurnInput } from "@switchboard/agent";
import { invalidRequest, type UserInput } from "@switchboard/protocol";

/**
 * Reads the input of a turn, images too; paths are relative to `cwd`.
 *
 * @throws RpcError for a kind of input that the model cannot be given yet.
 */
export async function readTurnInput(
  input: readonly UserInput[],
  clientId: string | null | undefined,
  cwd: string,
): Promise<TurnInput> {
  const read = await toModelInput(input, cwd);
  if (!read.ok) throw invalidRequest(`input of type \`${read.unsupported}\` is not supported by this server yet`);
  return { shown: input, content: read.content, clientId: clientId ?? null };
}
