import { invalidRequest, RpcError, rpcCodes } from "@switchboard/protocol";

import { ClientCommand, type ClientCommandSpec } from "./client-command.js";
import { wordings, type CommandFamily } from "./wording.js";

/** Most commands of one connection that run at a time, of both families together. */
export const maxCommands = 128;

/** The commands that one connection started. Nobody else can reach them, and they end with it. */
export class ClientCommands {
  readonly #all = new Set<ClientCommand>();
  readonly #byId = {
    "command/exec": new Map<string, ClientCommand>(),
    "process/spawn": new Map<string, ClientCommand>(),
  };
  #isClosed = false;

  /**
   * Starts a command. Its id, if it has one, is taken at once and free again when it has ended.
   *
   * @throws RpcError when the id is taken, or -32001 when {@link maxCommands} run already.
   */
  start(spec: ClientCommandSpec, id: string | undefined): ClientCommand {
    const { family } = spec;
    const ids = this.#byId[family];
    if (this.#isClosed) throw invalidRequest("the connection is closing; the command was not started");
    if (id !== undefined && ids.has(id)) throw invalidRequest(wordings[family].duplicate(id));
    if (this.#all.size >= maxCommands) {
      throw new RpcError(
        rpcCodes.overloaded,
        `${maxCommands} commands of this connection are running, which is the limit; retry when one has ended`,
      );
    }
    const command = new ClientCommand(spec);
    const forget = (): void => {
      this.#all.delete(command);
      if (id !== undefined) ids.delete(id);
    };
    this.#all.add(command);
    if (id !== undefined) ids.set(id, command);
    // Before anybody who waits for the end hears of it.
    command.ended.then(forget, forget);
    return command;
  }

  /**
   * The command of an id, when it runs; one that is just being started is waited for.
   *
   * @throws RpcError when there is none.
   */
  async get(family: CommandFamily, id: string): Promise<ClientCommand> {
    const command = this.#byId[family].get(id);
    const isRunning = await command?.started.then(
      () => true,
      () => false,
    );
    if (command === undefined || isRunning !== true) throw invalidRequest(wordings[family].noneActive(id));
    return command;
  }

  /** Ends all commands with everything they started, refuses new ones, and waits until all is gone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#all];
    for (const command of all) command.terminate();
    await Promise.allSettled(all.map(({ ended }) => ended));
  }
}
